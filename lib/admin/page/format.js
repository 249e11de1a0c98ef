// Numbers and times as people read them.

const inEnglish = new Intl.NumberFormat('en');

const percentText = (part) => {
  const percent = part * 100;
  const digits = percent !== 0 && Math.abs(percent) < 1 ? 2 : 1;
  return `${percent.toFixed(digits)} %`;
};

// Of something per second.
function rateText(rate) {
  if (rate === null) return '–';
  if (rate >= 100) return inEnglish.format(Math.round(rate));
  return rate === 0 ? '0' : rate.toFixed(1);
}

function latencyText(us) {
  if (us === null) return '–';
  if (us < 1000) return `${Math.round(us)}\u00a0µs`;
  return us < 1e6 ? `${(us / 1000).toFixed(us < 1e4 ? 1 : 0)}\u00a0ms`
    : `${(us / 1e6).toFixed(1)}\u00a0s`;
}

function durationText(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} days`;
}

const agoText = (date) => {
  const ms = Date.now() - date.getTime();
  return ms < 1000 ? 'just now' : `${durationText(ms)} ago`;
};

const clockText = (date) => date.toLocaleTimeString('en-GB');

// With the day, unless it is today.
const whenText = (date) => {
  const isToday = date.toDateString() === new Date().toDateString();
  return isToday ? clockText(date) : `${date.toLocaleDateString('en-CA')} ${clockText(date)}`;
};

const countText = (count, one, many = `${one}s`) =>
  `${inEnglish.format(count)} ${count === 1 ? one : many}`;

// "a", "a and b", "a, b and 3 more"
function namesText(names, count = names.length, most = 3) {
  const shown = names.slice(0, most);
  const rest = count - shown.length;
  if (rest > 0) return `${shown.join(', ')} and ${rest} more`;
  if (shown.length < 2) return shown.join('');
  return `${shown.slice(0, -1).join(', ')} and ${shown[shown.length - 1]}`;
}

const stateTexts = {
  in_ring: 'in the ring',
  joining: 'joining',
  ejected_by_health: 'ejected by health',
  ejected_by_operator: 'ejected by operator',
};
const stateText = (state) => stateTexts[state] ?? state;
