// Holds the drawing against GET /pools/{pool}/ring: each arc, by its numbers and by its geometry.
import assert from 'node:assert/strict';
import {api} from './chromium.mjs';

const turn = 360;
const hashes = 2 ** 32;

// node -> [[begin, end], ...] in degrees, computed here from the points.
function expectedArcs(points) {
  const arcs = new Map();
  points.forEach(({value, node}, i) => {
    const before = i > 0 ? points[i - 1].value : points[points.length - 1].value - hashes;
    if (!arcs.has(node)) arcs.set(node, []);
    arcs.get(node).push([((before + 1) / hashes) * turn, ((value + 1) / hashes) * turn]);
  });
  return arcs;
}

const angleOf = (x, y) => ((Math.atan2(x, -y) * 180) / Math.PI + turn) % turn;

// Beginning and end of each piece of a path: "M x y L x y" or "M x y A r r 0 0 1 x y".
const drawnArcs = (d) => d.split('M').slice(1).map((piece) => {
  const [from, to] = piece.split(/[LA]/).map((text) => text.trim().split(' ').map(Number));
  return [angleOf(...from), angleOf(...to.slice(-2))];
});

// Angles that differ by a turn are the same.
const distance = (a, b) => Math.abs(((a - b + turn * 1.5) % turn) - turn / 2);

export async function checkArcs(page, admin, pool) {
  const {points} = await api(admin, `/pools/${pool}/ring`);
  const expected = expectedArcs(points);
  const drawn = await page.$$eval('#ring .arcs path', (paths) => paths.map((path) => ({
    node: path.dataset.node, angles: path.dataset.angles, d: path.getAttribute('d'),
  })));
  assert.deepEqual(new Set(drawn.filter(({angles}) => angles !== '').map(({node}) => node)),
                   new Set(expected.keys()));
  let count = 0;
  for (const {node, angles, d} of drawn) {
    if (angles === '') continue;
    const arcs = expected.get(node);
    const told = angles.split(' ').map((pair) => pair.split(':').map(Number));
    const seen = drawnArcs(d);
    assert.equal(told.length, arcs.length, `arcs of ${node}`);
    assert.equal(seen.length, arcs.length, `pieces of the path of ${node}`);
    arcs.forEach((arc, i) => arc.forEach((angle, end) => {
      assert.ok(distance(told[i][end], angle) < 1e-5, `${node}, arc ${i}: ${told[i]} not ${arc}`);
      assert.ok(distance(seen[i][end], angle) < 1e-3, `${node}, arc ${i}: ${seen[i]} is drawn`);
    }));
    count += arcs.length;
  }
  assert.equal(count, points.length);
  return count;
}
