#include "app/control_counters.h"

#include "base/clock.h"

#include <chrono>
#include <cstdint>

namespace ringside::app {
namespace {

std::int64_t microseconds_since_epoch() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<base::microseconds>(now).count();
}

}  // namespace

void ControlCounters::keep(const routing::Snapshot& snapshot) {
    for (const routing::PoolPtr& pool : snapshot.pools) {
        registry_.keep(pool->id);
        for (const routing::PoolNode& each : pool->nodes) {
            registry_.keep(pool->id, each.node.id);
        }
    }
}

void ControlCounters::on_ejected(routing::PoolId pool, routing::NodeId node) {
    registry_.pool(metrics::Registry::kControl, pool).add(metrics::PoolMetric::server_ejects);
    cells_of(pool, node).set(metrics::NodeMetric::server_ejected_at, microseconds_since_epoch());
}

void ControlCounters::on_degraded(routing::PoolId pool, routing::NodeId node, bool is_degraded) {
    cells_of(pool, node).set(metrics::NodeMetric::degraded, is_degraded ? 1 : 0);
}

void ControlCounters::on_lookup_failed(routing::PoolId pool, routing::NodeId node) {
    cells_of(pool, node).add(metrics::NodeMetric::lookup_failures);
}

}  // namespace ringside::app
