#include "metrics/metrics.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>
#include <thread>
#include <vector>

namespace ringside::metrics {
namespace {

std::int64_t value(const PoolCells::Values& values, PoolMetric metric) {
    return values[static_cast<std::size_t>(metric)];
}

std::int64_t value(const NodeCells::Values& values, NodeMetric metric) {
    return values[static_cast<std::size_t>(metric)];
}

TEST(Metrics, the_tables_have_a_row_per_metric_with_unique_names_and_a_help_text) {
    ASSERT_EQ(pool_metrics().size(), PoolCells::kCount);
    ASSERT_EQ(node_metrics().size(), NodeCells::kCount);

    for (const auto& rows : {pool_metrics(), node_metrics()}) {
        std::set<std::string_view> names;
        for (const Description& row : rows) {
            EXPECT_TRUE(names.insert(row.name).second) << row.name;
            EXPECT_FALSE(row.help.empty()) << row.name;
        }
    }
}

// Each counter has a power of two, so that the sum tells which ones are in it.
TEST(Metrics, the_sum_of_a_group_has_each_of_its_counters_and_no_other) {
    static_assert(PoolCells::kCount < 63);
    for (const Group group : {Group::twemproxy, Group::rejected, Group::own}) {
        PoolCells::Values values{};
        std::int64_t expected = 0;
        for (std::size_t i = 0; i < values.size(); ++i) {
            values[i] = std::int64_t{1} << i;
            expected += pool_metrics()[i].group == group ? values[i] : 0;
        }

        EXPECT_GT(expected, 0);
        EXPECT_EQ(sum_of_group(values, group), expected);
    }
}

TEST(Metrics, every_refusal_is_in_the_sum_of_refusals) {
    PoolCells::Values values{};
    std::int64_t refusals = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const bool is_refusal = pool_metrics()[i].name.starts_with("rejected_");
        values[i] = is_refusal ? 1 : 1000;
        refusals += is_refusal ? 1 : 0;
    }

    EXPECT_EQ(sum_of_group(values, Group::rejected), refusals);
}

TEST(Metrics, cells_start_at_zero_and_add_up) {
    PoolCells cells;

    cells.add(PoolMetric::requests);
    cells.add(PoolMetric::requests, 4);
    cells.add(PoolMetric::client_connections, 2);
    cells.add(PoolMetric::client_connections, -1);

    EXPECT_EQ(cells.get(PoolMetric::requests), 5);
    EXPECT_EQ(cells.get(PoolMetric::client_connections), 1);
    EXPECT_EQ(cells.get(PoolMetric::client_eof), 0);
}

TEST(Registry, sums_a_pool_over_all_writers_and_over_no_other_pool) {
    Registry registry;
    registry.pool(0, 7).add(PoolMetric::requests, 1);
    registry.pool(1, 7).add(PoolMetric::requests, 10);
    registry.pool(Registry::kControl, 7).add(PoolMetric::server_ejects, 3);
    registry.pool(0, 6).add(PoolMetric::requests, 100);
    registry.pool(0, 8).add(PoolMetric::requests, 1000);

    const auto values = registry.sum_pool(7);

    EXPECT_EQ(value(values, PoolMetric::requests), 11);
    EXPECT_EQ(value(values, PoolMetric::server_ejects), 3);
}

TEST(Registry, sums_a_node_of_one_pool_only) {
    Registry registry;
    registry.node(0, 1, 5).add(NodeMetric::requests, 1);
    registry.node(1, 1, 5).add(NodeMetric::requests, 10);
    registry.node(0, 2, 5).add(NodeMetric::requests, 100);
    registry.node(0, 1, 4).add(NodeMetric::requests, 1000);

    EXPECT_EQ(value(registry.sum_node(1, 5), NodeMetric::requests), 11);
}

TEST(Registry, takes_the_latest_of_a_time) {
    Registry registry;
    registry.node(0, 1, 1).set(NodeMetric::server_ejected_at, 2000);
    registry.node(1, 1, 1).set(NodeMetric::server_ejected_at, 1000);

    EXPECT_EQ(value(registry.sum_node(1, 1), NodeMetric::server_ejected_at), 2000);
}

TEST(Registry, knows_nothing_of_what_nobody_counted) {
    const Registry registry;

    EXPECT_EQ(registry.sum_pool(1), PoolCells::Values{});
    EXPECT_EQ(registry.sum_node(1, 1), NodeCells::Values{});
}

TEST(Registry, gives_the_same_cells_to_the_same_writer_again) {
    Registry registry;
    NodeCells& first = registry.node(3, 1, 2);
    first.add(NodeMetric::responses);

    for (std::uint32_t node = 10; node < 200; ++node) {
        registry.node(3, 1, node);
    }

    EXPECT_EQ(&registry.node(3, 1, 2), &first);
    EXPECT_NE(&registry.node(4, 1, 2), &first);
    EXPECT_EQ(first.get(NodeMetric::responses), 1);
}

TEST(Registry, keeps_what_was_counted_of_a_node_that_nobody_uses_until_it_is_forgotten) {
    Registry registry;
    registry.keep(1, 2);
    NodeCells& before = registry.node(0, 1, 2);
    before.add(NodeMetric::requests, 5);
    registry.let_go(0, 1, 2);

    NodeCells& after = registry.node(0, 1, 2);
    after.add(NodeMetric::requests);

    EXPECT_EQ(&after, &before);
    EXPECT_EQ(value(registry.sum_node(1, 2), NodeMetric::requests), 6);
}

TEST(Registry, has_nothing_of_what_is_forgotten_and_let_go_in_either_order) {
    for (const bool is_let_go_first : {true, false}) {
        Registry registry;
        registry.keep(1, 2);
        registry.node(0, 1, 2).add(NodeMetric::requests);
        registry.node(Registry::kControl, 1, 2).set(NodeMetric::degraded, 1);

        if (is_let_go_first) {
            registry.let_go(0, 1, 2);
            registry.forget(1, 2);
        } else {
            registry.forget(1, 2);
            registry.let_go(0, 1, 2);
        }

        EXPECT_EQ(registry.size(), 0U);
        EXPECT_EQ(registry.sum_node(1, 2), NodeCells::Values{});
    }
}

// A link may close half a minute later.
TEST(Registry, lets_writers_go_on_counting_in_what_is_forgotten_and_sums_it_no_more) {
    Registry registry;
    registry.keep(1, 2);
    NodeCells& first = registry.node(0, 1, 2);
    NodeCells& second = registry.node(1, 1, 2);

    registry.forget(1, 2);
    first.add(NodeMetric::late_replies);
    second.add(NodeMetric::late_replies);

    EXPECT_EQ(registry.sum_node(1, 2), NodeCells::Values{});
    EXPECT_EQ(registry.size(), 2U);

    registry.let_go(0, 1, 2);
    second.add(NodeMetric::late_replies);
    EXPECT_EQ(registry.size(), 1U);

    registry.let_go(1, 1, 2);
    EXPECT_EQ(registry.size(), 0U);
}

TEST(Registry, forgets_the_nodes_of_a_pool_with_it_and_those_of_no_other) {
    Registry registry;
    for (const std::uint32_t pool : {6U, 7U, 8U}) {
        registry.keep(pool);
        registry.keep(pool, 0);
        registry.pool(0, pool).add(PoolMetric::requests);
        for (const std::uint32_t node : {0U, 1U, UINT32_MAX}) {
            registry.node(0, pool, node).add(NodeMetric::requests);
            registry.let_go(0, pool, node);
        }
    }
    registry.let_go(0, 7);

    registry.forget(7);

    EXPECT_EQ(registry.sum_pool(7), PoolCells::Values{});
    EXPECT_EQ(registry.sum_node(7, 0), NodeCells::Values{});
    for (const std::uint32_t pool : {6U, 8U}) {
        EXPECT_EQ(value(registry.sum_pool(pool), PoolMetric::requests), 1);
        EXPECT_EQ(value(registry.sum_node(pool, 0), NodeMetric::requests), 1);
    }
    EXPECT_EQ(registry.size(), 4U);
}

// Its snapshot was older than the end of the node.
TEST(Registry, keeps_nothing_for_a_writer_that_comes_after_the_end) {
    Registry registry;
    registry.keep(1, 2);
    registry.forget(1, 2);

    registry.node(0, 1, 2).add(NodeMetric::requests);
    registry.let_go(0, 1, 2);

    EXPECT_EQ(registry.size(), 0U);
}

TEST(Registry, does_not_mind_what_it_does_not_know) {
    Registry registry;

    registry.forget(1);
    registry.forget(1, 2);
    registry.let_go(0, 1);
    registry.let_go(0, 1, 2);

    EXPECT_EQ(registry.size(), 0U);
}

TEST(Registry, counts_connections_in_all_and_now) {
    Registry registry;

    registry.connection_opened();
    registry.connection_opened();
    registry.connection_closed();

    EXPECT_EQ(registry.total_connections(), 2U);
    EXPECT_EQ(registry.current_connections(), 1U);
}

// What ThreadSanitizer has to see: one writer per cell, readers at any time, new cells meanwhile.
TEST(Registry, is_read_while_others_count_and_make_cells) {
    constexpr int kRounds = 2000;
    Registry registry;
    const auto count = [&registry](Registry::Writer writer) {
        PoolCells& pool = registry.pool(writer, 1);
        for (int i = 0; i < kRounds; ++i) {
            pool.add(PoolMetric::requests);
            registry.node(writer, 1, static_cast<std::uint32_t>(i % 8)).add(NodeMetric::requests);
        }
    };
    std::thread first(count, 0);
    std::thread second(count, 1);

    std::int64_t last = 0;
    for (int i = 0; i < 100; ++i) {
        const std::int64_t now = value(registry.sum_pool(1), PoolMetric::requests);
        EXPECT_GE(now, last);
        last = now;
    }
    first.join();
    second.join();

    EXPECT_EQ(value(registry.sum_pool(1), PoolMetric::requests), 2 * kRounds);
}

// What ThreadSanitizer has to see: nobody counts in cells that were freed, and none are left.
TEST(Registry, forgets_while_others_use_and_let_go) {
    constexpr std::uint32_t kNodes = 2000;
    Registry registry;
    const auto count = [&registry](Registry::Writer writer) {
        for (std::uint32_t node = 0; node < kNodes; ++node) {
            NodeCells& cells = registry.node(writer, 1, node);
            cells.add(NodeMetric::requests);
            cells.add(NodeMetric::responses);
            registry.let_go(writer, 1, node);
        }
    };
    for (std::uint32_t node = 0; node < kNodes; ++node) {
        registry.keep(1, node);
    }

    std::thread first(count, 0);
    std::thread second(count, 1);
    for (std::uint32_t node = 0; node < kNodes; ++node) {
        registry.forget(1, node);
        registry.sum_node(1, node);  // of whatever there is
    }
    first.join();
    second.join();

    EXPECT_EQ(registry.size(), 0U);
}

}  // namespace
}  // namespace ringside::metrics
