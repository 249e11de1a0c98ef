// What somebody who was woken up wants to know first: is it well, and if not, what is wrong.

const unwellShown = 5;

// [{level: 'bad' | 'warn' | 'note', text}], the worst first.
function concernsOf(pool, lately) {
  const concerns = [];
  const say = (level, text) => concerns.push({level, text});
  if (!pool.nodes.some((node) => node.state === 'in_ring')) {
    say('bad', 'No node is in the ring: every request fails.');
  }
  const unwell = pool.nodes.filter((node) => !isWell(node));
  for (const node of unwell.slice(0, unwellShown)) {
    const level = node.state === 'ejected_by_health' || node.problem !== null ? 'bad' : 'warn';
    const state = node.state === 'in_ring' ? 'has a problem'
      : node.state === 'joining' ? 'is joining' : 'is ejected';
    say(level, `${node.name} ${state}: ${troubleOf(node)}`);
  }
  if (unwell.length > unwellShown) {
    say('bad', `and ${countText(unwell.length - unwellShown, 'other node')}; see the table`);
  }
  if (lately.failed > 0) {
    say('bad', `${countText(lately.failed, 'request')} of the last seconds failed`);
  }
  if (pool.source.last_failure !== null) {
    say('warn', `The source of the nodes fails: ${pool.source.last_failure}`);
  }
  if (pool.source.stale) say('warn', 'The nodes are those of a saved list.');
  for (const node of pool.source.kept_out) {
    const rest = durationText(node.remaining_ms);
    say('warn', `${node.name} comes and goes, and is kept out for ${rest}`);
  }
  for (const advice of pool.advice) say('note', advice);
  return concerns;
}

function headlineOf(pool) {
  const all = pool.nodes.length;
  const inRing = pool.nodes.filter((node) => node.state === 'in_ring').length;
  if (all === 0) return {level: 'bad', text: 'no nodes yet'};
  if (inRing === all) {
    return {level: 'good', text: all === 1 ? 'its node is in the ring'
      : `all ${all} nodes are in the ring`};
  }
  return {level: inRing === 0 ? 'bad' : 'warn', text: `${inRing} of ${all} nodes are in the ring`};
}

function drawVerdict(pool, lately) {
  const headline = headlineOf(pool);
  const concerns = concernsOf(pool, lately);
  const level = concerns.some((concern) => concern.level === 'bad') ? 'bad' : headline.level;
  setText(byId('pool-name'), pool.name);
  setText(byId('verdict'), headline.text);
  setAttribute(byId('verdict'), 'class', level);
  setList(byId('concerns'), concerns, (concern) =>
    el('li', {class: concern.level}, concern.text));
}

function drawLastChange(changes) {
  const [change] = changes;
  if (change === undefined) {
    setText(byId('last-change'), '');
    return;
  }
  const moved = movedText(change);
  setText(byId('last-change'), `Last change ${agoText(new Date(change.at))}: ${sentenceOf(change)}`
    + (moved === '' ? '.' : `; ${moved}.`));
}

// A line without axes: it says whether traffic is as it was a minute ago.
function drawSpark(root, series) {
  if (series.length < 4) return;
  const most = Math.max(...series, 1e-9);
  const points = series.map((rate, i) => {
    const x = ((seriesMax - series.length + i) / (seriesMax - 1)) * 100;
    return `${round(x)},${round(23 - (rate / most) * 22)}`;
  });
  setAttribute(root.firstElementChild, 'points', points.join(' '));
}

function drawFigures(pool, lately, series) {
  setText(byId('figure-rate'), rateText(lately.rate));
  setText(byId('figure-hits'), lately.hitRate === null ? '–' : percentText(lately.hitRate));
  setText(byId('figure-p50'), latencyText(lately.p50));
  setText(byId('figure-p99'), latencyText(lately.p99));
  setText(byId('figure-failed'), rateText(lately.failedRate));
  byId('figure-failed').classList.toggle('bad', lately.failed > 0);
  setText(byId('figure-clients'), inEnglish.format(pool.metrics.client_connections));
  drawSpark(byId('spark'), series);
}
