#include "admin/metrics_reading.h"

#include "test_process.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>

namespace ringside::admin {
namespace {

// In the configuration's order: beta stands first.
const PoolReading& alpha_of(const MetricsReading& reading) {
    return reading.pools.at(1);
}
const PoolReading& beta_of(const MetricsReading& reading) {
    return reading.pools.at(0);
}

TEST(MetricsReading, has_the_pools_their_sources_and_their_nodes) {
    TestProcess process;

    const MetricsReading reading = read_metrics(process.context(), process.moment());

    ASSERT_EQ(reading.pools.size(), 2u);
    const PoolReading& alpha = alpha_of(reading);
    EXPECT_EQ(alpha.labels, "pool=\"alpha\"");
    EXPECT_TRUE(alpha.is_ready);
    ASSERT_EQ(alpha.nodes.size(), 3u);
    EXPECT_EQ(alpha.nodes[0].labels, "pool=\"alpha\",node=\"10.0.0.1:11212\"");
    EXPECT_GT(alpha.nodes[0].share, 0.0);
    const PoolReading& beta = beta_of(reading);
    EXPECT_FALSE(beta.is_ready);
    EXPECT_TRUE(beta.nodes.empty());
    ASSERT_EQ(beta.sources.size(), 1u);
    EXPECT_EQ(beta.sources[0].labels, "pool=\"beta\",source=\"elasticache cfg.example:11211\"");
    EXPECT_EQ(beta.sources[0].view.state, "waiting");
    EXPECT_FALSE(beta.sources[0].view.last_answer);
}

TEST(MetricsReading, sums_what_all_writers_have_counted) {
    TestProcess process;
    const auto snapshot = process.controller.snapshot();
    const routing::Pool& alpha = *snapshot->find(std::string_view("alpha"));
    const routing::NodeId node = alpha.nodes[0].node.id;
    process.registry.pool(0, alpha.id).add(metrics::PoolMetric::requests, 5);
    process.registry.pool(1, alpha.id).add(metrics::PoolMetric::requests, 7);
    process.registry.node(1, alpha.id, node).add(metrics::NodeMetric::late_replies, 3);

    const MetricsReading reading = read_metrics(process.context(), process.moment());

    const PoolReading& pool = alpha_of(reading);
    EXPECT_EQ(pool.totals.counters[static_cast<std::size_t>(metrics::PoolMetric::requests)], 12);
    EXPECT_EQ(
        pool.nodes[0].totals.counters[static_cast<std::size_t>(metrics::NodeMetric::late_replies)],
        3);
}

TEST(MetricsReading, is_ready_when_each_pool_is_and_listens) {
    TestProcess process;
    EXPECT_FALSE(read_metrics(process.context(), process.moment()).is_ready);

    process.discover_beta();
    EXPECT_TRUE(read_metrics(process.context(), process.moment()).is_ready);

    process.listen_problems = {"pool beta: cannot listen"};
    EXPECT_FALSE(read_metrics(process.context(), process.moment()).is_ready);
}

}  // namespace
}  // namespace ringside::admin
