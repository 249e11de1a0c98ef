// "Where is my key?": asks the proxy, and shows the piece of the ring around the answer as under a
// magnifying glass.

const lensPoints = 9;  // arcs that are shown
const lensWidth = 600;
const lensTop = 34;
const lensHeight = 26;

// The arcs around point `index`, as {begin, end, owner} with numbers that do not wrap.
function arcsAround(ring, index) {
  const count = Math.min(lensPoints, ring.points.length);
  const first = index - Math.floor(count / 2);
  return Array.from({length: count}, (_, k) => {
    const turns = Math.floor((first + k) / ring.points.length);
    const i = first + k - turns * ring.points.length;
    return {
      begin: arcBegin(ring, i) + turns * ring.span,
      end: arcEnd(ring, i) + turns * ring.span,
      owner: ring.names[ring.owners[i]],
      isOwn: k === Math.floor(count / 2),
    };
  });
}

function drawLens(root, {ring, hash, point}, paints) {
  const index = pointIndexOf(ring, point);
  const arcs = arcsAround(ring, index);
  const own = arcs.find((arc) => arc.isOwn);
  let value = hash % ring.span;
  if (value > own.end) value -= ring.span;  // above the last point: the first one owns it
  const begin = arcs[0].begin;
  const scale = lensWidth / (arcs[arcs.length - 1].end - begin);
  const xOf = (hashValue) => round((hashValue - begin) * scale);
  root.replaceChildren();
  for (const arc of arcs) {
    const {number, colour} = paints.get(arc.owner) ?? {number: '', colour: 0};
    const x = xOf(arc.begin);
    const width = Math.max(xOf(arc.end) - x, 1);
    root.append(svg('rect', {
      class: `c${colour}${arc.isOwn ? ' own' : ''}`, x, y: lensTop, width, height: lensHeight,
    }));
    if (width > 22 && !arc.isOwn) {
      root.append(svg('text', {
        class: `c${colour} number`, x: x + width / 2, y: lensTop + lensHeight / 2,
      }, String(number)));
    }
  }
  const at = xOf(value + 0.5);
  const end = xOf(own.end);
  root.append(
    svg('path', {class: 'way', d: `M${at} ${lensTop - 12}H${end}V${lensTop - 3}`}),
    svg('path', {class: 'needle', d: `M${at} ${lensTop - 16}V${lensTop + lensHeight + 6}`}),
    svg('circle', {class: 'hash', r: 5, cx: at, cy: lensTop - 18}));
}

class KeyView {
  // `onFound({key, node, hash, point} or null)`
  constructor({poolName, onFound}) {
    this.poolName = poolName;
    this.onFound = onFound;
    this.found = null;
    byId('key-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.look(byId('key').value);
    });
    byId('key-clear').addEventListener('click', () => {
      byId('key').value = '';
      this.forget();
      byId('key').focus();
    });
  }

  forget() {
    this.found = null;
    this.question = null;
    show(byId('key-answer'), false);
    show(byId('key-clear'), false);
    setText(byId('key-problem'), '');
    this.onFound(null);
  }

  async look(key) {
    const question = {};
    this.question = question;  // an answer to an older one comes too late
    try {
      const found = await ask(['pools', this.poolName(), 'locate'], {query: [['key', key]]});
      if (this.question !== question) return;
      this.found = found;
      setText(byId('key-problem'), '');
      this.tell(found);
      this.onFound(found);
    } catch (error) {
      if (this.question !== question) return;
      this.forget();
      setText(byId('key-problem'), error.message);
    }
    show(byId('key-clear'), true);
  }

  // The ring is another one: the key may be elsewhere now.
  again() {
    if (this.found !== null) this.look(this.found.key);
  }

  tell(found) {
    show(byId('key-answer'), true);
    const where = found.node === null ? 'on no node' : found.node;
    setText(byId('key-node'), where);
    const address = found.address !== null && found.address !== found.node ? found.address : '';
    setText(byId('key-address'), address);
    const hash = found.hash === null ? '' : `${found.hash} (${found.hash_function})`;
    setText(byId('key-hash'), hash);
    setText(byId('key-why'), found.why);
    show(byId('key-hash-row'), found.hash !== null);
    show(byId('lens-figure'), found.hash !== null);
  }

  draw(ring, paints) {
    const {found} = this;
    const paint = paints.get(found?.node ?? '');
    show(byId('key-chip'), paint !== undefined);
    setAttribute(byId('key-chip'), 'class', `chip c${paint?.colour ?? 0}`);
    setText(byId('key-chip'), String(paint?.number ?? ''));
    if (found !== null && found.hash !== null && ring.points.length > 0) {
      drawLens(byId('lens'), {ring, hash: found.hash, point: found.point}, paints);
    }
  }
}
