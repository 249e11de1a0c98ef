#include "proxy/facts.h"

#include <algorithm>

namespace ringside::proxy {

using metrics::PoolMetric;

protocol::ProxyFacts FactsSource::gather(const PoolRuntime& pool, base::TimePoint now,
                                         base::microseconds unix_time) const {
    const metrics::PoolCells::Values counts = registry_.sum_pool(pool.pool->id);
    const auto count = [&counts](PoolMetric metric) {
        return counts[static_cast<std::size_t>(metric)];
    };
    const auto& nodes = pool.pool->nodes;
    const auto in_ring = std::count_if(
        nodes.begin(), nodes.end(),
        [](const routing::PoolNode& node) { return node.state == routing::NodeState::in_ring; });
    return {.version = process_.version,
            .pool = pool.pool->name,
            .pid = process_.pid,
            .workers = process_.workers,
            .unix_time = unix_time,
            .uptime = std::chrono::duration_cast<base::seconds>(now - start_),
            .nodes = nodes.size(),
            .nodes_in_ring = static_cast<std::size_t>(in_ring),
            .client_connections = count(PoolMetric::client_connections),
            .requests = count(PoolMetric::requests),
            .rejected = metrics::sum_of_group(counts, metrics::Group::rejected),
            .forward_errors = count(PoolMetric::forward_error)};
}

}  // namespace ringside::proxy
