// Sessions: how they end, and what is served before they do.
#include "proxy/downstream.h"

#include "base/limits.h"
#include "proxy/worker.h"
#include "sim/fake_transport.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

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

TEST(Downstream, closes_a_client_at_its_tenth_wrong_password) {
    WorkerBench bench;
    routing::PoolPolicy policy;
    policy.protocol = routing::ProtocolKind::redis;
    policy.redis_auth = "secret";
    bench.adopt({"cache-1"}, policy);
    const ConnectionId client = bench.connect_client();
    for (int i = 0; i < 9; ++i) {
        bench.send(client, "AUTH x\r\n");
        ASSERT_EQ(bench.received(client),
                  "-WRONGPASS invalid username-password pair or user is disabled.\r\n");
    }

    bench.send(client, "AUTH x\r\nAUTH secret\r\n");

    EXPECT_EQ(bench.received(client),
              "-WRONGPASS 10 wrong passwords on this connection: it is closed.\r\n");
    EXPECT_FALSE(bench.transport[client].open);
    EXPECT_EQ(bench.pool_metric(PoolMetric::client_locked_out), 1);
    EXPECT_EQ(bench.pool_metric(PoolMetric::client_eof), 0);
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
    bench.send(client, gets + gets + "set b 0 0 1 noreply\r\nv\r\ngat 60 c\r\n" + gets);
    const ConnectionId link = bench.link_to(1);
    EXPECT_EQ(bench.received(link), gets);

    bench.transport[client].deserted = true;
    bench.send(link, answers);

    EXPECT_EQ(bench.received(link), "set b 0 0 1\r\nv\r\ngat 60 c\r\n");
    bench.send(link, "STORED\r\nEND\r\n");
    EXPECT_EQ(bench.worker.request_count(), 0u);
}

// --- leaving ---

class Leaving : public ::testing::Test {
  protected:
    void drain() {
        bench.turn([&] { bench.worker.drain(); });
    }
    bool is_told_the_end() { return bench.transport[client].finished; }
    bool is_closed() { return !bench.transport[client].open; }
    std::int64_t raced() { return bench.pool_metric(PoolMetric::drain_raced); }
    // Answers all that the node has been asked, again and again. Returns how many gets that were.
    std::size_t answer_gets(ConnectionId link) {
        std::size_t answers = 0;
        for (std::string asked = bench.received(link); !asked.empty();
             asked = bench.received(link)) {
            for (std::size_t i = 0; i < asked.size() / kGet.size(); ++i) {
                bench.send(link, "END\r\n");
                ++answers;
            }
            bench.advance(0ms);
        }
        return answers;
    }

    static constexpr std::string_view kGet = "get a\r\n";

    WorkerBench bench;
    ConnectionId client = [this] {
        bench.adopt({"cache-1"});
        return bench.connect_client();
    }();
};

TEST_F(Leaving, an_idle_client_is_told_the_end_and_closed_when_it_has_closed) {
    drain();
    EXPECT_FALSE(is_told_the_end());  // what it has sent before may be on its way
    bench.advance(base::kDrainSettle);
    EXPECT_TRUE(is_told_the_end());
    EXPECT_FALSE(is_closed());

    bench.end(client, StreamEnd::eof);

    EXPECT_TRUE(is_closed());
    EXPECT_EQ(bench.pool_metric(PoolMetric::client_eof), 0);
    EXPECT_EQ(bench.worker.session_count(), 0u);
}

TEST_F(Leaving, who_is_sent_away_may_come_back_while_the_worker_goes_on) {
    const auto send_away = [this](std::optional<routing::PoolId> pool) {
        std::size_t asked = 0;
        bench.turn([&] { asked = bench.worker.send_away(pool); });
        return asked;
    };
    bench.send(client, kGet);
    const routing::PoolId other = WorkerBench::kPool + 1;

    const std::size_t would = bench.worker.count_staying(std::nullopt);
    const std::size_t of_another = send_away(other);
    const std::size_t asked = send_away(std::nullopt);
    const ConnectionId next = bench.connect_client();
    const std::size_t still = bench.worker.count_staying(std::nullopt);
    bench.advance(base::kDrainSettle);
    EXPECT_FALSE(is_told_the_end()) << "it has not got its answer";
    bench.send(bench.link_to(1), "END\r\n");

    EXPECT_EQ(would, 1u);
    EXPECT_EQ(of_another, 0u);
    EXPECT_EQ(asked, 1u);
    EXPECT_EQ(bench.received(client), "END\r\n");
    EXPECT_TRUE(is_told_the_end());
    EXPECT_EQ(still, 1u) << "who came behind is not meant";
    EXPECT_FALSE(bench.transport[next].finished);
    bench.send(next, kGet);
    bench.send(bench.link_to(1), "END\r\n");
    EXPECT_EQ(bench.received(next), "END\r\n");
    EXPECT_EQ(send_away(std::nullopt), 1u);

    drain();
    EXPECT_EQ(send_away(std::nullopt), 0u);
}

TEST_F(Leaving, one_that_does_not_close_is_closed_after_a_while) {
    drain();
    bench.advance(base::kDrainSettle);

    bench.advance(base::kDrainLinger - 1ms);
    EXPECT_FALSE(is_closed());
    bench.advance(1ms);

    EXPECT_TRUE(is_closed());
}

TEST_F(Leaving, all_that_a_client_had_sent_is_served_first) {
    // Given a client with more requests than it may have under way
    const std::size_t count = 3 * base::kSessionOutputBytesMax / base::kFirstAnswerBytesGuess;
    std::string requests;
    for (std::size_t i = 0; i < count; ++i) {
        requests += kGet;
    }
    bench.send(client, requests);
    const ConnectionId link = bench.link_to(1);
    ASSERT_TRUE(bench.transport[client].paused);

    // When the worker is drained before they are all served
    drain();
    const std::size_t answers = answer_gets(link);

    // Then each has its answer, and the client its end once no more comes
    EXPECT_EQ(answers, count);
    EXPECT_EQ(bench.received(client).size(), count * 5);
    EXPECT_FALSE(is_told_the_end());
    bench.advance(base::kDrainQuiet);
    EXPECT_TRUE(is_told_the_end());
}

TEST_F(Leaving, a_client_that_waits_for_its_answer_is_told_the_end_with_it) {
    drain();
    bench.advance(base::kDrainSettle - 1ms);
    bench.send(client, kGet);
    bench.advance(1ms);
    EXPECT_FALSE(is_told_the_end());

    bench.send(bench.link_to(1), "END\r\n");

    EXPECT_EQ(bench.received(client), "END\r\n");
    EXPECT_TRUE(is_told_the_end());
}

TEST_F(Leaving, nothing_more_is_read_until_what_was_read_is_answered) {
    drain();
    bench.send(client, kGet);
    EXPECT_TRUE(bench.transport[client].paused);

    bench.send(bench.link_to(1), "END\r\n");

    EXPECT_FALSE(bench.transport[client].paused);
}

TEST_F(Leaving, no_client_is_told_the_end_while_bytes_of_it_wait_to_be_read) {
    drain();
    bench.transport[client].unread = kGet.size();
    bench.advance(base::kDrainSettle);
    EXPECT_FALSE(is_told_the_end());

    bench.send(client, kGet);
    bench.send(bench.link_to(1), "END\r\n");

    EXPECT_EQ(bench.received(client), "END\r\n");
    EXPECT_TRUE(is_told_the_end());
}

TEST_F(Leaving, the_rest_of_a_request_is_waited_for) {
    bench.send(client, "get ");
    drain();
    bench.send(client, "a");
    bench.advance(base::kDrainRestOfRequest - 1ms);
    EXPECT_FALSE(is_told_the_end());

    bench.send(client, "\r\n");
    bench.send(bench.link_to(1), "END\r\n");
    EXPECT_EQ(bench.received(client), "END\r\n");
    bench.advance(1ms);

    EXPECT_TRUE(is_told_the_end());
}

TEST_F(Leaving, the_rest_of_a_request_is_not_waited_for_forever) {
    drain();
    bench.send(client, "get ");

    bench.advance(base::kDrainRestOfRequest);

    EXPECT_TRUE(is_told_the_end());
}

TEST_F(Leaving, what_comes_behind_the_end_is_counted_and_done_only_if_it_needs_no_answer) {
    drain();
    bench.advance(base::kDrainSettle);
    ASSERT_TRUE(is_told_the_end());

    bench.send(client, "get a\r\nset a 0 0 1\r\n1\r\nset b 0 0 1 noreply\r\n2\r\nbogus\r\n");

    EXPECT_EQ(raced(), 3);
    const ConnectionId link = bench.link_to(1);
    EXPECT_EQ(bench.received(link), "set b 0 0 1\r\n2\r\n");
    bench.advance(base::kDrainLinger);
    EXPECT_FALSE(is_closed());
    bench.send(link, "STORED\r\n");
    bench.advance(base::kDrainLinger);
    EXPECT_TRUE(is_closed());
    EXPECT_EQ(bench.received(client), "");
}

TEST_F(Leaving, a_client_that_never_pauses_is_told_the_end_at_half_of_the_limit) {
    bench.worker.set_drain_limit(1000ms);
    drain();
    std::string gets;
    while (gets.size() < base::kDrainStreamBytesMin) {
        gets += kGet;
    }
    bench.send(client, gets);
    const ConnectionId link = bench.link_to(1);
    answer_gets(link);
    for (int i = 0; i < 4; ++i) {
        bench.advance(100ms);
        bench.send(client, gets);
        answer_gets(link);
        EXPECT_FALSE(is_told_the_end());
    }

    bench.advance(100ms);

    EXPECT_TRUE(is_told_the_end());
}

TEST_F(Leaving, one_whose_bytes_always_wait_is_told_the_end_at_three_quarters) {
    bench.worker.set_drain_limit(1000ms);
    drain();
    bench.transport[client].unread = SIZE_MAX;
    bench.send(client, kGet);
    const ConnectionId link = bench.link_to(1);
    bench.send(link, "END\r\n");
    bench.advance(740ms);
    EXPECT_FALSE(is_told_the_end());

    bench.advance(10ms);
    bench.send(client, kGet);
    bench.send(link, "END\r\n");

    EXPECT_EQ(bench.received(client), "END\r\nEND\r\n");
    EXPECT_TRUE(is_told_the_end());
}

TEST_F(Leaving, a_client_that_hangs_up_has_all_done_that_it_has_sent) {
    std::string sets;
    for (int i = 0; i < 40; ++i) {
        sets += "set a 0 0 1 noreply\r\nv\r\n";
    }
    drain();
    bench.send(client, sets);
    const ConnectionId link = bench.link_to(1);
    bench.transport[client].deserted = true;

    std::size_t stored = 0;
    for (std::string asked = bench.received(link); !asked.empty(); asked = bench.received(link)) {
        for (std::size_t at = 0; (at = asked.find("set a", at)) != std::string::npos; ++at) {
            bench.send(link, "STORED\r\n");
            ++stored;
        }
        bench.advance(0ms);
    }
    bench.end(client, StreamEnd::eof);

    EXPECT_EQ(stored, 40u);
    EXPECT_TRUE(is_closed());
    EXPECT_EQ(bench.pool_metric(PoolMetric::client_eof), 1);
}

TEST_F(Leaving, the_clients_of_a_removed_pool_have_their_answers) {
    const ConnectionId busy = bench.connect_client();
    bench.send(busy, kGet);
    const ConnectionId link = bench.link_to(1);

    bench.adopt_pools({});
    bench.advance(base::kDrainSettle);
    EXPECT_TRUE(is_told_the_end());
    EXPECT_FALSE(bench.transport[busy].finished);
    EXPECT_FALSE(bench.transport[bench.connect_client()].open);
    bench.send(link, "END\r\n");

    EXPECT_EQ(bench.received(busy), "END\r\n");
    EXPECT_TRUE(bench.transport[busy].finished);
    EXPECT_FALSE(bench.transport[link].open);
}

TEST_F(Leaving, a_node_that_does_not_answer_holds_up_a_removed_pool_for_the_limit_only) {
    bench.worker.set_drain_limit(1000ms);
    bench.send(client, kGet);
    const ConnectionId link = bench.link_to(1);
    bench.adopt_pools({});

    bench.advance(1000ms);

    EXPECT_FALSE(bench.transport[link].open);
    EXPECT_EQ(bench.received(client).substr(0, 12), "SERVER_ERROR");
    EXPECT_TRUE(is_told_the_end());
}

}  // namespace
}  // namespace ringside::proxy
