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

// What proves who asks, where the proxy wants that (ringside.admin_token_file). It is forgotten
// with the tab.
const token = {
  slot: 'ringside-token',
  isRefused: false,  // or missing: nothing is asked until there is another one
  get() { return sessionStorage.getItem(this.slot); },
  set(text) {
    sessionStorage.setItem(this.slot, text);
    this.isRefused = false;
  },
  headers() { return this.get() === null ? {} : {Authorization: `Bearer ${this.get()}`}; },
};

// Paths are relative, so that the page also works behind a prefix. `parts` are encoded:
//   ask(['pools', name, 'locate'], {query: [['key', text]]})
async function ask(parts, {method = 'GET', query = []} = {}) {
  const path = parts.map(encodeURIComponent).join('/');
  const search = query.map((pair) => pair.map(encodeURIComponent).join('=')).join('&');
  const headers = {Accept: 'application/json', ...token.headers()};
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
  if (body.code === 'unauthorized') token.isRefused = true;
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

// Server-sent events, where the proxy offers them: what happens is seen at once. A page that nobody
// looks at holds no connection. An EventSource would show no token.
async function followEvents(onEvent) {
  const index = await ask(['']);
  if (!index.routes.some((route) => route.path === '/events')) return;
  let reading = null;
  const fit = () => {
    reading?.abort();
    reading = null;
    if (document.hidden) return;
    reading = new AbortController();
    listen(onEvent, reading.signal);
  };
  document.addEventListener('visibilitychange', fit);
  fit();
}

// Until `signal`; connects again when the connection ends.
async function listen(onEvent, signal) {
  while (!signal.aborted) {
    try {
      await readEvents(onEvent, signal);
    } catch (error) {
      // Polling tells of an outage.
    }
    await new Promise((resolve) => { setTimeout(resolve, pollMs); });
  }
}

// Calls `onEvent` for what is news in the page's view.
async function readEvents(onEvent, signal) {
  if (token.isRefused) return;
  const news = new Set(['ring', 'node', 'reload', 'drain']);
  const answer = await fetch('./events', {
    headers: token.headers(), cache: 'no-store', credentials: 'omit', signal,
  });
  if (!answer.ok) return;
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const {done, value} = await reader.read();
    if (done) return;
    const lines = (text + value).split('\n');
    text = lines.pop();
    for (const line of lines) {
      if (line.startsWith('event: ') && news.has(line.slice('event: '.length))) onEvent();
    }
  }
}
