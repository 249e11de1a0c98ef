// The story of a request through the worker, and what must hold when something goes wrong.
#include "proxy/worker.h"

#include "base/limits.h"
#include "sim/fake_transport.h"
#include "unit/proxy/keys.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ringside::proxy {
namespace {

using namespace std::chrono_literals;
using metrics::NodeMetric;
using metrics::PoolMetric;
using sim::WorkerBench;

TEST(Worker, carries_a_get_from_a_client_to_its_node_and_the_answer_back) {
    // Given a pool of one node and a client
    WorkerBench bench;
    bench.adopt({"cache-1"});
    const ConnectionId client = bench.connect_client();

    // When the client asks: the worker dials the node and writes nothing before it is connected
    bench.send(client, "get color\r\n");
    ASSERT_EQ(bench.transport.dialled.size(), 1u);
    const ConnectionId link = bench.transport.dialled[0];
    EXPECT_EQ(bench.transport[link].address, (routing::Address{"10.0.0.1", 11211}));
    EXPECT_EQ(bench.received(link), "");
    bench.connected(link);
    EXPECT_EQ(bench.received(link), "get color\r\n");
    bench.send(link, "VALUE color 0 4\r\nblue\r\nEND\r\n");

    // Then the client has its answer, byte for byte, and nothing is left under way
    EXPECT_EQ(bench.received(client), "VALUE color 0 4\r\nblue\r\nEND\r\n");
    EXPECT_EQ(bench.worker.request_count(), 0u);
    EXPECT_EQ(bench.node_metric(1, NodeMetric::requests), 1);
    EXPECT_EQ(bench.node_metric(1, NodeMetric::responses), 1);
    EXPECT_EQ(bench.pool_metric(PoolMetric::requests), 1);
}

TEST(Worker, writes_once_per_connection_and_turn_however_many_requests_it_carries) {
    WorkerBench bench;
    bench.adopt({"cache-1"});
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get a\r\n");
    const ConnectionId link = bench.link_to(1);
    bench.send(link, "END\r\n");
    bench.received(client);

    // When sixteen requests come in one read, and their answers in one read
    std::string requests;
    std::string answers;
    for (int i = 0; i < 16; ++i) {
        requests += fmt::format("get k{}\r\n", i);
        answers += fmt::format("VALUE k{} 0 1\r\nv\r\nEND\r\n", i);
    }
    bench.received(link);
    bench.send(client, requests);

    EXPECT_EQ(bench.transport[link].writes_in_turn, 1);
    EXPECT_EQ(bench.received(link), requests);
    bench.send(link, answers);
    EXPECT_EQ(bench.transport[client].writes_in_turn, 1);
    EXPECT_EQ(bench.received(client), answers);
}

TEST(Worker, answers_in_the_order_of_the_requests_when_a_later_node_is_faster) {
    WorkerBench bench;
    bench.adopt({"cache-1", "cache-2"});
    const ConnectionId client = bench.connect_client();
    const std::string slow = key_of(bench, 1);
    const std::string fast = key_of(bench, 2);
    bench.send(client, fmt::format("get {}\r\nget {}\r\nversion\r\n", slow, fast));
    const ConnectionId slow_link = bench.link_to(1);
    const ConnectionId fast_link = bench.link_to(2);

    const std::string fast_answer = fmt::format("VALUE {} 0 4\r\nfast\r\nEND\r\n", fast);
    const std::string slow_answer = fmt::format("VALUE {} 0 4\r\nslow\r\nEND\r\n", slow);
    const bool version_is_fast = bench.received(fast_link).find("version") != std::string::npos;
    bench.send(fast_link, fast_answer + (version_is_fast ? "VERSION 1\r\n" : ""));
    EXPECT_EQ(bench.received(client), "");
    bench.send(slow_link, slow_answer + (version_is_fast ? "" : "VERSION 1\r\n"));

    EXPECT_EQ(bench.received(client), slow_answer + fast_answer + "VERSION 1\r\n");
}

TEST(Worker, splits_a_get_of_many_keys_and_merges_in_the_order_of_the_request) {
    WorkerBench bench;
    bench.adopt({"cache-1", "cache-2"});
    const ConnectionId client = bench.connect_client();
    const std::string a1 = key_of(bench, 1);
    const std::string b1 = key_of(bench, 2);
    const std::string a2 = key_of(bench, 1, 1);

    bench.send(client, fmt::format("get {} {} {}\r\n", a1, b1, a2));
    const ConnectionId first = bench.link_to(1);
    const ConnectionId second = bench.link_to(2);
    EXPECT_EQ(bench.received(first), fmt::format("get {} {}\r\n", a1, a2));
    EXPECT_EQ(bench.received(second), fmt::format("get {}\r\n", b1));
    bench.send(second, fmt::format("VALUE {} 0 1\r\nB\r\nEND\r\n", b1));
    bench.send(first, fmt::format("VALUE {} 0 1\r\nA\r\nVALUE {} 0 1\r\nC\r\nEND\r\n", a1, a2));

    EXPECT_EQ(bench.received(client),
              fmt::format("VALUE {} 0 1\r\nA\r\nVALUE {} 0 1\r\nB\r\nVALUE {} 0 1\r\nC\r\nEND\r\n",
                          a1, b1, a2));
    EXPECT_EQ(bench.worker.request_count(), 0u);
    EXPECT_EQ(bench.pool_metric(PoolMetric::fragments), 2);
}

TEST(Worker, drops_the_answer_to_a_client_that_has_left) {
    WorkerBench bench;
    bench.adopt({"cache-1"});
    const ConnectionId gone = bench.connect_client();
    const ConnectionId stays = bench.connect_client();
    bench.send(gone, "get a\r\n");
    bench.send(stays, "get b\r\n");
    const ConnectionId link = bench.link_to(1);

    bench.end(gone, StreamEnd::reset);
    bench.send(link, "VALUE a 0 1\r\nA\r\nEND\r\nVALUE b 0 1\r\nB\r\nEND\r\n");

    EXPECT_EQ(bench.received(stays), "VALUE b 0 1\r\nB\r\nEND\r\n");
    EXPECT_EQ(bench.received(gone), "");
    EXPECT_EQ(bench.worker.session_count(), 1u);
    EXPECT_EQ(bench.worker.request_count(), 0u);
}

TEST(Worker, still_answers_a_client_that_closed_its_half) {
    WorkerBench bench;
    bench.adopt({"cache-1"});
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get a\r\n");
    bench.end(client, StreamEnd::eof);
    EXPECT_TRUE(bench.transport[client].open);
    const ConnectionId link = bench.link_to(1);

    bench.send(link, "END\r\n");

    EXPECT_EQ(bench.received(client), "END\r\n");
    EXPECT_FALSE(bench.transport[client].open);
    EXPECT_EQ(bench.worker.session_count(), 0u);
}

TEST(Worker, answers_what_came_before_quit_and_nothing_after) {
    WorkerBench bench;
    bench.adopt({"cache-1"});
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get a\r\nquit\r\nget b\r\n");
    const ConnectionId link = bench.link_to(1);
    EXPECT_EQ(bench.received(link), "get a\r\n");

    bench.send(link, "END\r\n");

    EXPECT_EQ(bench.received(client), "END\r\n");
    EXPECT_FALSE(bench.transport[client].open);
}

TEST(Worker, refuses_a_bad_request_in_its_place_and_goes_on) {
    WorkerBench bench;
    bench.adopt({"cache-1"});
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get a\r\nnonsense\r\nget b\r\n");
    const ConnectionId link = bench.link_to(1);
    EXPECT_EQ(bench.received(link), "get a\r\nget b\r\n");

    bench.send(link, "END\r\nEND\r\n");

    EXPECT_EQ(bench.received(client), "END\r\nERROR\r\nEND\r\n");
    EXPECT_EQ(bench.pool_metric(PoolMetric::rejected_unknown_command), 1);
}

TEST(Worker, closes_as_twemproxy_does_after_the_answers_before_if_the_pool_is_strict) {
    WorkerBench bench;
    routing::PoolPolicy policy;
    policy.strict_twemproxy = true;
    bench.adopt({"cache-1"}, policy);
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get a\r\nnonsense\r\nget b\r\n");
    const ConnectionId link = bench.link_to(1);

    EXPECT_EQ(bench.received(link), "get a\r\n");
    bench.send(link, "END\r\n");

    EXPECT_EQ(bench.received(client), "END\r\n");
    EXPECT_FALSE(bench.transport[client].open);
}

TEST(Worker, swallows_a_value_that_is_too_large_as_it_comes) {
    WorkerBench bench;
    routing::PoolPolicy policy;
    policy.value_bytes_max = 1000;
    bench.adopt({"cache-1"}, policy);
    const ConnectionId client = bench.connect_client();

    bench.send(client, "set big 0 0 100000\r\n");
    bench.send(client, std::string(100'000, 'x'), 700);
    bench.send(client, "\r\nget a\r\n");
    const ConnectionId link = bench.link_to(1);

    EXPECT_EQ(bench.received(link), "delete big\r\nget a\r\n");
    bench.send(link, "DELETED\r\nEND\r\n");
    EXPECT_EQ(bench.received(client), "SERVER_ERROR object too large for cache\r\nEND\r\n");
    EXPECT_TRUE(bench.transport[client].open);
}

TEST(Worker, refuses_a_large_argument_in_its_turn_and_drops_the_rest_of_the_request) {
    WorkerBench bench;
    routing::PoolPolicy policy;
    policy.protocol = routing::ProtocolKind::redis;
    policy.value_bytes_max = 10;
    bench.adopt({"cache-1"}, policy);
    const ConnectionId client = bench.connect_client();

    // When a MSET with a large value in its middle comes byte by byte between two others
    const std::string large(100, 'x');
    bench.send(client, "*2\r\n$3\r\nGET\r\n$1\r\na\r\n");
    bench.send(client,
               "*5\r\n$4\r\nMSET\r\n$1\r\nb\r\n$100\r\n" + large + "\r\n$1\r\nc\r\n$100\r\n" +
                   large + "\r\n*1\r\n$4\r\nPING\r\n",
               1);
    const ConnectionId link = bench.link_to(1);

    // Then its error and the answer behind it wait for the one before
    EXPECT_EQ(bench.received(link), "*2\r\n$3\r\nGET\r\n$1\r\na\r\n");
    EXPECT_EQ(bench.received(client), "");
    bench.send(link, "$-1\r\n");
    EXPECT_EQ(bench.received(client),
              "$-1\r\n-ERR an argument of 100 bytes is above the value_bytes_max of this pool, "
              "10\r\n+PONG\r\n");
    EXPECT_EQ(bench.pool_metric(PoolMetric::requests), 3);
    EXPECT_EQ(bench.pool_metric(PoolMetric::rejected_too_large), 1);
    EXPECT_TRUE(bench.transport[client].open);
}

TEST(Worker, says_that_a_value_is_too_large_even_if_the_old_one_cannot_be_removed) {
    WorkerBench bench;
    routing::PoolPolicy policy;
    policy.value_bytes_max = 10;
    bench.adopt(std::vector<std::string>{}, policy);
    const ConnectionId client = bench.connect_client();

    bench.send(client, "set big 0 0 11\r\nhello world\r\nversion\r\n");

    EXPECT_EQ(bench.received(client),
              "SERVER_ERROR object too large for cache\r\n"
              "SERVER_ERROR no node is in the ring of this pool\r\n");
}

TEST(Worker, a_command_for_every_node_with_noreply_has_no_answer) {
    WorkerBench bench;
    routing::PoolPolicy policy;
    policy.flush_all = true;
    bench.adopt(std::vector<std::string>{"cache-1", "cache-2"}, policy);
    const ConnectionId client = bench.connect_client();

    bench.send(client, "flush_all noreply\r\nflush_all\r\n");
    bench.send(bench.link_to(1), "OK\r\nOK\r\n");
    bench.send(bench.link_to(2), "OK\r\nOK\r\n");

    EXPECT_EQ(bench.received(client), "OK\r\n");
}

TEST(Worker, keeps_silent_about_a_noreply_request_but_takes_its_answer) {
    WorkerBench bench;
    bench.adopt({"cache-1"});
    const ConnectionId client = bench.connect_client();
    bench.send(client, "set a 0 0 1 noreply\r\nx\r\nget a\r\n");
    const ConnectionId link = bench.link_to(1);
    EXPECT_EQ(bench.received(link), "set a 0 0 1\r\nx\r\nget a\r\n");

    bench.send(link, "STORED\r\nVALUE a 0 1\r\nx\r\nEND\r\n");

    EXPECT_EQ(bench.received(client), "VALUE a 0 1\r\nx\r\nEND\r\n");
}

TEST(Worker, stops_reading_a_client_that_does_not_read_and_goes_on_when_it_does) {
    WorkerBench bench;
    bench.adopt({"cache-1"});
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get warm\r\n");
    const ConnectionId link = bench.link_to(1);
    bench.send(link, "END\r\n");
    bench.received(link);
    bench.received(client);
    std::string requests;
    std::string answers;
    const std::size_t count = base::kSessionRequestsMax + 500;
    for (std::size_t i = 0; i < count; ++i) {
        requests += "get a\r\n";
        answers += "END\r\n";
    }

    // When more requests come than a session may have under way
    bench.send(client, requests);
    EXPECT_TRUE(bench.transport[client].paused);
    std::string forwarded = bench.received(link);
    EXPECT_EQ(forwarded.size(), base::kSessionRequestsMax * 7);
    // and they are answered
    bench.send(link, std::string_view(answers).substr(0, base::kSessionRequestsMax * 5));

    // then the rest follows
    forwarded += bench.received(link);
    EXPECT_EQ(forwarded, requests);
    EXPECT_FALSE(bench.transport[client].paused);
    bench.send(link, std::string_view(answers).substr(base::kSessionRequestsMax * 5));
    EXPECT_EQ(bench.received(client), answers);
}

TEST(Worker, takes_fewer_requests_at_once_from_a_client_whose_answers_are_large) {
    WorkerBench bench;
    bench.adopt({"cache-1"});
    const ConnectionId client = bench.connect_client();
    const std::string answer = "VALUE a 0 10000\r\n" + std::string(10'000, 'v') + "\r\nEND\r\n";
    bench.send(client, "get a\r\n");
    const ConnectionId link = bench.link_to(1);
    bench.received(link);
    bench.send(link, answer);
    EXPECT_EQ(bench.received(client), answer);
    constexpr std::size_t kRequests = 100;
    std::string requests;
    for (std::size_t i = 0; i < kRequests; ++i) {
        requests += "get a\r\n";
    }

    // When it asks for more than it may have unread
    bench.send(client, requests);

    // then so much is asked of the node as fits, by the size of the answer before
    std::string forwarded = bench.received(link);
    EXPECT_EQ(forwarded.size() / 7, base::kSessionOutputBytesMax / answer.size() + 1);
    EXPECT_TRUE(bench.transport[client].paused);
    // and the rest follows as the client gets its answers.
    std::string answers;
    for (std::size_t i = 0; i < kRequests; ++i) {
        bench.send(link, answer);
        forwarded += bench.received(link);
        answers += bench.received(client);
    }
    EXPECT_EQ(forwarded, requests);
    EXPECT_EQ(answers.size(), kRequests * answer.size());
    EXPECT_FALSE(bench.transport[client].paused);
}

TEST(Worker, closes_a_client_that_reads_nothing_for_too_long) {
    WorkerBench bench;
    bench.adopt({"cache-1"});
    const ConnectionId client = bench.connect_client();
    bench.transport[client].room = 3;
    bench.send(client, "get a\r\n");
    bench.send(bench.link_to(1), "END\r\n");

    bench.advance(base::kWriteStallMax + 10ms);

    EXPECT_FALSE(bench.transport[client].open);
    EXPECT_EQ(bench.pool_metric(PoolMetric::client_stalled), 1);
}

TEST(Worker, answers_with_an_error_while_no_node_is_in_the_ring) {
    WorkerBench bench;
    bench.adopt(std::vector<std::string>{});
    const ConnectionId client = bench.connect_client();

    bench.send(client, "get a\r\n");

    EXPECT_EQ(bench.received(client), "SERVER_ERROR no node is in the ring of this pool\r\n");
    EXPECT_EQ(bench.pool_metric(PoolMetric::no_node), 1);
}

TEST(Worker, drains_by_answering_what_it_has_and_closing_the_rest) {
    WorkerBench bench;
    bench.adopt({"cache-1"});
    const ConnectionId idle = bench.connect_client();
    const ConnectionId busy = bench.connect_client();
    bench.send(busy, "get a\r\n");
    const ConnectionId link = bench.link_to(1);

    bench.turn([&] { bench.worker.drain(); });
    bench.advance(base::kDrainSettle);
    EXPECT_TRUE(bench.transport[idle].finished);
    EXPECT_FALSE(bench.transport[busy].finished);
    EXPECT_FALSE(bench.worker.is_idle());
    bench.send(link, "END\r\n");

    EXPECT_EQ(bench.received(busy), "END\r\n");
    EXPECT_TRUE(bench.transport[busy].finished);
    bench.advance(base::kDrainLinger);
    EXPECT_EQ(bench.worker.session_count(), 0u);
    EXPECT_TRUE(bench.worker.is_idle());
    const ConnectionId late = bench.connect_client();
    EXPECT_FALSE(bench.transport[late].open);
}

}  // namespace
}  // namespace ringside::proxy
