// The ring as numbers: who owns which part of the space of hashes, and what changed hands.

const hashes = 2 ** 32;
const nodesMax = 4096;  // of a pool; fits beside a point into a double

// Of GET /pools/{pool}/ring?format=nodes: all points in ascending order with their owners.
function ringOf(json) {
  const names = json.nodes.map((node) => node.name);
  const keyed = new Float64Array(sum(json.nodes.map((node) => node.points.length)));
  let next = 0;
  json.nodes.forEach((node, owner) => {
    for (const point of node.points) keyed[next++] = point * nodesMax + owner;
  });
  keyed.sort();
  const points = new Float64Array(keyed.length);
  const owners = new Uint16Array(keyed.length);
  keyed.forEach((key, i) => {
    owners[i] = key % nodesMax;
    points[i] = (key - owners[i]) / nodesMax;
  });
  // modula and random have a slot for each point instead, and hashes are taken modulo their number.
  const isKetama = json.distribution === 'ketama';
  const span = isKetama ? hashes : (points[points.length - 1] ?? 0) + 1;
  return {distribution: json.distribution, names, points, owners, span};
}

// Point i owns what is above the point before it, up to itself; the first one also what is above
// the last: it begins below zero.
const arcBegin = (ring, i) =>
  (i > 0 ? ring.points[i - 1] : ring.points[ring.points.length - 1] - ring.span) + 1;
const arcEnd = (ring, i) => ring.points[i] + 1;

// In degrees, clockwise from the top.
const angleOf = (ring, value) => (value / ring.span) * 360;

// For each node its arcs as [begin, end, begin, end, ...] in degrees.
function anglesByNode(ring) {
  const angles = ring.names.map(() => []);
  for (let i = 0; i < ring.points.length; ++i) {
    angles[ring.owners[i]].push(angleOf(ring, arcBegin(ring, i)), angleOf(ring, arcEnd(ring, i)));
  }
  return angles;
}

// The first point that is not below the hash, and the first one behind the last.
function pointIndexOf(ring, hash) {
  let low = 0;
  let high = ring.points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ring.points[middle] < hash) low = middle + 1;
    else high = middle;
  }
  return low % ring.points.length;
}

// The parts that another node owns now, as [begin, end, ...] in degrees; neighbours are joined.
function movedAngles(before, after) {
  if (before.span !== after.span || before.points.length === 0 || after.points.length === 0) {
    return [];
  }
  const angles = [];
  let position = 0;
  let i = 0;
  let j = 0;
  while (position < after.span) {
    const from = before.names[before.owners[i % before.points.length]];
    const to = after.names[after.owners[j % after.points.length]];
    const endBefore = i < before.points.length ? before.points[i] + 1 : before.span;
    const endAfter = j < after.points.length ? after.points[j] + 1 : after.span;
    const end = Math.min(endBefore, endAfter);
    if (from !== to && end > position) {
      const begin = angleOf(after, position);
      if (angles[angles.length - 1] === begin) angles[angles.length - 1] = angleOf(after, end);
      else angles.push(begin, angleOf(after, end));
    }
    position = end;
    if (endBefore === end) ++i;
    if (endAfter === end) ++j;
  }
  return angles;
}
