// The table of nodes.

const isWell = (node) =>
  node.state === 'in_ring' && node.problem === null && node.address_problem === null;

// Why a node is not well, in a sentence.
function troubleOf(node) {
  const parts = [];
  if (node.state !== 'in_ring') parts.push(node.reason);
  if (node.problem !== null) parts.push(node.problem);
  if (node.address_problem !== null) parts.push(node.address_problem);
  if (node.remaining_ms !== null) {
    const what = node.state === 'ejected_by_operator' ? 'back' : 'next try';
    parts.push(`${what} in ${durationText(node.remaining_ms)}`);
  }
  return parts.join('; ');
}

// What a column shows and is sorted by. null is smaller than any number.
const columns = {
  node: {key: (row) => row.paint.number},
  state: {key: (row) => (isWell(row.node) ? 1 : 0)},
  share: {key: (row) => row.node.share},
  rate: {key: (row) => row.lately.rate ?? -1},
  hits: {key: (row) => row.lately.hitRate ?? -1},
  latency: {key: (row) => row.lately.p99 ?? -1},
  failed: {key: (row) => row.lately.failedRate ?? -1},
};

class NodesView {
  constructor({onPoint, onChoose, onSteer}) {
    this.handlers = {onPoint, onChoose, onSteer};
    this.rows = new Map();  // name -> {row, cells}
    this.sort = {column: 'state', isAscending: true};
    this.filter = '';
    for (const button of document.querySelectorAll('#nodes-table th button')) {
      button.addEventListener('click', () => this.sortBy(button.dataset.column));
    }
    byId('nodes-filter').addEventListener('input', (event) => {
      this.filter = event.target.value.toLowerCase();
      this.arrange();
    });
  }

  sortBy(column) {
    const isAscending = this.sort.column === column ? !this.sort.isAscending
      : column === 'node' || column === 'state';
    this.sort = {column, isAscending};
    this.arrange();
  }

  // `shown`: [{node, paint, lately}]
  draw(shown) {
    this.shown = shown;
    const names = new Set(shown.map((row) => row.node.name));
    for (const [name, {row}] of this.rows) {
      if (!names.has(name)) {
        row.remove();
        this.rows.delete(name);
      }
    }
    const mostShare = Math.max(...shown.map((row) => row.node.share), 1e-9);
    for (const row of shown) this.drawRow(row, mostShare);
    show(byId('nodes-filter-row'), shown.length > 12);
    this.arrange();
  }

  arrange() {
    const {key} = columns[this.sort.column];
    const sign = this.sort.isAscending ? 1 : -1;
    const sorted = [...this.shown].sort((a, b) =>
      sign * (key(a) - key(b)) || a.paint.number - b.paint.number);
    const body = byId('nodes-body');
    const focused = document.activeElement;  // what is moved would lose it
    let at = body.firstElementChild;
    let hidden = 0;
    for (const {node} of sorted) {
      const {row} = this.rows.get(node.name);
      const isShown = `${node.name} ${node.address} ${stateText(node.state)}`.toLowerCase()
        .includes(this.filter);
      show(row, isShown);
      hidden += isShown ? 0 : 1;
      if (row === at) at = at.nextElementSibling;
      else body.insertBefore(row, at);
    }
    if (body.contains(focused)) focused.focus({preventScroll: true});
    setText(byId('nodes-count'), hidden === 0 ? countText(sorted.length, 'node')
      : `${sorted.length - hidden} of ${countText(sorted.length, 'node')}`);
    for (const button of document.querySelectorAll('#nodes-table th button')) {
      const isSorted = button.dataset.column === this.sort.column;
      setAttribute(button.closest('th'), 'aria-sort',
                   isSorted ? (this.sort.isAscending ? 'ascending' : 'descending') : null);
    }
  }

  add(name) {
    const {onPoint, onChoose, onSteer} = this.handlers;
    const cells = {
      chip: el('span', {class: 'chip', 'aria-hidden': 'true'}),
      name: el('button', {
        type: 'button', class: 'name', 'aria-pressed': 'false', on: {click: () => onChoose(name)},
      }, name),
      address: el('span', {class: 'address'}),
      state: el('span', {class: 'state'}),
      trouble: el('span', {class: 'trouble'}),
      share: el('span', {class: 'number'}),
      bar: el('span', {class: 'bar', 'aria-hidden': 'true'}),
      rate: el('td', {class: 'number'}),
      hits: el('td', {class: 'number'}),
      p50: el('span', {class: 'p50'}),
      p99: el('span', {class: 'p99'}),
      failed: el('td', {class: 'number'}),
      steer: el('button', {type: 'button', class: 'small', on: {click: () => onSteer(name)}}),
    };
    const row = el('tr', {'data-node': name, on: {
      mouseenter: () => onPoint(name), mouseleave: () => onPoint(null),
    }},
      el('th', {scope: 'row'}, el('div', {class: 'who'}, cells.chip,
        el('div', {}, cells.name, cells.address))),
      el('td', {}, cells.state, cells.trouble),
      el('td', {class: 'share'}, cells.share, cells.bar),
      cells.rate, cells.hits,
      el('td', {class: 'number latency'}, cells.p50, cells.p99),
      cells.failed,
      el('td', {class: 'steer'}, cells.steer));
    this.rows.set(name, {row, cells});
    return this.rows.get(name);
  }

  drawRow({node, paint, lately}, mostShare) {
    const {row, cells} = this.rows.get(node.name) ?? this.add(node.name);
    setAttribute(cells.chip, 'class', `chip c${paint.colour}`);
    setText(cells.chip, String(paint.number));
    setText(cells.address, node.address === node.name ? '' : node.address);
    setText(cells.state, stateText(node.state));
    setAttribute(row, 'data-state', node.state);
    setAttribute(row, 'class', isWell(node) ? null : 'unwell');
    setText(cells.trouble, troubleOf(node));
    setText(cells.share, percentText(node.share));
    cells.bar.style.setProperty('--part', String(round(node.share / mostShare)));
    setText(cells.rate, rateText(lately.rate));
    setText(cells.hits, lately.hitRate === null ? '–' : percentText(lately.hitRate));
    setText(cells.p50, latencyText(lately.p50));
    setText(cells.p99, lately.p99 === null ? '' : latencyText(lately.p99));
    setText(cells.failed, rateText(lately.failedRate));
    cells.failed.classList.toggle('bad', lately.failed > 0);
    const isIn = node.state === 'in_ring' || node.state === 'joining';
    setText(cells.steer, isIn ? 'Eject…' : 'Restore…');
    setAttribute(cells.steer, 'aria-label', `${isIn ? 'Eject' : 'Restore'} ${node.name}`);
  }

  // `pointed` is what the mouse is over, `chosen` what was clicked.
  mark(chosen, pointed) {
    for (const [name, {row, cells}] of this.rows) {
      setAttribute(cells.name, 'aria-pressed', String(name === chosen));
      row.classList.toggle('chosen', name === chosen);
      row.classList.toggle('pointed', name === pointed);
    }
  }
}
