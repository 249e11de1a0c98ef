// What is in the snapshot no more: a worker keeps it while something still needs it, and lets go of
// its cells then.
#include "base/limits.h"
#include "metrics/metrics.h"
#include "proxy/worker.h"
#include "sim/fake_transport.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace ringside::proxy {
namespace {

using metrics::NodeMetric;
using sim::WorkerBench;
using namespace std::chrono_literals;

constexpr routing::PoolId kOther = 2;

class Gone : public testing::Test {
  protected:
    // Each node has its id in its name and address; a pool's clients are those of `pool`.
    static routing::PoolPtr pool_of(const std::vector<routing::NodeId>& ids,
                                    routing::PoolId id = WorkerBench::kPool,
                                    const routing::PoolPolicy& policy = {}) {
        std::vector<routing::PoolNode> nodes;
        for (const routing::NodeId node : ids) {
            nodes.push_back(
                {.node = {.id = node,
                          .name = fmt::format("cache-{}", node),
                          .address = {fmt::format("10.0.{}.{}", node / 200, node % 200), 11211}}});
        }
        return routing::build_pool(id, fmt::format("pool-{}", id), policy, std::move(nodes));
    }

    void adopt(const std::vector<routing::NodeId>& ids, const routing::PoolPolicy& policy = {}) {
        bench.adopt_pools({pool_of(ids, WorkerBench::kPool, policy)});
    }

    // Cells that the worker uses, of pools and nodes; all are forgotten.
    std::size_t cells_in_use() {
        bench.registry.forget(WorkerBench::kPool);
        bench.registry.forget(kOther);
        return bench.registry.size();
    }

    WorkerBench bench;
};

TEST_F(Gone, a_node_without_links_ends_with_the_snapshot_that_does_not_have_it) {
    adopt({1, 2});

    adopt({2});

    EXPECT_EQ(cells_in_use(), 2U);
}

TEST_F(Gone, a_node_is_kept_until_its_last_link_owes_nothing) {
    adopt({1});
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get a\r\n");
    const ConnectionId link = bench.link_to(1);
    bench.received(link);

    adopt({2});
    EXPECT_EQ(bench.registry.size(), 3U);
    bench.send(link, "END\r\n");

    EXPECT_EQ(bench.received(client), "END\r\n");
    EXPECT_FALSE(bench.transport[link].open);
    EXPECT_EQ(bench.node_metric(1, NodeMetric::responses), 1);  // it was not forgotten yet
    EXPECT_EQ(cells_in_use(), 2U);
}

// Its cells are counted in all the while.
TEST_F(Gone, a_late_answer_of_a_forgotten_node_is_dropped_and_ends_it) {
    routing::PoolPolicy policy;
    policy.timeout = 100ms;
    adopt({1}, policy);
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get a\r\n");
    const ConnectionId link = bench.link_to(1);
    adopt({2}, policy);
    bench.registry.forget(WorkerBench::kPool, 1);

    bench.advance(150ms);
    const std::string answer = bench.received(client);
    EXPECT_EQ(answer.substr(0, 12), "SERVER_ERROR");
    const bool waits = bench.transport[link].open;
    if (waits) {
        bench.send(link, "END\r\n");
    }

    EXPECT_EQ(bench.received(client), "");
    EXPECT_FALSE(bench.transport[link].open);
    EXPECT_EQ(cells_in_use(), 2U);
}

TEST_F(Gone, a_node_that_breaks_its_last_link_ends_in_the_same_turn) {
    adopt({1});
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get a\r\n");
    const ConnectionId link = bench.link_to(1);
    adopt({2});

    bench.end(link, StreamEnd::reset);

    EXPECT_EQ(bench.received(client).substr(0, 12), "SERVER_ERROR");
    EXPECT_EQ(cells_in_use(), 2U);
}

TEST_F(Gone, a_node_whose_link_was_never_there_ends_when_it_is_given_up) {
    adopt({1});
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get a\r\n");
    adopt({2});
    EXPECT_EQ(bench.registry.size(), 3U);

    bench.advance(base::kConnectTimeout + 100ms);
    bench.advance(31s);

    EXPECT_EQ(cells_in_use(), 2U);
}

TEST_F(Gone, what_is_under_way_has_until_the_end_of_drain_timeout) {
    routing::PoolPolicy policy;
    policy.drain_timeout = 2s;
    adopt({1}, policy);
    const ConnectionId client = bench.connect_client();
    const ConnectionId other = bench.connect_client();
    bench.send(client, "get a\r\n");
    bench.send(other, "get a\r\n");
    const ConnectionId link = bench.link_to(1);
    adopt({2}, policy);

    bench.advance(1900ms);
    bench.send(link, "END\r\n");
    EXPECT_EQ(bench.received(client), "END\r\n");
    EXPECT_EQ(bench.received(other), "");
    bench.advance(200ms);

    EXPECT_THAT(bench.received(other), testing::HasSubstr("drain_timeout is over"));
    EXPECT_EQ(cells_in_use(), 2U);
}

TEST_F(Gone, a_node_that_is_back_before_its_links_are_gone_stays) {
    adopt({1});
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get a\r\n");
    const ConnectionId link = bench.link_to(1);
    adopt({2});

    adopt({1, 2});
    bench.send(link, "END\r\n");

    EXPECT_EQ(bench.received(client), "END\r\n");
    EXPECT_EQ(cells_in_use(), 3U);
}

TEST_F(Gone, a_node_that_was_kept_goes_on_counting_when_it_is_back) {
    adopt({1});
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get a\r\n");
    bench.send(bench.link_to(1), "END\r\n");
    adopt({2});
    adopt({1});

    bench.send(client, "get a\r\n");
    bench.send(bench.link_to(1), "END\r\n");

    EXPECT_EQ(bench.node_metric(1, NodeMetric::responses), 2);
}

// It was forgotten, and has another id.
TEST_F(Gone, a_new_node_at_the_address_of_an_old_one_has_links_and_counters_of_its_own) {
    const auto at_the_same_address = [](routing::NodeId id) {
        return routing::PoolNode{.node = {.id = id, .name = "a", .address = {"10.0.0.1", 11211}}};
    };
    bench.adopt({at_the_same_address(1)}, {});
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get a\r\n");
    const ConnectionId old_link = bench.link_to(1);

    bench.adopt({at_the_same_address(2)}, {});
    const ConnectionId other = bench.connect_client();
    bench.send(other, "get b\r\n");
    const ConnectionId new_link = bench.link_to(1);
    bench.send(new_link, "END\r\n");
    bench.send(old_link, "VALUE a 0 1\r\nv\r\nEND\r\n");

    EXPECT_NE(old_link, new_link);
    EXPECT_EQ(bench.received(client), "VALUE a 0 1\r\nv\r\nEND\r\n");
    EXPECT_EQ(bench.received(other), "END\r\n");
    EXPECT_EQ(bench.node_metric(2, NodeMetric::responses), 1);
    EXPECT_EQ(cells_in_use(), 2U);
}

TEST_F(Gone, a_pool_without_clients_and_links_ends_at_once) {
    bench.adopt_pools({pool_of({1, 2}), pool_of({1}, kOther)});

    bench.adopt_pools({pool_of({1}, kOther)});

    EXPECT_EQ(cells_in_use(), 2U);
    EXPECT_FALSE(bench.transport[bench.connect_client()].open);
}

TEST_F(Gone, a_pool_is_kept_for_its_last_client) {
    bench.adopt_pools({pool_of({1}), pool_of({1}, kOther)});
    const ConnectionId client = bench.connect_client();
    const ConnectionId other = bench.connect_client(kOther);
    bench.send(client, "get a\r\n");
    const ConnectionId link = bench.link_to(1);

    bench.adopt_pools({pool_of({1}, kOther)});
    EXPECT_EQ(bench.registry.size(), 4U);
    bench.send(link, "END\r\n");
    EXPECT_EQ(bench.received(client), "END\r\n");
    bench.advance(base::kDrainSettle);
    EXPECT_TRUE(bench.transport[client].finished);
    EXPECT_EQ(bench.registry.size(), 4U);
    bench.end(client, StreamEnd::eof);

    EXPECT_FALSE(bench.transport[client].open);
    EXPECT_TRUE(bench.transport[other].open);
    EXPECT_EQ(cells_in_use(), 2U);
}

TEST_F(Gone, a_pool_is_kept_for_its_last_link) {
    bench.adopt_pools({pool_of({1}), pool_of({1}, kOther)});
    const ConnectionId client = bench.connect_client();
    bench.send(client, "delete a\r\n");
    const ConnectionId link = bench.link_to(1);
    bench.end(client, StreamEnd::reset);

    bench.adopt_pools({pool_of({1}, kOther)});
    EXPECT_EQ(bench.registry.size(), 4U);
    bench.send(link, "DELETED\r\n");

    EXPECT_FALSE(bench.transport[link].open);
    EXPECT_EQ(cells_in_use(), 2U);
}

TEST_F(Gone, a_pool_that_is_back_while_its_clients_leave_stays) {
    bench.adopt_pools({pool_of({1}), pool_of({1}, kOther)});
    const ConnectionId client = bench.connect_client();

    bench.adopt_pools({pool_of({1}, kOther)});
    bench.adopt_pools({pool_of({1}), pool_of({1}, kOther)});
    bench.advance(base::kDrainSettle);
    bench.end(client, StreamEnd::eof);

    EXPECT_EQ(bench.worker.session_count(), 0U);
    EXPECT_EQ(cells_in_use(), 4U);
}

// The time to open a lost link anew comes when the pool is gone.
TEST_F(Gone, a_removed_pool_opens_no_links_in_advance) {
    routing::PoolPolicy policy;
    policy.preconnect = true;
    bench.adopt_pools({pool_of({1}, WorkerBench::kPool, policy)});
    bench.end(bench.link_to(1), StreamEnd::reset);
    const std::size_t dialled = bench.transport.dialled.size();

    bench.adopt_pools({});
    bench.advance(base::kReconnectBackoffMax * 2);

    EXPECT_EQ(bench.transport.dialled.size(), dialled);
    EXPECT_EQ(bench.worker.next_deadline(), base::kNever);
    EXPECT_EQ(cells_in_use(), 0U);
}

TEST_F(Gone, thousands_of_names_through_a_pool_leave_what_its_nodes_need) {
    constexpr routing::NodeId kNames = 5'000;
    constexpr routing::NodeId kNodes = 10;
    adopt({kNames + 1});
    const ConnectionId client = bench.connect_client();

    for (routing::NodeId first = 1; first < kNames; first += kNodes) {
        std::vector<routing::NodeId> ids;
        for (routing::NodeId id = first; id < first + kNodes; ++id) {
            ids.push_back(id);
        }
        bench.send(client, fmt::format("get key-{}\r\n", first));
        const ConnectionId link = bench.transport.dialled.back();
        bench.connected(link);
        adopt(ids);  // while the one before owes an answer
        bench.send(link, "END\r\n");
        ASSERT_EQ(bench.received(client), "END\r\n");
    }

    EXPECT_EQ(cells_in_use(), 1U + kNodes);
}

}  // namespace
}  // namespace ringside::proxy
