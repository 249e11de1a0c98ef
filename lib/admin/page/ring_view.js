// The drawing. Outside, the ring itself: each arc where its hashes are, all arcs of a node in one
// path. Inside, the same sorted: one sector for each node, as large as its share.
//
// Angles are also there as numbers: data-angles of a node's path has "begin:end" of each arc, in
// degrees, clockwise from the top.

const arcRadius = 258;
const arcWidth = 36;
const shareRadius = 205;
const shareWidth = 30;
const movedRadius = 285;
const keyRadius = 300;
const movedMs = 20000;     // as long as page.css lets it fade
const denseArcs = 4000;    // more than fit beside each other on a screen
const labelRoom = 20;      // of a sector, along its middle, for a number
const coloursOfNodes = 16; // page.css

const round = (number) => Math.round(number * 1000) / 1000;

function pointAt(degrees, radius) {
  const radians = (degrees * Math.PI) / 180;
  return `${round(Math.sin(radians) * radius)} ${round(-Math.cos(radians) * radius)}`;
}

// A piece of a circle; a short one is straight, which is as good and much faster to draw.
function arcPath(begin, end, radius) {
  if (end - begin >= 359.999) {
    const middle = begin + 180;
    return arcPath(begin, middle, radius) + arcPath(middle, begin + 359.99, radius);
  }
  const to = pointAt(end, radius);
  if (end - begin < 0.5) return `M${pointAt(begin, radius)}L${to}`;
  const isLarge = end - begin > 180 ? 1 : 0;
  return `M${pointAt(begin, radius)}A${radius} ${radius} 0 ${isLarge} 1 ${to}`;
}

function arcsPath(angles, radius) {
  let path = '';
  for (let i = 0; i < angles.length; i += 2) path += arcPath(angles[i], angles[i + 1], radius);
  return path;
}

const degreesText = (degrees) => String(Math.round(degrees * 1e6) / 1e6);

function anglesText(angles) {
  const texts = [];
  for (let i = 0; i < angles.length; i += 2) {
    texts.push(`${degreesText(angles[i])}:${degreesText(angles[i + 1])}`);
  }
  return texts.join(' ');
}

class RingView {
  // `onPoint(name or null)`: the mouse is over a node. `onChoose(name)`: it is clicked.
  constructor(root, {onPoint, onChoose}) {
    this.root = root;
    this.arcs = new Map();    // name -> {path, sector, label}
    this.angles = new Map();  // name -> as anglesByNode()
    this.layers = {};
    for (const name of ['scale', 'arcs', 'ticks', 'shares', 'labels', 'moved', 'key']) {
      this.layers[name] = root.appendChild(svg('g', {class: name}));
    }
    this.drawScale();
    const nodeAt = (event) => event.target.closest('[data-node]')?.dataset.node ?? null;
    root.addEventListener('mouseover', (event) => onPoint(nodeAt(event)));
    root.addEventListener('mouseleave', () => onPoint(null));
    root.addEventListener('click', (event) => {
      if (nodeAt(event) !== null) onChoose(nodeAt(event));
    });
  }

  // What is there without nodes, too.
  drawScale() {
    for (const [r, width] of [[arcRadius, arcWidth], [shareRadius, shareWidth]]) {
      this.layers.scale.append(svg('circle', {r, 'stroke-width': width}));
    }
    for (let degrees = 0; degrees < 360; degrees += 10) {
      const length = degrees % 90 === 0 ? 8 : 3;
      const from = pointAt(degrees, arcRadius + arcWidth / 2 + 4);
      const to = pointAt(degrees, arcRadius + arcWidth / 2 + 4 + length);
      this.layers.scale.append(svg('path', {d: `M${from}L${to}`}));
    }
  }

  // `paints`: name -> {number, colour}. `shares`: name -> 0..1, in the order of the sectors.
  draw(ring, paints, shares) {
    const angles = anglesByNode(ring);
    const isDense = ring.points.length > denseArcs;
    this.root.classList.toggle('dense', isDense);
    const present = new Set(ring.names);
    for (const [name, parts] of this.arcs) {
      if (present.has(name)) continue;
      Object.values(parts).forEach((part) => part.remove());
      this.arcs.delete(name);
      this.angles.delete(name);
    }
    let begin = 0;
    const order = [...shares].filter(([name]) => present.has(name));
    for (const [name, share] of order) {
      const parts = this.arcs.get(name) ?? this.add(name);
      const own = angles[ring.names.indexOf(name)];
      const {number, colour} = paints.get(name);
      this.angles.set(name, own);
      for (const part of [parts.path, parts.sector]) {
        setAttribute(part, 'class', `node c${colour}`);
      }
      setAttribute(parts.path, 'data-angles', anglesText(own));
      setAttribute(parts.path, 'd', arcsPath(own, arcRadius));
      this.drawSector(parts, begin, begin + share * 360, number, colour);
      begin += share * 360;
    }
  }

  drawSector(parts, begin, end, number, colour) {
    const room = ((end - begin) * Math.PI * shareRadius) / 180;
    const gap = Math.min(0.6, (end - begin) / 6);
    setAttribute(parts.sector, 'd',
                 end > begin ? arcPath(begin + gap / 2, end - gap / 2, shareRadius) : null);
    setText(parts.label, room >= labelRoom ? String(number) : '');
    setAttribute(parts.label, 'class', `c${colour}`);
    const [x, y] = pointAt((begin + end) / 2, shareRadius).split(' ');
    setAttribute(parts.label, 'x', x);
    setAttribute(parts.label, 'y', y);
  }

  add(name) {
    const parts = {
      path: svg('path', {'data-node': name, 'stroke-width': arcWidth}),
      sector: svg('path', {'data-node': name, 'stroke-width': shareWidth}),
      label: svg('text', {'data-node': name}),
    };
    this.layers.arcs.append(parts.path);
    this.layers.shares.append(parts.sector);
    this.layers.labels.append(parts.label);
    this.arcs.set(name, parts);
    return parts;
  }

  // One node stands out; null: none does. However short its arcs are, they can be seen.
  choose(name) {
    const chosen = this.arcs.has(name) ? name : null;
    this.root.classList.toggle('has-chosen', chosen !== null);
    for (const [each, parts] of this.arcs) {
      parts.path.classList.toggle('chosen', each === chosen);
      parts.sector.classList.toggle('chosen', each === chosen);
      parts.label.classList.toggle('chosen', each === chosen);
    }
    const isDense = this.root.classList.contains('dense');
    this.drawTicks(chosen !== null && isDense ? chosen : null);
  }

  drawTicks(chosen) {
    this.layers.ticks.replaceChildren();
    if (chosen === null) return;
    const angles = this.angles.get(chosen);
    const inner = arcRadius - arcWidth / 2;
    let path = '';
    for (let i = 0; i < angles.length; i += 2) {
      const middle = (angles[i] + angles[i + 1]) / 2;
      path += `M${pointAt(middle, inner)}L${pointAt(middle, inner + arcWidth)}`;
    }
    const colour = this.arcs.get(chosen).label.getAttribute('class');
    this.layers.ticks.append(svg('path', {d: path, class: colour}));
  }

  // What has changed hands, for a while.
  showMoved(angles) {
    clearTimeout(this.movedTimer);
    this.layers.moved.replaceChildren(svg('path', {d: arcsPath(angles, movedRadius)}));
    show(byId('moved-note'), angles.length > 0);
    this.movedTimer = setTimeout(() => this.showMoved([]), movedMs);
  }

  // Where a key is, by its hash and the point that decides; null: nowhere.
  showKey(place) {
    this.layers.key.replaceChildren();
    if (place === null) return;
    const {ring, hash, point} = place;
    const from = angleOf(ring, hash % ring.span);
    const to = angleOf(ring, point) + (point < hash % ring.span ? 360 : 0);
    const inner = shareRadius - shareWidth / 2 - 6;
    this.layers.key.append(
      svg('path', {class: 'needle', d: `M${pointAt(from, inner)}L${pointAt(from, keyRadius)}`}),
      svg('path', {class: 'way', d: arcPath(from, Math.max(to, from + 0.001), keyRadius)}),
      svg('circle', {
        class: 'hash', r: 6, 'data-hash': hash, 'data-angle': degreesText(from),
        cx: pointAt(from, keyRadius).split(' ')[0], cy: pointAt(from, keyRadius).split(' ')[1],
      }),
      svg('circle', {
        class: 'point', r: 4, 'data-point': point, 'data-angle': degreesText(to % 360),
        cx: pointAt(to, arcRadius + arcWidth / 2).split(' ')[0],
        cy: pointAt(to, arcRadius + arcWidth / 2).split(' ')[1],
      }));
  }
}
