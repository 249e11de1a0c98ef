#include "proxy/facts.h"

#include <gtest/gtest.h>

namespace ringside::proxy {
namespace {

TEST(Facts, speak_of_one_pool_and_of_all_workers) {
    metrics::Registry registry;
    constexpr routing::PoolId kPool = 3;
    registry.pool(0, kPool).add(metrics::PoolMetric::requests, 5);
    registry.pool(1, kPool).add(metrics::PoolMetric::requests, 7);
    registry.pool(1, kPool).add(metrics::PoolMetric::rejected_bad_key, 2);
    registry.pool(1, kPool).add(metrics::PoolMetric::rejected_crossing, 1);
    registry.pool(0, kPool + 1).add(metrics::PoolMetric::requests, 100);
    std::vector<routing::PoolNode> nodes(2);
    nodes[0].node = {.id = 0, .name = "a", .address = {"10.0.0.1", 11211}};
    nodes[1].node = {.id = 1, .name = "b", .address = {"10.0.0.2", 11211}};
    nodes[1].state = routing::NodeState::ejected_by_operator;
    PoolRuntime pool;
    pool.pool = routing::build_pool(kPool, "alpha", {}, nodes);
    const base::TimePoint start{base::seconds(100)};
    const FactsSource source(registry, {.version = "1.2.3", .pid = 42, .workers = 2}, start);

    const protocol::ProxyFacts facts =
        source.gather(pool, start + base::seconds(9), base::microseconds(77));

    EXPECT_EQ(facts.pool, "alpha");
    EXPECT_EQ(facts.version, "1.2.3");
    EXPECT_EQ(facts.pid, 42);
    EXPECT_EQ(facts.workers, 2U);
    EXPECT_EQ(facts.requests, 12);
    EXPECT_EQ(facts.rejected, 3);
    EXPECT_EQ(facts.nodes, 2U);
    EXPECT_EQ(facts.nodes_in_ring, 1U);
    EXPECT_EQ(facts.uptime, base::seconds(9));
    EXPECT_EQ(facts.unix_time, base::microseconds(77));
}

}  // namespace
}  // namespace ringside::proxy
