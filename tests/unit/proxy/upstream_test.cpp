// Links to nodes: failures, deadlines, late answers, nodes that move or leave.
#include "proxy/upstream.h"

#include "base/limits.h"
#include "proxy/worker.h"
#include "sim/fake_transport.h"
#include "unit/proxy/keys.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ringside::proxy {
namespace {

using namespace std::chrono_literals;
using metrics::NodeMetric;
using metrics::PoolMetric;
using sim::WorkerBench;

routing::PoolPolicy with_timeout(base::milliseconds timeout) {
    routing::PoolPolicy policy;
    policy.timeout = timeout;
    return policy;
}

TEST(Upstream, names_the_node_that_refuses_and_keeps_the_client) {
    WorkerBench bench;
    bench.adopt({"cache-1"});
    const ConnectionId client = bench.connect_client();

    bench.send(client, "get a\r\nset b 0 0 1\r\nx\r\n");
    bench.end(bench.transport.dialled[0], StreamEnd::refused);

    const std::string error = "SERVER_ERROR Connection refused: node cache-1 (10.0.0.1:11211)\r\n";
    EXPECT_EQ(bench.received(client), error + error);
    EXPECT_TRUE(bench.transport[client].open);
    ASSERT_EQ(bench.transport.reports.size(), 1u);
    EXPECT_EQ(bench.transport.reports[0].kind, health::HealthKind::refused);
}

TEST(Upstream, does_not_dial_a_refusing_node_again_before_its_back_off_is_over) {
    WorkerBench bench;
    bench.adopt({"cache-1"});
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get a\r\n");
    bench.end(bench.transport.dialled[0], StreamEnd::refused);
    bench.received(client);

    bench.send(client, "get a\r\n");
    EXPECT_EQ(bench.transport.dialled.size(), 1u);
    EXPECT_NE(bench.received(client).find("Connection refused"), std::string::npos);
    bench.advance(base::kReconnectBackoffMax);
    bench.send(client, "get a\r\n");

    EXPECT_EQ(bench.transport.dialled.size(), 2u);
    EXPECT_EQ(bench.node_metric(1, NodeMetric::fast_failures), 1);
}

TEST(Upstream, counts_what_a_node_has_found_and_what_not) {
    WorkerBench bench;
    bench.adopt({"cache-1"});
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get a\r\nget a b\r\nget c\r\nset d 0 0 1\r\nx\r\nincr e 1\r\nget f\r\n");
    const ConnectionId link = bench.transport.dialled[0];
    bench.connected(link);

    bench.send(link, "VALUE a 0 1\r\nx\r\nEND\r\n");
    bench.send(link, "VALUE b 0 1\r\nx\r\nEND\r\n");  // one of two
    bench.send(link, "END\r\n");
    bench.send(link, "STORED\r\n");
    bench.send(link, "NOT_FOUND\r\n");
    bench.send(link, "SERVER_ERROR out of memory\r\n");

    EXPECT_EQ(bench.node_metric(1, NodeMetric::responses), 6);
    EXPECT_EQ(bench.node_metric(1, NodeMetric::hits), 2);
    EXPECT_EQ(bench.node_metric(1, NodeMetric::misses), 2);
}

TEST(Upstream, a_back_off_outlives_a_change_of_any_setting_of_the_pool) {
    WorkerBench bench;
    bench.adopt({"cache-1"});
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get a\r\n");
    bench.end(bench.transport.dialled[0], StreamEnd::refused);
    bench.received(client);

    routing::PoolPolicy policy;
    policy.connections_per_node = 3;
    policy.timeout = base::milliseconds(700);
    bench.adopt({"cache-1"}, policy);
    bench.send(client, "get a\r\n");

    EXPECT_EQ(bench.transport.dialled.size(), 1u);
    EXPECT_NE(bench.received(client).find("Connection refused"), std::string::npos);
}

TEST(Upstream, dials_a_refusing_node_at_each_request_as_twemproxy_does_if_the_pool_is_strict) {
    WorkerBench bench;
    routing::PoolPolicy policy;
    policy.strict_twemproxy = true;
    bench.adopt({"cache-1"}, policy);
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get a\r\n");
    bench.end(bench.transport.dialled[0], StreamEnd::refused);

    bench.send(client, "get a\r\n");

    EXPECT_EQ(bench.transport.dialled.size(), 2u);
}

TEST(Upstream, times_a_request_out_and_drops_its_late_answer) {
    WorkerBench bench;
    bench.adopt({"cache-1"}, with_timeout(100ms));
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get a\r\n");
    const ConnectionId link = bench.link_to(1);

    // When the first request times out and a second one is on its way
    bench.advance(60ms);
    bench.send(client, "get b\r\n");
    bench.advance(50ms);
    const std::string error = bench.received(client);
    EXPECT_EQ(error, "SERVER_ERROR Connection timed out: node cache-1 (10.0.0.1:11211)\r\n");
    bench.send(link, "VALUE a 0 4\r\nlate\r\nEND\r\nVALUE b 0 1\r\nB\r\nEND\r\n");

    // Then the second gets its own answer and the link is kept
    EXPECT_EQ(bench.received(client), "VALUE b 0 1\r\nB\r\nEND\r\n");
    EXPECT_TRUE(bench.transport[link].open);
    EXPECT_EQ(bench.node_metric(1, NodeMetric::late_replies), 1);
    EXPECT_EQ(bench.worker.request_count(), 0u);
}

TEST(Upstream, gives_a_link_up_that_hangs_since_before_a_reload_brought_a_timeout) {
    WorkerBench bench;
    bench.adopt({"cache-1"}, with_timeout(0ms));
    const ConnectionId patient = bench.connect_client();
    bench.send(patient, "get a\r\n");
    const ConnectionId link = bench.link_to(1);

    // When the node hangs and the timeout is loaded
    bench.adopt({"cache-1"}, with_timeout(100ms));
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get b\r\n");
    bench.advance(105ms);
    EXPECT_NE(bench.received(client).find("Connection timed out"), std::string::npos);
    bench.advance(base::kLateReplyGraceMin);

    // Then the link goes, with what it owes, and the next request has a new one
    EXPECT_FALSE(bench.transport[link].open);
    EXPECT_NE(bench.received(patient).find("Connection timed out"), std::string::npos);
    bench.send(client, "get b\r\n");
    const ConnectionId next = bench.link_to(1);
    EXPECT_NE(next, link);
    bench.send(next, "END\r\n");
    EXPECT_EQ(bench.received(client), "END\r\n");
}

TEST(Upstream, closes_the_link_of_a_node_that_stays_silent) {
    WorkerBench bench;
    bench.adopt({"cache-1"}, with_timeout(100ms));
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get a\r\n");
    const ConnectionId link = bench.link_to(1);

    bench.advance(110ms);
    EXPECT_TRUE(bench.transport[link].open);
    bench.advance(base::kLateReplyGraceMin + 20ms);

    EXPECT_FALSE(bench.transport[link].open);
    EXPECT_EQ(bench.worker.request_count(), 0u);
}

// One that has expired has had its error: it gets no other when its link ends.
void expect_one_error_each(int place_of_a) {
    WorkerBench bench;
    const std::vector<std::string> names{"cache-1", "cache-2"};
    bench.adopt(names, with_timeout(100ms));
    const std::string a = key_of(bench, place_of_a);
    const std::string b1 = key_of(bench, 3 - place_of_a);
    const std::string b2 = key_of(bench, 3 - place_of_a, 1);
    const ConnectionId client = bench.connect_client();
    std::string answers;
    const auto wait_until = [&bench, &client, &answers](base::milliseconds end) {
        while (bench.now < base::TimePoint(end)) {
            bench.advance(1ms);
            answers += bench.received(client);
        }
    };

    bench.send(client, fmt::format("get {}\r\n", b1));
    const ConnectionId link = bench.link_to(3 - place_of_a);
    wait_until(1000ms);
    bench.send(client, fmt::format("get {}\r\nget {}\r\n", a, b2));
    const ConnectionId other = bench.link_to(place_of_a);
    wait_until(1300ms);

    const auto error = [](int place) {
        return fmt::format(
            "SERVER_ERROR Connection timed out: node cache-{0} (10.0.0.{0}:11211)\r\n", place);
    };
    EXPECT_EQ(answers, error(3 - place_of_a) + error(place_of_a) + error(3 - place_of_a));
    EXPECT_FALSE(bench.transport[link].open);
    EXPECT_TRUE(bench.transport[other].open);
    bench.advance(base::kLateReplyGraceMin + 1s);
    EXPECT_EQ(bench.received(client), "");
    EXPECT_EQ(bench.worker.request_count(), 0u);
}

TEST(Upstream, fails_a_request_once_when_its_link_is_given_up_behind_its_deadline) {
    expect_one_error_each(1);
    expect_one_error_each(2);
}

TEST(Upstream, expires_a_request_that_waits_for_a_connection_and_gives_the_attempt_up) {
    WorkerBench bench;
    bench.adopt({"cache-1"}, with_timeout(100ms));
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get a\r\n");

    bench.advance(110ms);

    EXPECT_NE(bench.received(client).find("Connection timed out"), std::string::npos);
    EXPECT_FALSE(bench.transport[bench.transport.dialled[0]].open);
}

TEST(Upstream, wakes_for_the_deadline_of_the_oldest_request) {
    WorkerBench bench;
    bench.adopt({"cache-1"}, with_timeout(100ms));
    const ConnectionId client = bench.connect_client();
    EXPECT_EQ(bench.worker.next_deadline(), base::kNever);

    bench.send(client, "get a\r\n");

    EXPECT_GE(bench.worker.next_deadline(), bench.now + 100ms);
    EXPECT_LE(bench.worker.next_deadline(), bench.now + 110ms);
}

TEST(Upstream, fails_what_a_broken_link_owes_and_dials_again) {
    WorkerBench bench;
    bench.adopt({"cache-1"});
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get a\r\nget b\r\n");
    const ConnectionId link = bench.link_to(1);
    bench.send(link, "VALUE a 0 1\r\nA\r\nEND\r\nVALUE b 0 10\r\nhalf");
    bench.advance(base::kSteadyLinkMin);

    bench.end(link, StreamEnd::reset);
    const std::string answer = bench.received(client);
    bench.send(client, "get c\r\n");

    EXPECT_EQ(answer,
              "VALUE a 0 1\r\nA\r\nEND\r\n"
              "SERVER_ERROR Connection reset by peer: node cache-1 (10.0.0.1:11211)\r\n");
    EXPECT_EQ(bench.transport.dialled.size(), 2u);
}

TEST(Upstream, takes_an_idle_close_of_a_node_for_no_failure) {
    WorkerBench bench;
    bench.adopt({"cache-1"});
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get a\r\n");
    const ConnectionId link = bench.link_to(1);
    bench.send(link, "END\r\n");

    bench.end(link, StreamEnd::eof);
    bench.send(client, "get b\r\n");

    EXPECT_TRUE(bench.transport.reports.empty());
    EXPECT_EQ(bench.transport.dialled.size(), 2u);
}

TEST(Upstream, never_passes_on_an_answer_to_another_key) {
    WorkerBench bench;
    bench.adopt({"cache-1"});
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get mine\r\nget next\r\n");
    const ConnectionId link = bench.link_to(1);

    bench.send(link, "VALUE theirs 0 6\r\nsecret\r\nEND\r\n");

    const std::string answers = bench.received(client);
    EXPECT_EQ(answers.find("secret"), std::string::npos);
    EXPECT_EQ(answers.substr(0, 12), "SERVER_ERROR");
    EXPECT_FALSE(bench.transport[link].open);
    EXPECT_EQ(bench.node_metric(1, NodeMetric::protocol_errors), 1);
}

TEST(Upstream, closes_a_link_that_answers_without_a_request) {
    WorkerBench bench;
    bench.adopt({"cache-1"});
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get a\r\n");
    const ConnectionId link = bench.link_to(1);

    bench.send(link, "END\r\nVALUE a 0 1\r\nx\r\nEND\r\n");

    EXPECT_EQ(bench.received(client), "END\r\n");
    EXPECT_FALSE(bench.transport[link].open);
}

TEST(Upstream, finishes_what_is_under_way_on_a_node_that_leaves_the_ring) {
    WorkerBench bench;
    bench.adopt({"cache-1", "cache-2"});
    const ConnectionId client = bench.connect_client();
    const std::string key = key_of(bench, 2);
    bench.send(client, fmt::format("get {}\r\n", key));
    const ConnectionId old_link = bench.link_to(2);

    // When the node leaves, the key's next request goes to its new owner
    bench.adopt({"cache-1"});
    EXPECT_TRUE(bench.transport[old_link].open);
    bench.send(client, fmt::format("get {}\r\n", key));
    const ConnectionId new_link = bench.link_to(1);
    EXPECT_EQ(bench.received(new_link), fmt::format("get {}\r\n", key));
    bench.send(new_link, "END\r\n");
    bench.send(old_link, fmt::format("VALUE {} 0 1\r\nx\r\nEND\r\n", key));

    // Then both are answered in order, and the old link is closed
    EXPECT_EQ(bench.received(client), fmt::format("VALUE {} 0 1\r\nx\r\nEND\r\nEND\r\n", key));
    EXPECT_FALSE(bench.transport[old_link].open);
    EXPECT_TRUE(bench.transport[new_link].open);
}

TEST(Upstream, dials_the_new_address_of_a_node_that_moved) {
    WorkerBench bench;
    bench.adopt({"cache-1"});
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get a\r\n");
    const ConnectionId old_link = bench.link_to(1);

    bench.adopt({{.node = {.id = 1, .name = "cache-1", .address = {"10.0.0.77", 11211}}}}, {});
    bench.send(client, "get b\r\n");
    bench.send(old_link, "END\r\n");
    const ConnectionId new_link = bench.link_to(77);
    EXPECT_EQ(bench.received(new_link), "get b\r\n");
    bench.send(new_link, "END\r\n");

    EXPECT_EQ(bench.received(client), "END\r\nEND\r\n");
    EXPECT_FALSE(bench.transport[old_link].open);
}

TEST(Upstream, authenticates_a_redis_link_before_any_request_of_a_client) {
    WorkerBench bench;
    routing::PoolPolicy policy;
    policy.protocol = routing::ProtocolKind::redis;
    policy.redis_auth = "secret";
    policy.redis_db = 3;
    bench.adopt({"cache-1"}, policy);
    const ConnectionId client = bench.connect_client();
    bench.send(client, "*2\r\n$3\r\nGET\r\n$1\r\na\r\n");
    EXPECT_EQ(bench.received(client), "-NOAUTH Authentication required.\r\n");

    bench.send(client, "*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n");
    const ConnectionId link = bench.link_to(1);
    EXPECT_EQ(bench.received(link),
              "*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n");
    bench.send(link, "+OK\r\n");
    EXPECT_EQ(bench.received(link), "");
    bench.send(link, "+OK\r\n");
    EXPECT_EQ(bench.received(link), "*2\r\n$3\r\nGET\r\n$1\r\na\r\n");
    bench.send(link, "$1\r\nx\r\n");

    EXPECT_EQ(bench.received(client), "+OK\r\n$1\r\nx\r\n");
}

TEST(Upstream, uses_no_link_whose_node_refuses_the_password) {
    WorkerBench bench;
    routing::PoolPolicy policy;
    policy.protocol = routing::ProtocolKind::redis;
    policy.redis_auth = "wrong";
    bench.adopt({"cache-1"}, policy);
    const ConnectionId client = bench.connect_client();
    bench.send(client, "*2\r\n$4\r\nAUTH\r\n$5\r\nwrong\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n");
    const ConnectionId link = bench.link_to(1);

    bench.send(link, "-WRONGPASS invalid username-password pair\r\n");

    EXPECT_EQ(bench.received(client),
              "+OK\r\n-ERR the node refused redis_auth or redis_db (Authentication required, or no "
              "such database): WRONGPASS invalid username-password pair: node cache-1 "
              "(10.0.0.1:11211)\r\n");
    EXPECT_FALSE(bench.transport[link].open);
    EXPECT_EQ(bench.transport.reports.back().kind, health::HealthKind::auth_failed);
}

}  // namespace
}  // namespace ringside::proxy
