// Ties the parts together: which pool is shown, which node is chosen, and what is read when.

const state = {
  poolName: null,
  pool: null,        // GET /pools/{pool}
  ring: null,
  ringPrint: null,   // of what `ring` is
  changes: [],
  rates: new Rates(),
  paints: new Map(), // name -> {number, colour}
  chosen: null,
  pointed: null,
  answeredAt: new Date(),
  isOut: false,
};

// A node keeps its number and colour while it is there, whoever comes and goes beside it.
function paint(names) {
  const present = new Set(names);
  for (const name of [...state.paints.keys()]) {
    if (!present.has(name)) state.paints.delete(name);
  }
  const taken = new Set([...state.paints.values()].map(({number}) => number));
  let number = 1;
  for (const name of names) {
    if (state.paints.has(name)) continue;
    while (taken.has(number)) ++number;
    taken.add(number);
    state.paints.set(name, {number, colour: (number - 1) % coloursOfNodes});
  }
}

function mark() {
  const shown = state.pointed ?? state.chosen;
  ringView.choose(shown);
  nodesView.mark(state.chosen, state.pointed);
  drawCentre(shown);
}

function drawCentre(name) {
  const node = state.pool?.nodes.find((each) => each.name === name);
  if (node === undefined) {
    const nodes = state.pool?.nodes.filter((each) => each.state === 'in_ring').length ?? 0;
    const points = state.ring?.points.length ?? 0;
    setText(byId('centre-big'), String(nodes));
    setText(byId('centre-small'), nodes === 1 ? 'node in the ring' : 'nodes in the ring');
    setText(byId('centre-more'), countText(points, 'point'));
    return;
  }
  const long = 26;
  setText(byId('centre-big'), percentText(node.share));
  setText(byId('centre-small'), name.length > long ? `…${name.slice(1 - long)}` : name);
  setText(byId('centre-more'), node.state === 'in_ring' ? countText(node.points, 'point')
    : stateText(node.state));
}

const point = (name) => {
  if (state.pointed === name) return;
  state.pointed = name;
  mark();
};
const choose = (name) => {
  state.chosen = state.chosen === name ? null : name;
  mark();
};
const poolName = () => state.poolName;

function tell(sentence) {
  setText(byId('news'), sentence);
}

const ringView = new RingView(byId('ring'), {onPoint: point, onChoose: choose});
const keyView = new KeyView({
  poolName,
  onFound: (found) => {
    state.chosen = found?.node ?? null;
    drawKey();
    mark();
  },
});
const steerDialog = new SteerDialog({poolName, onDone: (sentence) => {
  tell(sentence);
  poll.soon();
}});
const nodesView = new NodesView({onPoint: point, onChoose: choose, onSteer: (name) => {
  const node = state.pool.nodes.find((each) => each.name === name);
  const isIn = node.state === 'in_ring' || node.state === 'joining';
  steerDialog.open(name, isIn ? 'eject' : 'restore');
}});
const whatIfView = new WhatIfView({poolName});
const historyView = new HistoryView();

function drawKey() {
  const {found} = keyView;
  const {ring} = state;
  const isPlaced = found !== null && found.hash !== null && ring !== null && ring.points.length > 0;
  ringView.showKey(isPlaced ? {ring, hash: found.hash, point: found.point} : null);
  if (ring !== null) keyView.draw(ring, state.paints);
}

// --- reading ---

function drawPools(pools) {
  const rows = pools.map((pool) => ({
    name: pool.name, inRing: pool.nodes_in_ring, nodes: pool.node_count,
    isWell: pool.node_count > 0 && pool.nodes_in_ring === pool.node_count &&
      pool.nodes_degraded === 0,
    isShown: pool.name === state.poolName,
  }));
  setList(byId('pools'), rows, (row) => el('li', {},
    el('a', {
      href: `#${encodeURIComponent(row.name)}`, class: row.isWell ? 'well' : 'unwell',
      'aria-current': row.isShown ? 'page' : null,
    }, el('span', {class: 'pool'}, row.name), ' ',
    el('span', {class: 'ratio'}, `${row.inRing}/${row.nodes}`))));
}

function choosePool(pools) {
  let wanted = '';
  try {
    wanted = decodeURIComponent(location.hash.slice(1));
  } catch (error) {
    // Somebody has typed it; the first pool will do.
  }
  const name = pools.some((pool) => pool.name === wanted) ? wanted : pools[0]?.name ?? null;
  if (name === state.poolName) return;
  Object.assign(state, {poolName: name, pool: null, ring: null, ringPrint: null, changes: [],
                        rates: new Rates(), paints: new Map(), chosen: null, pointed: null});
  ringView.showMoved([]);
  keyView.forget();
  whatIfView.forget();
}

// The ring and its history are read when they have changed only.
async function readRing(pool) {
  const print = `${pool.fingerprint} ${pool.generation}`;
  if (print === state.ringPrint) return;
  const [ring, history] = await Promise.all([
    ask(['pools', pool.name, 'ring'], {query: [['format', 'nodes']]}),
    ask(['pools', pool.name, 'history']),
  ]);
  if (pool.name !== state.poolName) return;
  const before = state.ring;
  state.ring = ringOf(ring);
  state.ringPrint = print;
  state.changes = history.changes;
  paint(pool.nodes.map((node) => node.name).concat(state.ring.names));
  if (before !== null) {
    const moved = movedAngles(before, state.ring);
    if (moved.length > 0) ringView.showMoved(moved);
    const [change] = state.changes;
    if (change !== undefined) tell(`${sentenceOf(change)}. ${movedText(change)}`);
  }
  const shares = new Map(pool.nodes.map((node) => [node.name, node.share]));
  ringView.draw(state.ring, state.paints, shares);
  historyView.draw(state.changes);
  if (before === null) drawKey();
  else keyView.again();
}

function draw() {
  const {pool, rates} = state;
  paint(pool.nodes.map((node) => node.name).concat(state.ring.names));
  const lately = rates.lately();
  drawVerdict(pool, lately);
  drawLastChange(state.changes);
  drawFigures(pool, lately, rates.series);
  nodesView.draw(pool.nodes.map((node) => ({
    node, paint: state.paints.get(node.name), lately: rates.lately(node.name),
  })));
  whatIfView.setNodes(pool.nodes.map((node) => node.name));
  drawSource(pool);
  setAttribute(byId('ring'), 'aria-label', ringLabel(pool));
  mark();
}

function ringLabel(pool) {
  const largest = [...pool.nodes].sort((a, b) => b.share - a.share).slice(0, 5)
    .filter((node) => node.share > 0)
    .map((node) => `${node.name} ${percentText(node.share)}`);
  return `The ring of ${pool.name}. Largest shares: ${largest.join(', ') || 'none'}.`;
}

async function refresh() {
  if (token.isRefused) return;
  try {
    const {pools} = await ask(['pools']);
    choosePool(pools);
    drawPools(pools);
    show(byId('main'), state.poolName !== null);
    if (state.poolName !== null) {
      const pool = await ask(['pools', state.poolName]);
      state.pool = pool;
      state.rates.add(pool);
      await readRing(pool);
      draw();
    }
    answered();
  } catch (error) {
    // A pool that has just left is no outage: the next poll shows those that are there.
    if (error.code === 'not_found') {
      answered();
      return;
    }
    if (error.code === 'unauthorized') {
      askForToken();
      return;
    }
    unanswered(error);
    if (!(error instanceof AskError)) throw error;  // ours: it belongs on the console, too
  }
}

// --- a proxy that wants to know who asks ---

// What was shown before stays hidden: it is not for whoever has no token.
function askForToken() {
  state.isOut = false;
  drawOutage();
  setText(byId('live'), 'no token');
  show(byId('main'), false);
  const isNew = byId('token').hidden;
  if (token.get() !== null) setText(byId('token-problem'), 'That was not the right one.');
  show(byId('token'), true);
  if (isNew) byId('token-text').focus();
}

byId('token-form').addEventListener('submit', (event) => {
  event.preventDefault();
  token.set(byId('token-text').value.trim());
  byId('token-text').value = '';
  setText(byId('token-problem'), '');
  poll.soon();
});

// --- an outage ---

function answered() {
  show(byId('token'), false);
  state.answeredAt = new Date();
  if (state.isOut) tell('The proxy answers again.');
  state.isOut = false;
  drawOutage();
}

function outageText(error) {
  if (error.code === 'unreachable') return 'The proxy does not answer';
  if (error instanceof AskError) return `The proxy refuses to tell (${error.message})`;
  return `The page cannot show what the proxy answers (${error.message})`;
}

function unanswered(error) {
  if (!state.isOut) {
    setText(byId('outage-text'),
            `${outageText(error)} since `
            + clockText(state.answeredAt));
  }
  state.isOut = true;
  drawOutage();
}

function drawOutage() {
  show(byId('outage'), state.isOut);
  document.body.classList.toggle('out', state.isOut);
  setText(byId('live'), state.isOut ? 'no answer' : 'live');
  document.title = `${state.isOut ? '✕ ' : ''}${state.poolName ?? 'no pools'} · Ringside`;
  setText(byId('outage-for'),
          state.isOut ? durationText(Date.now() - state.answeredAt.getTime()) : '');
}

const poll = new Poll(refresh);
addEventListener('hashchange', () => poll.soon());
setInterval(() => {
  if (document.hidden) return;
  if (state.isOut) drawOutage();
  drawLastChange(state.changes);
}, 1000);
poll.soon();
followEvents(() => poll.soon()).catch(() => {
  // Polling does as well.
});
