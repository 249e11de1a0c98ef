// Where the nodes come from, and the settings that make the ring.

const factsOf = (pool) => [
  ['Source', pool.source.description],
  ['Last answer', pool.source.last_answer === null ? null
    : whenText(new Date(pool.source.last_answer))],
  ['Listens on', pool.listen],
  ['Protocol', pool.policy.protocol],
  ['Ring', `${pool.policy.distribution}, ${pool.policy.hash}`
    + (pool.policy.hash_tag === '' ? '' : `, hash tag ${pool.policy.hash_tag}`)],
  ['Ejects dead nodes', pool.policy.auto_eject_hosts
    ? `after ${countText(pool.policy.server_failure_limit, 'failure')}` : 'no'],
  ['Fingerprint', pool.fingerprint],
  ['Generation', String(pool.generation)],
];

function drawSource(pool) {
  const facts = factsOf(pool).filter(([, value]) => value !== null);
  setList(byId('facts'), facts, ([name, value]) =>
    el('div', {}, el('dt', {}, name), el('dd', {}, value)));
  setList(byId('sources'), pool.sources.length > 1 ? pool.sources : [], (source) => el('li', {},
    el('strong', {}, source.description),
    ` ${source.state}${source.authoritative ? ', decides' : ''}, `,
    countText(source.node_count, 'node'),
    source.last_failure === null ? '' : `: ${source.last_failure}`));
}
