// What would move: the form for any change, and the list that the dialogs show as well.

const flowsShown = 8;

// The answer of GET /pools/{pool}/what-if as elements.
function movedElements(answer) {
  if (answer.moved_percent === null) return [el('p', {}, 'Which keys would move cannot be told.')];
  const exact = answer.moved_by === 'arcs' ? '' : ' (by a sample of 10,000 keys)';
  const elements = [el('p', {class: 'moved'},
    el('strong', {}, percentText(answer.moved_percent / 100)),
    ` of the keys would move${exact}.`)];
  if (answer.after.nodes_in_ring === 0) {
    elements.push(el('p', {class: 'bad'},
                     'No node would be left in the ring: every request fails.'));
    return elements;
  }
  const flows = answer.flows.slice(0, flowsShown);
  if (flows.length === 0) return elements;
  const most = Math.max(...flows.map((flow) => flow.percent));
  const rows = flows.map((flow) => {
    const bar = el('span', {class: 'bar', 'aria-hidden': 'true'});
    bar.style.setProperty('--part', String(round(flow.percent / most)));
    return el('tr', {}, el('td', {}, flow.from ?? 'no node'), el('td', {}, flow.to ?? 'no node'),
              el('td', {class: 'share'}, el('span', {class: 'number'},
                percentText(flow.percent / 100)), bar));
  });
  elements.push(el('table', {class: 'flows'},
    el('thead', {}, el('tr', {}, el('th', {scope: 'col'}, 'From'), el('th', {scope: 'col'}, 'To'),
      el('th', {scope: 'col'}, 'Keys'))),
    el('tbody', {}, ...rows)));
  const rest = answer.flows.length - flows.length + answer.flows_left_out;
  if (rest > 0) elements.push(el('p', {class: 'muted'}, `and ${countText(rest, 'smaller flow')}`));
  return elements;
}

const changeTexts = {
  remove: (value) => `without ${value}`,
  add: (value) => `with ${value}`,
  weight: (value) => `weight ${value}`,
  eject: (value) => `${value} ejected`,
  restore: (value) => `${value} restored`,
};

class WhatIfView {
  constructor({poolName}) {
    this.poolName = poolName;
    this.changes = [];  // [parameter, value]
    byId('what-if-kind').addEventListener('change', () => this.fit());
    byId('what-if-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.add();
    });
    byId('what-if-clear').addEventListener('click', () => this.forget());
    this.fit();
  }

  // The fields that go with the kind of change.
  fit() {
    const kind = byId('what-if-kind').value;
    show(byId('what-if-node-row'), kind !== 'add');
    show(byId('what-if-weight-row'), kind === 'weight');
    show(byId('what-if-server-row'), kind === 'add');
  }

  setNodes(names) {
    setList(byId('what-if-node'), names, (name) => el('option', {value: name}, name));
  }

  forget() {
    this.changes = [];
    byId('what-if-answer').replaceChildren();
    this.drawChanges();
  }

  add() {
    const kind = byId('what-if-kind').value;
    const node = byId('what-if-node').value;
    const value = kind === 'add' ? byId('what-if-server').value.trim()
      : kind === 'weight' ? `${node}:${byId('what-if-weight').value}` : node;
    this.ask([...this.changes.filter((change) => change[1] !== value), [kind, value]]);
  }

  async ask(changes) {
    const answer = byId('what-if-answer');
    const pool = this.poolName();
    try {
      const told = await ask(['pools', pool, 'what-if'], {query: changes});
      if (pool !== this.poolName()) return;
      this.changes = changes;
      answer.replaceChildren(...movedElements(told));
    } catch (error) {
      answer.replaceChildren(el('p', {class: 'bad'}, error.message));
    }
    this.drawChanges();
  }

  drawChanges() {
    byId('what-if-changes').replaceChildren(...this.changes.map(([kind, value]) =>
      el('li', {}, changeTexts[kind](value))));
    show(byId('what-if-clear'), this.changes.length > 0);
  }
}
