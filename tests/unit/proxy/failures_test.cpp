// Which attempts of a worker count as failures, and how dials are paced behind them.
#include "proxy/failures.h"

#include "base/limits.h"
#include "sim/fake_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace ringside::proxy {
namespace {

using namespace std::chrono_literals;
using health::HealthKind;
using sim::WorkerBench;
using testing::EndsWith;
using testing::HasSubstr;

routing::PoolPolicy policy_of(bool auto_eject, std::uint32_t limit = 2) {
    routing::PoolPolicy policy;
    policy.timeout = 100ms;
    policy.auto_eject = auto_eject;
    policy.failure_limit = limit;
    return policy;
}

// One node, one client that sends a request each millisecond if asked to.
class FailuresTest : public testing::Test {
  protected:
    explicit FailuresTest(routing::PoolPolicy policy = policy_of(false)) {
        bench.advance(1s);
        bench.adopt({"cache-1"}, policy);
        client = bench.connect_client();
    }

    const std::vector<health::HealthEvent>& reports() const { return bench.transport.reports; }
    ConnectionId last_dialled() const { return bench.transport.dialled.back(); }
    std::size_t dials() const { return bench.transport.dialled.size(); }

    // Asks once, a millisecond after the last time.
    void ask() {
        bench.advance(1ms);
        bench.send(client, "get a\r\n");
    }
    void fail_dial(StreamEnd end = StreamEnd::refused) {
        bench.advance(1ms);
        bench.end(last_dialled(), end);
    }

    WorkerBench bench;
    ConnectionId client{};
};

TEST_F(FailuresTest, carry_when_the_attempt_began_and_ended) {
    ask();
    const base::TimePoint began = bench.now;
    fail_dial();

    ASSERT_EQ(reports().size(), 1U);
    EXPECT_EQ(reports()[0].attempt.began, began);
    EXPECT_EQ(reports()[0].attempt.ended, began + 1ms);
    EXPECT_EQ(reports()[0].cause, "Connection refused");
}

TEST_F(FailuresTest, name_the_cause_of_a_dial_to_clients_and_controller) {
    ask();
    bench.turn([&] {
        bench.worker.on_end(bench.transport[last_dialled()].peer, StreamEnd::no_connection,
                            "No such file or directory");
    });

    EXPECT_EQ(bench.received(client),
              "SERVER_ERROR No such file or directory: node cache-1 (10.0.0.1:11211)\r\n");
    ask();
    EXPECT_THAT(bench.received(client), HasSubstr("No such file or directory"));
    ASSERT_EQ(reports().size(), 1U);
    EXPECT_EQ(reports()[0].kind, HealthKind::no_connection);
    EXPECT_EQ(reports()[0].cause, "No such file or directory");
}

TEST_F(FailuresTest, a_lack_of_our_own_is_told_and_counts_for_nothing) {
    ask();
    fail_dial(StreamEnd::own_shortage);

    ASSERT_EQ(reports().size(), 1U);
    EXPECT_FALSE(reports()[0].counts);
}

TEST_F(FailuresTest, of_requests_that_expire_one_by_one_are_one) {
    ask();
    bench.connected(last_dialled());
    bench.send(last_dialled(), "END\r\n");
    for (int i = 0; i < 30; ++i) {
        ask();
    }
    for (int i = 0; i < 130; ++i) {
        bench.advance(1ms);
    }

    ASSERT_EQ(reports().size(), 1U);
    EXPECT_EQ(reports()[0].kind, HealthKind::timed_out);
    EXPECT_GE(reports()[0].attempt.ended - reports()[0].attempt.began, 100ms);
}

TEST_F(FailuresTest, an_error_and_nothing_else_turns_the_link_away_in_the_nodes_own_words) {
    ask();
    bench.connected(last_dialled());
    bench.send(last_dialled(), "ERROR Too many open connections\r\n");

    EXPECT_EQ(bench.received(client),
              "SERVER_ERROR turned away by the node: ERROR Too many open connections: node cache-1 "
              "(10.0.0.1:11211)\r\n");
    ASSERT_EQ(reports().size(), 1U);
    EXPECT_EQ(reports()[0].kind, HealthKind::turned_away);
    ask();
    EXPECT_EQ(dials(), 1U) << "it is paced";
}

TEST_F(FailuresTest, an_error_that_answers_the_first_request_turns_away_if_the_link_ends_with_it) {
    ask();
    bench.connected(last_dialled());
    bench.send(last_dialled(), "SERVER_ERROR busy\r\n");
    EXPECT_TRUE(reports().empty());

    bench.end(last_dialled(), StreamEnd::eof);

    ASSERT_EQ(reports().size(), 1U);
    EXPECT_EQ(reports()[0].cause, "turned away by the node: SERVER_ERROR busy");
}

TEST_F(FailuresTest, an_error_is_an_answer_if_another_one_follows) {
    ask();
    const ConnectionId link = last_dialled();
    bench.connected(link);
    bench.send(link, "SERVER_ERROR busy\r\n");
    ask();
    bench.send(link, "SERVER_ERROR busy\r\n");
    bench.advance(1s);

    bench.end(link, StreamEnd::eof);

    EXPECT_TRUE(reports().empty());
    ask();
    EXPECT_EQ(dials(), 2U);
}

TEST_F(FailuresTest, words_of_the_node_cannot_break_a_line) {
    ask();
    bench.connected(last_dialled());
    bench.send(last_dialled(), "ERROR \x01 " + std::string(500, 'x') + "\r\n");

    const std::string answer = bench.received(client);
    EXPECT_THAT(answer, HasSubstr("ERROR ? xxx"));
    EXPECT_THAT(answer, HasSubstr("xxx...: node cache-1"));
    EXPECT_LT(answer.size(), 250U);
}

TEST_F(FailuresTest, nothing_of_a_link_that_has_answered_is_shown) {
    ask();
    bench.connected(last_dialled());
    bench.send(last_dialled(), "END\r\n");
    ask();
    bench.received(client);
    bench.send(last_dialled(), "ERROR secret of another client\r\n");

    EXPECT_EQ(bench.received(client).find("secret"), std::string::npos);
}

// A node that answers once and resets, or breaks the protocol each time, or greets with an error.
struct Storm {
    std::string name;
    std::string answer;
    StreamEnd end;
};

class Storms : public FailuresTest, public testing::WithParamInterface<Storm> {
  protected:
    // How often it is dialled in ten seconds in which it is asked each millisecond.
    std::size_t dials_in_ten_seconds() {
        for (int i = 0; i < 10'000; ++i) {
            const std::size_t before = dials();
            ask();
            if (dials() == before) {
                continue;
            }
            const ConnectionId link = last_dialled();
            bench.connected(link);
            if (!GetParam().answer.empty()) {
                bench.send(link, GetParam().answer);
            }
            if (bench.transport[link].open) {
                bench.end(link, GetParam().end);
            }
        }
        return dials();
    }
};

TEST_P(Storms, of_redials_do_not_happen) {
    EXPECT_LE(dials_in_ten_seconds(), 30U);
}

class EjectingStorms : public Storms {
  protected:
    EjectingStorms() : Storms() { bench.adopt({"cache-1"}, policy_of(true, 10)); }
};

TEST_P(EjectingStorms, are_not_held_back_before_the_limit_and_are_behind_it) {
    const std::size_t dials = dials_in_ten_seconds();

    EXPECT_GE(dials, 10U);
    EXPECT_LE(dials, 40U);
}

const Storm kStorms[] = {
    {"refused_by_reset", "", StreamEnd::reset},
    {"closed_at_once", "", StreamEnd::eof},
    {"one_answer_then_reset", "END\r\n", StreamEnd::reset},
    {"an_error_then_eof", "SERVER_ERROR no\r\n", StreamEnd::eof},
    {"a_greeting", "ERROR Too many open connections\r\n", StreamEnd::eof},
    {"broken_protocol", "WHAT\r\n", StreamEnd::eof},
};
const auto kName = [](const auto& instance) { return instance.param.name; };

INSTANTIATE_TEST_SUITE_P(Nodes, Storms, testing::ValuesIn(kStorms), kName);
INSTANTIATE_TEST_SUITE_P(Nodes, EjectingStorms, testing::ValuesIn(kStorms), kName);

class RedisFailures : public FailuresTest {
  protected:
    static routing::PoolPolicy redis_policy() {
        routing::PoolPolicy policy = policy_of(true, 2);
        policy.protocol = routing::ProtocolKind::redis;
        return policy;
    }
    RedisFailures() : FailuresTest(redis_policy()) {}

    void ask_redis(std::string_view request = "*2\r\n$3\r\nGET\r\n$1\r\na\r\n") {
        bench.advance(1ms);
        bench.send(client, request);
    }
};

TEST_F(RedisFailures, a_node_that_is_loading_has_failed_though_it_answers) {
    ask_redis();
    bench.connected(last_dialled());
    bench.send(last_dialled(), "-LOADING Redis is loading the dataset in memory\r\n");
    ask_redis();
    bench.advance(1ms);
    bench.send(last_dialled(), "-LOADING Redis is loading the dataset in memory\r\n");

    EXPECT_THAT(bench.received(client), EndsWith("in memory\r\n")) << "passed on as it came";
    ASSERT_EQ(reports().size(), 2U);
    EXPECT_EQ(reports()[1].kind, HealthKind::not_ready);
    EXPECT_EQ(dials(), 1U) << "the link stays";
    ask_redis();
    bench.send(last_dialled(), "$-1\r\n");
    EXPECT_EQ(reports().back().kind, HealthKind::recovered);
}

TEST_F(RedisFailures, errors_of_scripts_count_neither_against_the_node_nor_for_it) {
    const auto run_script = [this](std::string_view answer) {
        ask_redis("*4\r\n$4\r\nEVAL\r\n$1\r\ns\r\n$1\r\n1\r\n$1\r\na\r\n");
        bench.send(last_dialled(), answer);
        EXPECT_THAT(bench.received(client), EndsWith(answer)) << "passed on as it came";
    };
    ask_redis();
    bench.connected(last_dialled());
    bench.send(last_dialled(), "$-1\r\n");

    for (const std::string_view word :
         {"-LOADING x\r\n", "-MASTERDOWN x\r\n", "-BUSY x\r\n", "-NOAUTH x\r\n", "-READONLY x\r\n",
          "-BUSY\r\n", "-ERR x\r\n"}) {
        run_script(word);
    }

    EXPECT_TRUE(reports().empty());
    for (int i = 0; i < 2; ++i) {
        ask_redis();
        bench.advance(1ms);
        bench.send(last_dialled(), "-LOADING x\r\n");
        run_script("-LOADING x\r\n");
    }
    ASSERT_EQ(reports().size(), 2U) << "no recovery in between";
    EXPECT_EQ(reports()[1].kind, HealthKind::not_ready);
    EXPECT_TRUE(reports()[1].counts);
    EXPECT_EQ(dials(), 1U);
}

TEST_F(RedisFailures, errors_of_a_node_that_is_not_ready_are_not_all_reported) {
    ask_redis();
    bench.connected(last_dialled());
    bench.send(last_dialled(), "-LOADING\r\n");
    for (int i = 0; i < 1000; ++i) {
        ask_redis();
        bench.send(last_dialled(), "-LOADING\r\n");
    }

    EXPECT_LE(reports().size(), 15U);
}

// --- preconnect ---

class Preconnected : public FailuresTest {
  protected:
    static routing::PoolPolicy policy() {
        routing::PoolPolicy policy = policy_of(true, 2);
        policy.preconnect = true;
        return policy;
    }
    Preconnected() : FailuresTest(policy()) {}
};

// Else a node that dies between two requests would never be ejected: dials that count would meet
// the pauses of those that do not.
TEST_F(Preconnected, what_is_dialled_for_nobody_does_not_hold_back_the_dials_that_may_eject) {
    for (int i = 0; i < 500; ++i) {
        if (bench.transport[last_dialled()].open) {
            bench.end(last_dialled(), StreamEnd::refused);
        }
        bench.advance(10ms);
    }
    ASSERT_LE(dials(), 20U) << "they are paced";
    const std::size_t told = reports().size();

    for (int i = 0; i < 3; ++i) {
        ask();
        fail_dial();
        bench.advance(1ms);
    }

    std::size_t counted = 0;
    for (std::size_t i = told; i < reports().size(); ++i) {
        counted += reports()[i].counts ? 1 : 0;
    }
    EXPECT_EQ(counted, 2U) << "as many as eject it";
}

// A load balancer without a node behind it: it accepts, and closes before anything was asked.
TEST_F(Preconnected, links_that_are_closed_politely_and_at_once_are_no_storm) {
    for (int i = 0; i < 10'000; ++i) {
        if (bench.transport[last_dialled()].open) {
            bench.connected(last_dialled());
            bench.end(last_dialled(), StreamEnd::eof);
        }
        bench.advance(1ms);
    }

    EXPECT_LE(dials(), 30U);
    ASSERT_FALSE(reports().empty());
    EXPECT_EQ(reports().front().kind, HealthKind::lost);
}

// memcached closes what is idle.
TEST_F(Preconnected, a_link_that_has_lasted_may_be_closed_politely) {
    bench.connected(last_dialled());
    bench.advance(10s);
    bench.end(last_dialled(), StreamEnd::eof);

    EXPECT_TRUE(reports().empty());
}

TEST_F(Preconnected, links_are_opened_again_when_the_node_is_back) {
    ASSERT_EQ(dials(), 1U);
    bench.connected(last_dialled());
    bench.advance(10s);
    bench.end(last_dialled(), StreamEnd::eof);

    // The node is away for two seconds, and nobody asks for it.
    for (int i = 0; i < 200; ++i) {
        bench.advance(10ms);
        if (bench.transport[last_dialled()].open) {
            bench.end(last_dialled(), StreamEnd::refused);
        }
    }
    EXPECT_LE(dials(), 15U);
    for (int i = 0; i < 110; ++i) {
        bench.advance(10ms);
    }

    EXPECT_TRUE(bench.transport[last_dialled()].open);
    for (const health::HealthEvent& event : reports()) {
        EXPECT_FALSE(event.counts) << "nobody has waited for it";
    }
}

TEST_F(Preconnected, a_node_that_was_lost_is_asked_whether_it_is_back_if_nobody_else_asks) {
    bench.end(last_dialled(), StreamEnd::refused);
    ASSERT_EQ(reports().size(), 1U);
    EXPECT_EQ(reports()[0].kind, HealthKind::refused);
    bench.advance(1s);
    const ConnectionId link = last_dialled();

    bench.connected(link);
    EXPECT_EQ(bench.received(link), "version\r\n");
    EXPECT_EQ(reports().size(), 1U) << "that it accepts connections says little";
    bench.send(link, "VERSION 1.6.18\r\n");

    ASSERT_EQ(reports().size(), 2U);
    EXPECT_EQ(reports()[1].kind, HealthKind::recovered);
    ask();
    bench.send(link, "END\r\n");
    EXPECT_EQ(bench.received(client), "END\r\n");
    EXPECT_EQ(reports().size(), 2U);
}

TEST_F(Preconnected, a_node_that_answers_only_errors_when_asked_is_not_back) {
    bench.end(last_dialled(), StreamEnd::refused);
    bench.advance(1s);
    const ConnectionId link = last_dialled();

    bench.connected(link);
    bench.send(link, "ERROR Too many open connections\r\n");
    bench.end(link, StreamEnd::eof);

    for (const health::HealthEvent& event : reports()) {
        EXPECT_NE(event.kind, HealthKind::recovered);
        EXPECT_FALSE(event.counts);
    }
}

TEST_F(Preconnected, no_link_is_opened_to_a_node_that_was_removed) {
    bench.connected(last_dialled());
    bench.end(last_dialled(), StreamEnd::eof);

    const routing::PoolNode other{.node = {2, "cache-2", {"10.0.0.2", 11211}, 1},
                                  .state = routing::NodeState::ejected_by_health};
    bench.adopt({other}, policy());
    const std::size_t before = dials();
    bench.advance(5s);

    EXPECT_EQ(dials(), before);
}

// --- a node that health has given up but keeps in the ring ---

TEST_F(FailuresTest, requests_for_a_node_that_is_known_to_be_dead_fail_at_once) {
    ask();
    bench.connected(last_dialled());
    bench.send(last_dialled(), "END\r\n");
    bench.received(client);
    routing::PoolNode node{.node = {1, "cache-1", {"10.0.0.1", 11211}, 1}};
    node.fails_with = "Connection refused";

    bench.adopt({node}, policy_of(true));
    ask();

    EXPECT_EQ(bench.received(client),
              "SERVER_ERROR Connection refused: node cache-1 (10.0.0.1:11211)\r\n");
    EXPECT_EQ(dials(), 1U);
    node.fails_with.clear();
    bench.adopt({node}, policy_of(true));
    ask();
    EXPECT_EQ(dials(), 2U);
}

}  // namespace
}  // namespace ringside::proxy
