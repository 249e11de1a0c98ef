// What the control thread counts of pools and nodes, and whose counters are kept.
//
// Owned by App; control thread only.
#pragma once

#include "metrics/metrics.h"
#include "routing/snapshot.h"

namespace ringside::app {

class ControlCounters {
  public:
    // `registry` outlives it.
    explicit ControlCounters(metrics::Registry& registry) : registry_(registry) {}

    // What is in the snapshot goes on counting until it is forgotten, also when it has left. Called
    // before any worker has the snapshot.
    void keep(const routing::Snapshot& snapshot);
    // The controller has forgotten it: its counters are shown no more, and freed when the workers
    // have let go of them.
    void forget(routing::PoolId pool) { registry_.forget(pool); }
    void forget(routing::PoolId pool, routing::NodeId node) { registry_.forget(pool, node); }

    void on_ejected(routing::PoolId pool, routing::NodeId node);
    void on_degraded(routing::PoolId pool, routing::NodeId node, bool is_degraded);
    void on_lookup_failed(routing::PoolId pool, routing::NodeId node);

  private:
    metrics::NodeCells& cells_of(routing::PoolId pool, routing::NodeId node) {
        return registry_.node(metrics::Registry::kControl, pool, node);
    }

    metrics::Registry& registry_;
};

}  // namespace ringside::app
