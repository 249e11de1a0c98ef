// The lives of links: those that fall silent and are replaced, and what a new timeout means to
// them.
#include "proxy/links.h"

#include "base/limits.h"
#include "sim/fake_transport.h"

#include <gtest/gtest.h>

#include <string>

namespace ringside::proxy {
namespace {

using namespace std::chrono_literals;
using metrics::NodeMetric;
using sim::WorkerBench;

constexpr auto kTimedOut = "SERVER_ERROR Connection timed out: node cache-1 (10.0.0.1:11211)\r\n";

// A node on one link that has answered before, and two clients.
class SilentLink : public testing::Test {
  protected:
    void SetUp() override {
        adopt(100ms);
        first_ = bench_.connect_client();
        second_ = bench_.connect_client();
        bench_.send(first_, "get a\r\n");
        link_ = bench_.link_to(1);
        bench_.send(link_, "END\r\n");
        bench_.received(first_);
        bench_.received(link_);
    }
    void adopt(base::milliseconds timeout) {
        routing::PoolPolicy policy;
        policy.timeout = timeout;
        bench_.adopt({"cache-1"}, policy);
    }
    std::size_t dials() const { return bench_.transport.dialled.size(); }
    bool is_open(ConnectionId id) { return bench_.transport[id].open; }

    WorkerBench bench_;
    ConnectionId first_{};
    ConnectionId second_{};
    ConnectionId link_{};
};

TEST_F(SilentLink, is_replaced_as_soon_as_a_request_has_expired_on_it) {
    bench_.send(first_, "get a\r\n");
    bench_.advance(110ms);
    EXPECT_EQ(bench_.received(first_), kTimedOut);
    EXPECT_EQ(dials(), 1u) << "nobody has asked for anything since";

    bench_.send(first_, "get a\r\n");
    bench_.send(second_, "get b\r\n");

    ASSERT_EQ(dials(), 2u) << "one replacement";
    const ConnectionId next = bench_.link_to(1);
    EXPECT_EQ(bench_.received(next), "get a\r\nget b\r\n");
    bench_.send(next, "END\r\nEND\r\n");
    EXPECT_EQ(bench_.received(first_), "END\r\n");
    EXPECT_EQ(bench_.received(second_), "END\r\n");
    EXPECT_EQ(bench_.node_metric(1, NodeMetric::links_silent), 1);
}

TEST_F(SilentLink, is_replaced_by_one_link_however_silent_that_one_is) {
    bench_.send(first_, "get a\r\n");
    bench_.advance(110ms);
    bench_.send(first_, "get a\r\n");
    bench_.link_to(1);

    bench_.advance(110ms);
    bench_.send(first_, "get a\r\n");

    EXPECT_EQ(dials(), 2u);
}

TEST_F(SilentLink, only_waits_for_late_answers_once_it_is_replaced) {
    bench_.send(first_, "get a\r\n");
    bench_.advance(110ms);
    bench_.send(first_, "get b\r\n");
    const ConnectionId next = bench_.link_to(1);
    bench_.received(first_);

    bench_.send(link_, "VALUE a 0 4\r\nlate\r\nEND\r\n");

    EXPECT_EQ(bench_.received(first_), "") << "its client has had an error";
    EXPECT_EQ(bench_.node_metric(1, NodeMetric::late_replies), 1);
    EXPECT_FALSE(is_open(link_)) << "it owes nothing any more";
    EXPECT_TRUE(is_open(next));
    EXPECT_EQ(bench_.transport.reports.size(), 1u) << "the timeout, and not that it was closed";
}

TEST_F(SilentLink, goes_when_the_late_answer_does_not_come_either) {
    bench_.send(first_, "get a\r\n");
    bench_.advance(110ms);
    bench_.send(first_, "get b\r\n");
    bench_.send(bench_.link_to(1), "END\r\n");

    bench_.advance(base::kLateReplyGraceMin);

    EXPECT_FALSE(is_open(link_));
    EXPECT_EQ(bench_.worker.request_count(), 0u);
}

TEST_F(SilentLink, keeps_the_order_of_a_client_that_still_waits_for_something_on_it) {
    bench_.send(first_, "set a 0 0 1\r\n1\r\n");
    bench_.advance(60ms);
    bench_.send(second_, "set b 0 0 1\r\n1\r\n");
    bench_.advance(50ms);  // the first has expired
    bench_.received(link_);

    // When the second asks for more, and others as well
    bench_.send(second_, "get b\r\n");
    bench_.send(first_, "get a\r\n");

    // Then only the others are served elsewhere; the second is held back until its time is over
    const ConnectionId next = bench_.link_to(1);
    EXPECT_EQ(bench_.received(next), "get a\r\n");
    EXPECT_EQ(bench_.received(link_), "");
    EXPECT_EQ(bench_.received(second_), "");
    bench_.advance(60ms);
    EXPECT_EQ(bench_.received(second_), kTimedOut);
    EXPECT_EQ(bench_.received(next), "get b\r\n");
}

TEST_F(SilentLink, fails_nothing_before_its_time_when_it_is_given_up) {
    adopt(0ms);
    bench_.send(second_, "get b\r\n");  // may take as long as it likes
    adopt(2s);
    bench_.send(first_, "get a\r\n");
    bench_.advance(1900ms);
    EXPECT_EQ(bench_.received(second_), "");
    EXPECT_TRUE(is_open(link_));

    bench_.advance(110ms);

    EXPECT_EQ(bench_.received(second_), kTimedOut) << "its time has begun with the reload";
}

TEST_F(SilentLink, is_trusted_again_when_it_is_heard) {
    bench_.send(first_, "get a\r\n");
    bench_.advance(110ms);
    bench_.send(link_, "END\r\n");

    bench_.send(first_, "get b\r\n");

    EXPECT_EQ(dials(), 1u);
}

TEST_F(SilentLink, is_none_while_others_are_answered) {
    bench_.send(first_, "get a\r\nget b\r\n");
    bench_.advance(80ms);
    bench_.send(link_, "END\r\n");
    bench_.advance(30ms);  // the second expires; the node is slow, and not gone

    bench_.send(second_, "get c\r\n");

    EXPECT_EQ(dials(), 1u);
}

TEST_F(SilentLink, counts_as_one_failure_for_each_timeout_that_it_lasts) {
    bench_.send(first_, "get a\r\n");
    bench_.advance(10ms);
    bench_.send(second_, "get b\r\n");

    bench_.advance(95ms);
    bench_.advance(20ms);

    EXPECT_EQ(bench_.received(second_), kTimedOut);
    EXPECT_EQ(bench_.transport.reports.size(), 1u);
}

TEST_F(SilentLink, that_breaks_at_last_is_no_second_failure) {
    bench_.send(first_, "get a\r\n");
    bench_.advance(110ms);

    bench_.end(link_, StreamEnd::reset);

    EXPECT_EQ(bench_.transport.reports.size(), 1u);
}

TEST_F(SilentLink, does_not_send_what_has_expired_behind_what_came_after_it) {
    bench_.transport[link_].room = 0;
    bench_.send(first_, "set a 0 0 3\r\nold\r\n");
    bench_.advance(110ms);
    bench_.send(first_, "set a 0 0 3\r\nnew\r\n");
    bench_.send(bench_.link_to(1), "STORED\r\n");

    bench_.writable(link_);

    EXPECT_EQ(bench_.received(link_), "");
}

TEST_F(SilentLink, is_found_by_the_kernel_after_twice_the_timeout_or_a_second) {
    EXPECT_EQ(bench_.transport[link_].unacknowledged_max, base::kUnacknowledgedMin);
    adopt(3s);
    EXPECT_EQ(bench_.transport[link_].unacknowledged_max, 6s);
    adopt(0ms);
    EXPECT_EQ(bench_.transport[link_].unacknowledged_max, base::kUnacknowledgedWithoutTimeout);
}

}  // namespace
}  // namespace ringside::proxy
