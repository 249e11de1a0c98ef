#include "app/control_counters.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace ringside::app {
namespace {

using metrics::NodeMetric;
using metrics::PoolMetric;

constexpr routing::PoolId kPool = 4;

class ControlCounted : public testing::Test {
  protected:
    static routing::Snapshot snapshot_of(const std::vector<routing::NodeId>& ids) {
        std::vector<routing::PoolNode> nodes;
        for (const routing::NodeId id : ids) {
            nodes.push_back({.node = {.id = id,
                                      .name = "cache-" + std::to_string(id),
                                      .address = {"10.0.0.1", 11211}}});
        }
        return {.version = 1, .pools = {routing::build_pool(kPool, "alpha", {}, nodes)}};
    }
    std::int64_t value(routing::NodeId node, NodeMetric metric) const {
        return registry.sum_node(kPool, node)[static_cast<std::size_t>(metric)];
    }

    metrics::Registry registry;
    ControlCounters counters{registry};
};

TEST_F(ControlCounted, what_happens_to_nodes_is_counted) {
    counters.keep(snapshot_of({7}));

    counters.on_ejected(kPool, 7);
    counters.on_degraded(kPool, 7, true);
    counters.on_lookup_failed(kPool, 7);

    EXPECT_EQ(registry.sum_pool(kPool)[static_cast<std::size_t>(PoolMetric::server_ejects)], 1);
    EXPECT_GT(value(7, NodeMetric::server_ejected_at), 0);
    EXPECT_EQ(value(7, NodeMetric::degraded), 1);
    EXPECT_EQ(value(7, NodeMetric::lookup_failures), 1);

    counters.on_degraded(kPool, 7, false);
    EXPECT_EQ(value(7, NodeMetric::degraded), 0);
}

TEST_F(ControlCounted, what_workers_have_counted_stays_until_the_node_is_forgotten) {
    counters.keep(snapshot_of({7, 8}));
    for (const routing::NodeId node : {7U, 8U}) {
        registry.node(0, kPool, node).add(NodeMetric::requests, 5);
        registry.let_go(0, kPool, node);
    }
    counters.keep(snapshot_of({8}));
    EXPECT_EQ(value(7, NodeMetric::requests), 5);

    counters.forget(kPool, 7);

    EXPECT_EQ(value(7, NodeMetric::requests), 0);
    EXPECT_EQ(value(8, NodeMetric::requests), 5);
    EXPECT_EQ(registry.size(), 1U);
}

TEST_F(ControlCounted, a_forgotten_pool_takes_its_nodes_along) {
    counters.keep(snapshot_of({7, 8}));
    counters.on_ejected(kPool, 7);
    counters.on_lookup_failed(kPool, 8);

    counters.forget(kPool);

    EXPECT_EQ(registry.size(), 0U);
}

}  // namespace
}  // namespace ringside::app
