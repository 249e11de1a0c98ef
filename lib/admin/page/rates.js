// What has happened lately. The proxy counts since its start; two readings make an interval.

const readingsMax = 6;  // of the last ten seconds
const seriesMax = 90;   // three minutes of polls

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

// What the page goes by, of GET /pools/{pool}; the rest is not kept.
function readingOf(pool) {
  const ended = Object.values(pool.outcomes);
  const of = (ending) => sum(ended.map((kind) => kind[ending]));
  return {
    at: performance.now(),
    pool: {
      requests: sum(ended.map((kind) => sum(Object.values(kind)))),
      hits: of('hit'),
      misses: of('miss'),
      failed: of('node_error') + of('proxy_error') + of('timed_out'),
      latency: pool.latency.counts,
    },
    nodes: new Map(pool.nodes.map((node) => [node.name, {
      requests: node.metrics.requests,
      hits: node.metrics.hits,
      misses: node.metrics.misses,
      failed: node.metrics.server_timedout + node.metrics.server_err +
        node.metrics.fast_failures + node.metrics.queue_full,
      latency: node.latency.counts,
    }])),
  };
}

// As Prometheus' histogram_quantile(): within a bucket durations are taken to be spread evenly.
function quantile(counts, bounds, part) {
  const total = sum(counts);
  if (total === 0) return null;
  let rest = total * part;
  for (let i = 0; i < counts.length; ++i) {
    if (rest <= counts[i]) {
      const low = i === 0 ? 0 : bounds[i - 1];
      const high = bounds[i] ?? low;
      return low + (high - low) * (rest / counts[i]);
    }
    rest -= counts[i];
  }
  return bounds[bounds.length - 1];
}

const nothing = {rate: null, hitRate: null, failed: 0, failedRate: null, p50: null, p99: null};

function between(before, after, seconds, bounds) {
  if (before === undefined) return nothing;
  const requests = after.requests - before.requests;
  const hits = after.hits - before.hits;
  const lookups = hits + after.misses - before.misses;
  const failed = after.failed - before.failed;
  const latency = after.latency.map((count, i) => count - (before.latency[i] ?? 0));
  return {
    rate: requests / seconds,
    hitRate: lookups > 0 ? hits / lookups : null,
    failed,
    failedRate: failed / seconds,
    p50: quantile(latency, bounds, 0.5),
    p99: quantile(latency, bounds, 0.99),
  };
}

// The readings of one pool.
class Rates {
  constructor() {
    this.readings = [];
    this.series = [];  // requests per second, from poll to poll
  }

  add(pool) {
    const reading = readingOf(pool);
    const last = this.readings[this.readings.length - 1];
    if (last !== undefined) {
      if (reading.pool.requests < last.pool.requests) {  // it was started anew
        this.readings = [];
      } else {
        const seconds = (reading.at - last.at) / 1000;
        this.series.push((reading.pool.requests - last.pool.requests) / seconds);
      }
    }
    this.readings.push(reading);
    if (this.readings.length > readingsMax) this.readings.shift();
    if (this.series.length > seriesMax) this.series.shift();
    this.bounds = pool.latency_bounds_us;
  }

  // Of the pool, or of a node, between the oldest reading and the newest.
  lately(node = null) {
    const after = this.readings[this.readings.length - 1];
    const before = this.readings[0];
    if (before === after) return nothing;
    const seconds = (after.at - before.at) / 1000;
    if (node === null) return between(before.pool, after.pool, seconds, this.bounds);
    return between(before.nodes.get(node), after.nodes.get(node), seconds, this.bounds);
  }
}
