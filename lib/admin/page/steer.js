// Ejecting and restoring a node: a dialog says what would move before anything is done.

class SteerDialog {
  // `onDone(sentence)`: it was done.
  constructor({poolName, onDone}) {
    this.poolName = poolName;
    this.onDone = onDone;
    this.dialog = byId('steer');
    byId('steer-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.act();
    });
    byId('steer-cancel').addEventListener('click', () => this.dialog.close());
  }

  async open(node, action) {
    this.pool = this.poolName();  // this one is meant, whichever the page shows by then
    this.node = node;
    this.action = action;
    const isEject = action === 'eject';
    setText(byId('steer-title'), `${isEject ? 'Eject' : 'Restore'} ${node}?`);
    setText(byId('steer-what'), isEject
      ? 'It leaves the ring at once, and its keys live on other nodes, where they are misses until '
        + 'they are stored again.'
      : 'It comes back into the ring at once, with what it has stored before: that may be old.');
    setText(byId('steer-do'), isEject ? 'Eject' : 'Restore');
    byId('steer-do').classList.toggle('danger', isEject);
    byId('steer-force').checked = false;
    show(byId('steer-for-row'), isEject);
    show(byId('steer-force-row'), false);
    setText(byId('steer-problem'), '');
    const moved = byId('steer-moved');
    moved.replaceChildren(el('p', {class: 'muted'}, 'Asking what would move…'));
    this.dialog.showModal();
    try {
      const told = await ask(['pools', this.pool, 'what-if'], {query: [[action, node]]});
      if (this.node !== node) return;
      moved.replaceChildren(...movedElements(told));
      show(byId('steer-force-row'), told.after.nodes_in_ring === 0);
    } catch (error) {
      moved.replaceChildren(el('p', {class: 'bad'}, error.message));
    }
  }

  async act() {
    const query = [];
    if (this.action === 'eject') {
      if (byId('steer-for').value !== '') query.push(['for', byId('steer-for').value]);
      if (byId('steer-force').checked) query.push(['force', 'true']);
    }
    byId('steer-do').disabled = true;
    try {
      const told = await ask(['pools', this.pool, 'nodes', this.node, this.action],
                             {method: 'POST', query});
      this.dialog.close();
      this.onDone(`${this.node} is ${stateText(told.node.state)}.`);
    } catch (error) {
      setText(byId('steer-problem'), error.message);
    } finally {
      byId('steer-do').disabled = false;
    }
  }
}
