// Large values: passed on as they come, written from where they were read.
#include "base/limits.h"
#include "proxy/upstream.h"
#include "sim/fake_transport.h"
#include "unit/proxy/keys.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ringside::proxy {
namespace {

using namespace std::chrono_literals;
using metrics::PoolMetric;
using sim::WorkerBench;

constexpr std::size_t kLarge = 100'000;

std::string answer_with(const std::string& key, std::size_t size) {
    return fmt::format("VALUE {} 0 {}\r\n{}\r\nEND\r\n", key, size, std::string(size, 'v'));
}

class LargeValue : public testing::Test {
  protected:
    void SetUp() override {
        routing::PoolPolicy policy;
        policy.timeout = 100ms;
        bench_.adopt({"cache-1"}, policy);
        client_ = bench_.connect_client();
        bench_.send(client_, "get a\r\n");
        link_ = bench_.link_to(1);
        answer_ = answer_with("a", kLarge);
    }

    void send_piece(std::size_t begin, std::size_t size) {
        bench_.send(link_, std::string_view(answer_).substr(begin, size));
    }

    WorkerBench bench_;
    ConnectionId client_{};
    ConnectionId link_{};
    std::string answer_;
};

TEST_F(LargeValue, reaches_the_client_while_it_comes) {
    send_piece(0, 30'000);
    EXPECT_TRUE(bench_.received(client_) == answer_.substr(0, 30'000));
    send_piece(30'000, 30'000);
    EXPECT_TRUE(bench_.received(client_) == answer_.substr(30'000, 30'000));
    send_piece(60'000, std::string::npos);

    EXPECT_TRUE(bench_.received(client_) == answer_.substr(60'000));
    EXPECT_EQ(bench_.worker.request_count(), 0u);
}

TEST_F(LargeValue, waits_for_its_turn_behind_an_earlier_request) {
    bench_.adopt({"cache-1", "cache-2"});
    const std::string first = key_of(bench_, 1);
    const std::string second = key_of(bench_, 2);
    const ConnectionId client = bench_.connect_client();
    bench_.send(client, fmt::format("get {}\r\nget {}\r\n", first, second));
    const ConnectionId fast = bench_.link_to(2);
    const std::string large = answer_with(second, kLarge);

    bench_.send(fast, large.substr(0, 50'000));
    EXPECT_TRUE(bench_.received(client) == "");
    bench_.send(link_, "END\r\n" + answer_with(first, 1));  // the first answer is to SetUp's get
    EXPECT_TRUE(bench_.received(client) == answer_with(first, 1));
    bench_.send(fast, large.substr(50'000));

    EXPECT_TRUE(bench_.received(client) == large);
}

TEST_F(LargeValue, closes_the_client_if_the_node_is_lost_in_the_middle) {
    bench_.send(client_, "get b\r\n");
    send_piece(0, 50'000);

    bench_.end(link_, StreamEnd::reset);

    EXPECT_TRUE(bench_.received(client_) == answer_.substr(0, 50'000)) << "no error inside a value";
    EXPECT_FALSE(bench_.transport[client_].open);
    EXPECT_EQ(bench_.pool_metric(PoolMetric::answers_cut), 1);
    EXPECT_EQ(bench_.worker.request_count(), 0u);
}

TEST_F(LargeValue, closes_the_client_if_the_rest_does_not_come_in_time_and_keeps_the_link) {
    const ConnectionId bystander = bench_.connect_client();
    send_piece(0, 50'000);

    bench_.advance(60ms);
    bench_.send(bystander, "get b\r\n");
    bench_.advance(50ms);
    EXPECT_FALSE(bench_.transport[client_].open);
    send_piece(50'000, std::string::npos);
    bench_.send(link_, answer_with("b", 1));

    EXPECT_TRUE(bench_.received(bystander) == answer_with("b", 1));
    EXPECT_TRUE(bench_.transport[link_].open);
}

TEST_F(LargeValue, may_take_longer_than_the_timeout_while_it_comes_steadily) {
    const std::string answer = answer_with("c", 10 * base::kSteadyAnswerBytes);
    bench_.send(link_, answer_);
    bench_.received(client_);
    bench_.send(client_, "get c\r\n");
    std::string got;

    for (std::size_t begin = 0; begin < answer.size(); begin += base::kSteadyAnswerBytes) {
        bench_.advance(80ms);
        bench_.send(link_, std::string_view(answer).substr(begin, base::kSteadyAnswerBytes));
        got += bench_.received(client_);
    }

    EXPECT_TRUE(got == answer);
    EXPECT_EQ(bench_.worker.request_count(), 0u);
    EXPECT_TRUE(bench_.transport.reports.empty());
}

TEST_F(LargeValue, is_cut_when_it_comes_in_a_trickle) {
    send_piece(0, 10'000);
    for (std::size_t begin = 10'000; begin < 20'000; begin += 1'000) {
        bench_.advance(20ms);
        send_piece(begin, 1'000);
    }

    EXPECT_FALSE(bench_.transport[client_].open);
    EXPECT_EQ(bench_.pool_metric(PoolMetric::answers_cut), 1);
}

TEST_F(LargeValue, is_not_the_nodes_failure_for_those_who_wait_behind_it) {
    const std::string answer = answer_with("c", 10 * base::kSteadyAnswerBytes);
    bench_.send(link_, answer_);
    bench_.send(client_, "get c\r\n");
    const ConnectionId bystander = bench_.connect_client();
    bench_.send(bystander, "get b\r\n");

    bench_.advance(80ms);
    bench_.send(link_, std::string_view(answer).substr(0, base::kSteadyAnswerBytes + 100));
    bench_.advance(40ms);

    EXPECT_NE(bench_.received(bystander).find("timed out"), std::string::npos);
    EXPECT_TRUE(bench_.transport.reports.empty());
    EXPECT_TRUE(bench_.transport[link_].open);
}

TEST_F(LargeValue, is_dropped_piece_by_piece_for_a_client_that_has_left) {
    const ConnectionId bystander = bench_.connect_client();
    bench_.send(bystander, "get b\r\n");
    send_piece(0, 50'000);
    bench_.end(client_, StreamEnd::reset);

    send_piece(50'000, std::string::npos);
    bench_.send(link_, answer_with("b", 1));

    EXPECT_TRUE(bench_.received(bystander) == answer_with("b", 1));
    EXPECT_EQ(bench_.worker.request_count(), 0u);
}

TEST_F(LargeValue, is_kept_for_a_client_that_reads_slowly) {
    bench_.transport[client_].room = 1'000;
    send_piece(0, 50'000);
    send_piece(50'000, std::string::npos);
    EXPECT_TRUE(bench_.received(client_) == answer_.substr(0, 1'000));

    bench_.writable(client_);

    EXPECT_TRUE(bench_.received(client_) == answer_.substr(1'000));
}

TEST_F(LargeValue, closes_a_client_that_reads_no_more_of_it) {
    bench_.transport[client_].room = 1'000;
    send_piece(0, 50'000);
    send_piece(50'000, std::string::npos);

    bench_.advance(base::kWriteStallMax + 1s);

    EXPECT_FALSE(bench_.transport[client_].open);
    EXPECT_EQ(bench_.pool_metric(PoolMetric::client_stalled), 1);
}

TEST_F(LargeValue, lets_a_client_ask_for_no_more_than_it_reads) {
    send_piece(0, 50'000);
    send_piece(50'000, std::string::npos);
    bench_.transport[client_].room = 0;
    bench_.transport[link_].received.clear();

    bench_.send(client_, "get a\r\nget b\r\nget c\r\n");

    EXPECT_EQ(bench_.received(link_), "get a\r\n") << "the next answer may be as large";
    EXPECT_TRUE(bench_.transport[client_].paused);
}

TEST_F(LargeValue, is_out_of_step_if_it_does_not_end_where_it_said) {
    answer_[answer_.size() - 7] = 'x';  // instead of the CR behind the value
    send_piece(0, 50'000);
    send_piece(50'000, std::string::npos);

    EXPECT_FALSE(bench_.transport[link_].open);
    EXPECT_FALSE(bench_.transport[client_].open);
}

TEST_F(LargeValue, of_a_set_is_written_at_once_and_in_its_place) {
    send_piece(0, std::string::npos);
    const std::string large =
        fmt::format("set a 0 0 {}\r\n{}\r\n", kLarge, std::string(kLarge, 'x'));
    bench_.transport[link_].received.clear();

    bench_.send(bench_.connect_client(), "get x\r\n" + large + "get y\r\n" + large);

    EXPECT_TRUE(bench_.received(link_) == "get x\r\n" + large + "get y\r\n" + large);
}

TEST_F(LargeValue, of_a_set_waits_until_the_node_reads) {
    send_piece(0, std::string::npos);
    const std::string large =
        fmt::format("set a 0 0 {}\r\n{}\r\n", kLarge, std::string(kLarge, 'x'));
    bench_.transport[link_].received.clear();
    bench_.transport[link_].room = 10'000;

    bench_.send(bench_.connect_client(), large + "get y\r\n");
    EXPECT_TRUE(bench_.received(link_) == large.substr(0, 10'000));
    bench_.writable(link_);

    EXPECT_TRUE(bench_.received(link_) == large.substr(10'000) + "get y\r\n");
}

// What a node says about a request is passed on in the same way.
class LongLine : public testing::Test {
  protected:
    void SetUp() override {
        routing::PoolPolicy policy;
        policy.protocol = routing::ProtocolKind::redis;
        bench_.adopt(std::vector<std::string>{"redis-1", "redis-2"}, policy);
        client_ = bench_.connect_client();
    }

    void ask(std::string_view request, std::uint32_t node) {
        bench_.send(client_, request);
        link_ = bench_.link_to(node);
    }

    WorkerBench bench_;
    ConnectionId client_{};
    ConnectionId link_{};
    const std::string error_ = "-ERR " + std::string(kLarge, 'x') + "\r\n";
};

TEST_F(LongLine, reaches_the_client_while_it_comes_and_leaves_the_link_in_step) {
    const std::string key = key_of(bench_, 1);
    ask(fmt::format("GET {}\r\nGET {}\r\n", key, key), 1);

    bench_.send(link_, error_.substr(0, 50'000));
    EXPECT_TRUE(bench_.received(client_) == error_.substr(0, 49'999)) << "the last may be a CR";
    bench_.send(link_, error_.substr(50'000) + "$1\r\nv\r\n");

    EXPECT_TRUE(bench_.received(client_) == error_.substr(49'999) + "$1\r\nv\r\n");
    EXPECT_TRUE(bench_.transport[link_].open);
    EXPECT_EQ(bench_.worker.request_count(), 0u);
}

TEST_F(LongLine, is_dropped_for_a_client_that_has_left) {
    const ConnectionId bystander = bench_.connect_client();
    const std::string key = key_of(bench_, 1);
    ask(fmt::format("GET {}\r\n", key), 1);
    bench_.send(bystander, fmt::format("GET {}\r\n", key));
    bench_.send(link_, error_.substr(0, 50'000));
    bench_.end(client_, StreamEnd::reset);

    bench_.send(link_, error_.substr(50'000) + "$1\r\nv\r\n");

    EXPECT_TRUE(bench_.received(bystander) == "$1\r\nv\r\n");
    EXPECT_TRUE(bench_.transport[link_].open);
}

TEST_F(LongLine, of_a_part_is_the_whole_answer) {
    const std::string first = key_of(bench_, 1);
    const std::string second = key_of(bench_, 2);
    ask(fmt::format("DEL {} {}\r\n", first, second), 1);
    const ConnectionId other = bench_.link_to(2);

    bench_.send(link_, error_.substr(0, 50'000));
    bench_.send(other, ":1\r\n");
    EXPECT_EQ(bench_.received(client_), "");
    bench_.send(link_, error_.substr(50'000));

    EXPECT_TRUE(bench_.received(client_) == error_);
    EXPECT_TRUE(bench_.transport[link_].open);
}

TEST_F(LongLine, closes_the_client_if_the_node_is_lost_in_its_middle) {
    ask(fmt::format("GET {}\r\n", key_of(bench_, 1)), 1);
    bench_.send(link_, error_.substr(0, 50'000));

    bench_.end(link_, StreamEnd::reset);

    EXPECT_TRUE(bench_.received(client_) == error_.substr(0, 49'999)) << "no error inside an error";
    EXPECT_FALSE(bench_.transport[client_].open);
    EXPECT_EQ(bench_.pool_metric(PoolMetric::answers_cut), 1);
}

TEST_F(LargeValue, is_read_in_one_piece_from_a_client_that_has_sent_such_before) {
    const auto share = [this] {
        return bench_.worker.read_target(bench_.transport[client_].peer).size();
    };
    const std::string large = fmt::format("set a 0 0 {}\r\n{}\r\n", 2 * base::kReadBytesPerTurn,
                                          std::string(2 * base::kReadBytesPerTurn, 'v'));

    // Given a client of whom nothing is known: it gets the share of all
    EXPECT_EQ(share(), base::kReadBytesPerTurn);

    // When it has sent a large request
    bench_.send(client_, large);
    EXPECT_GT(share(), large.size());
    EXPECT_LE(share(), base::kReadBytesMax);

    // Then small ones take its privilege away
    bench_.send(link_, "END\r\nSTORED\r\n");
    for (int i = 0; i < 100; ++i) {
        bench_.send(client_, "verbosity 1\r\n");
    }
    EXPECT_EQ(share(), base::kReadBytesPerTurn);
}

}  // namespace
}  // namespace ringside::proxy
