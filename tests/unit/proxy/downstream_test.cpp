// Sessions: how they end, and what is served before they do.
#include "proxy/downstream.h"

#include "base/limits.h"
#include "proxy/worker.h"
#include "sim/fake_transport.h"

#include <gtest/gtest.h>

#include <string>

namespace ringside::proxy {
namespace {

using namespace std::chrono_literals;
using metrics::PoolMetric;
using sim::WorkerBench;

TEST(Downstream, counts_clients_while_they_are_there_and_how_they_left) {
    WorkerBench bench;
    bench.adopt({"cache-1"});
    const ConnectionId leaves = bench.connect_client();
    const ConnectionId breaks = bench.connect_client();
    EXPECT_EQ(bench.pool_metric(PoolMetric::client_connections), 2);

    bench.end(leaves, StreamEnd::eof);
    bench.end(breaks, StreamEnd::reset);

    EXPECT_EQ(bench.pool_metric(PoolMetric::client_connections), 0);
    EXPECT_EQ(bench.pool_metric(PoolMetric::client_eof), 1);
    EXPECT_EQ(bench.pool_metric(PoolMetric::client_err), 1);
}

TEST(Downstream, gives_each_client_an_id_of_its_own) {
    WorkerBench bench;
    routing::PoolPolicy policy;
    policy.protocol = routing::ProtocolKind::redis;
    bench.adopt({"cache-1"}, policy);
    const ConnectionId first = bench.connect_client();
    const ConnectionId second = bench.connect_client();

    bench.send(first, "CLIENT ID\r\n");
    bench.send(second, "CLIENT ID\r\n");

    EXPECT_EQ(bench.received(first), ":4096\r\n");
    EXPECT_EQ(bench.received(second), ":8192\r\n");
}

TEST(Downstream, serves_all_that_a_client_had_sent_when_the_worker_is_drained) {
    // Given a client with more requests than it may have under way
    WorkerBench bench;
    bench.adopt({"cache-1"});
    const ConnectionId client = bench.connect_client();
    const std::size_t count = 3 * base::kSessionOutputBytesMax / base::kFirstAnswerBytesGuess;
    std::string requests;
    for (std::size_t i = 0; i < count; ++i) {
        requests += "get a\r\n";
    }
    bench.send(client, requests);
    const ConnectionId link = bench.link_to(1);
    ASSERT_TRUE(bench.transport[client].paused);

    // When the worker is drained before they are all served
    bench.turn([&] { bench.worker.drain(); });
    std::size_t answers = 0;
    for (std::string asked = bench.received(link); !asked.empty(); asked = bench.received(link)) {
        for (std::size_t i = 0; i < asked.size() / 7; ++i) {
            bench.send(link, "END\r\n");
            ++answers;
        }
        bench.advance(0ms);
    }

    // Then each has its answer, and the session its end
    EXPECT_EQ(answers, count);
    EXPECT_EQ(bench.received(client).size(), count * 5);
    EXPECT_FALSE(bench.transport[client].open);
    EXPECT_EQ(bench.worker.session_count(), 0u);
}

TEST(Downstream, forgives_a_client_that_reads_again_in_time) {
    WorkerBench bench;
    bench.adopt({"cache-1"});
    const ConnectionId client = bench.connect_client();
    bench.transport[client].room = 3;
    bench.send(client, "get a\r\n");
    bench.send(bench.link_to(1), "END\r\n");
    EXPECT_EQ(bench.received(client), "END");

    bench.advance(base::kWriteStallMax - 1ms);
    bench.writable(client);
    EXPECT_EQ(bench.received(client), "\r\n");
    bench.advance(base::kWriteStallMax);

    EXPECT_TRUE(bench.transport[client].open);
    EXPECT_EQ(bench.worker.next_deadline(), base::kNever);
}

TEST(Downstream, lets_the_clients_of_a_removed_pool_have_their_answers) {
    WorkerBench bench;
    bench.adopt({"cache-1"});
    const ConnectionId idle = bench.connect_client();
    const ConnectionId busy = bench.connect_client();
    bench.send(busy, "get a\r\n");
    const ConnectionId link = bench.link_to(1);

    bench.adopt_pools({});
    EXPECT_FALSE(bench.transport[idle].open);
    EXPECT_TRUE(bench.transport[busy].open);
    EXPECT_FALSE(bench.transport[bench.connect_client()].open);
    bench.send(link, "END\r\n");

    EXPECT_EQ(bench.received(busy), "END\r\n");
    EXPECT_FALSE(bench.transport[busy].open);
    EXPECT_FALSE(bench.transport[link].open);
}

TEST(Downstream, ignores_events_of_a_session_that_has_ended) {
    WorkerBench bench;
    bench.adopt({"cache-1"});
    const ConnectionId client = bench.connect_client();
    const Peer gone = bench.transport[client].peer;
    bench.end(client, StreamEnd::reset);

    bench.turn([&] {
        EXPECT_FALSE(bench.worker.read_target(gone).empty());
        bench.worker.on_bytes(gone, 1);
        bench.worker.on_writable(gone);
        bench.worker.on_end(gone, StreamEnd::eof);
    });

    EXPECT_EQ(bench.worker.session_count(), 0u);
    EXPECT_EQ(bench.pool_metric(PoolMetric::client_eof), 0);
}

TEST(Downstream, does_for_a_client_that_has_gone_only_what_changes_something) {
    // 16 gets are taken at once; what comes behind them is held back until their answers are there.
    WorkerBench bench;
    bench.adopt({"cache-1"});
    const ConnectionId client = bench.connect_client();
    std::string gets;
    std::string answers;
    for (int i = 0; i < 16; ++i) {
        gets += "get a\r\n";
        answers += "END\r\n";
    }
    bench.send(client, gets + gets + "set b 0 0 1 noreply\r\nv\r\n" + gets);
    const ConnectionId link = bench.link_to(1);
    EXPECT_EQ(bench.received(link), gets);

    bench.transport[client].deserted = true;
    bench.send(link, answers);

    EXPECT_EQ(bench.received(link), "set b 0 0 1\r\nv\r\n");
    bench.send(link, "STORED\r\n");
    EXPECT_EQ(bench.worker.request_count(), 0u);
}

}  // namespace
}  // namespace ringside::proxy
