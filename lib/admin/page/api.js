// The proxy: asking it, noticing when it does not answer, and asking again.

const pollMs = 2000;
const pauseMs = 250;  // between two readings, whatever happens
const patienceMs = 5000;

// `code` is 'unreachable' if nobody answered, else what the proxy calls the problem.
class AskError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

// Paths are relative, so that the page also works behind a prefix. `parts` are encoded:
//   ask(['pools', name, 'locate'], {query: [['key', text]]})
async function ask(parts, {method = 'GET', query = []} = {}) {
  const path = parts.map(encodeURIComponent).join('/');
  const search = query.map((pair) => pair.map(encodeURIComponent).join('=')).join('&');
  const headers = {Accept: 'application/json'};  // what proves who asks would stand here, too
  let answer;
  let text;
  try {
    answer = await fetch(`./${path}${search === '' ? '' : `?${search}`}`, {
      method, headers, cache: 'no-store', credentials: 'omit',
      signal: AbortSignal.timeout(patienceMs),
    });
    text = await answer.text();
  } catch (error) {
    throw new AskError('unreachable', 'the proxy does not answer');
  }
  let body;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw new AskError('malformed', `the answer is no JSON (status ${answer.status})`);
  }
  if (answer.ok) return body;
  throw new AskError(body.code ?? String(answer.status), body.detail ?? `status ${answer.status}`);
}

// Calls `refresh` now, every two seconds, and when soon() is called; one call at a time, and none
// while nobody looks.
class Poll {
  constructor(refresh) {
    this.refresh = refresh;
    this.timer = null;
    this.isRunning = false;
    this.isWanted = false;  // once more, after the call that is under way
    document.addEventListener('visibilitychange', () => this.soon());
  }

  soon() {
    clearTimeout(this.timer);
    if (document.hidden) return;
    if (this.isRunning) {
      this.isWanted = true;
      return;
    }
    this.run();
  }

  async run() {
    this.isRunning = true;
    try {
      await this.refresh();
    } finally {
      this.isRunning = false;
      clearTimeout(this.timer);
      if (!document.hidden) {
        this.timer = setTimeout(() => this.run(), this.isWanted ? pauseMs : pollMs);
      }
      this.isWanted = false;
    }
  }
}

// Server-sent events, where the proxy offers them: what happens is seen at once. The browser
// connects again by itself; a page that nobody looks at holds no connection.
async function followEvents(onEvent) {
  const index = await ask(['']);
  if (!index.routes.some((route) => route.path === '/events')) return;
  let events = null;
  const fit = () => {
    events?.close();
    events = null;
    if (document.hidden) return;
    events = new EventSource('./events');
    for (const name of ['ring', 'node', 'reload', 'drain']) events.addEventListener(name, onEvent);
  };
  document.addEventListener('visibilitychange', fit);
  fit();
}
