// What has become of the ring: a sentence for each change, the newest first.

const changesShown = 4;

const deeds = [
  ['added', 'joined'], ['removed', 'left'], ['ejected', 'was ejected', 'were ejected'],
  ['returned', 'came back'], ['changed', 'changed'],
];

function sentenceOf(change) {
  const parts = deeds.filter(([list]) => change[list].count > 0).map(([list, one, many = one]) => {
    const {names, count} = change[list];
    return `${namesText(names, count)} ${count === 1 ? one : many}`;
  });
  return parts.length === 0 ? 'The ring was built anew' : parts.join('; ');
}

const movedText = (change) => change.moved_percent === null ? ''
  : `${percentText(change.moved_percent / 100)} of the keys moved`;

// How long after the news the last worker went by the ring.
function adoptionText(change) {
  if (!change.adopted_by_all) return 'not yet adopted by all workers';
  const last = Math.max(...change.adopted.map((adoption) => adoption.after_ms), 0);
  return `in force after ${latencyText(last * 1000)}`;
}

class HistoryView {
  constructor() {
    this.isWhole = false;
    byId('history-all').addEventListener('click', () => {
      this.isWhole = !this.isWhole;
      this.draw(this.changes);
    });
  }

  draw(changes) {
    this.changes = changes;
    const shown = this.isWhole ? changes : changes.slice(0, changesShown);
    setList(byId('history'), shown, (change) => {
      const at = new Date(change.at);
      const moved = change.moved_percent === null ? ''
        : `${percentText(change.moved_percent / 100)} moved`;
      return el('li', {},
        el('time', {datetime: change.at, title: at.toLocaleString('en-GB')}, whenText(at)),
        el('p', {class: 'sentence'}, `${sentenceOf(change)}.`), el('p', {class: 'number'}, moved),
        el('p', {class: 'muted'}, `${change.causes.join(', ')} · ${adoptionText(change)}`));
    });
    show(byId('history-none'), changes.length === 0);
    show(byId('history-all'), changes.length > changesShown);
    setText(byId('history-all'), this.isWhole ? 'Show the last few only'
      : `Show all ${changes.length}`);
  }
}
