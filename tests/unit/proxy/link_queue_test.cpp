// What a link owes, without a link: events in, actions out.
#include "proxy/link_queue.h"

#include "base/limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::proxy {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr base::TimePoint kStart{};
constexpr base::milliseconds kGrace{1000};

RequestHandle request(std::uint32_t number) {
    return {number, 1};
}

// A queue, and what a link does with it.
class LinkQueueTest : public ::testing::Test {
  protected:
    // A request of `wire`, whose answer is held against `expectation`.
    void ask(std::uint32_t number, std::string_view wire, std::string_view expectation = {},
             base::TimePoint deadline = base::kNever) {
        queue_.output().append(wire);
        queue_.expectations().append(expectation);
        queue_.push({.request = request(number),
                     .command = nullptr,
                     .deadline = deadline,
                     .wire_bytes = wire.size()});
    }
    void ask_own(std::string_view wire) {
        queue_.output().append(wire);
        Asked own;
        own.wire_bytes = wire.size();
        queue_.push(own);
    }
    // The transport takes this much of what is staged.
    std::string write(std::size_t bytes_max = SIZE_MAX, base::TimePoint now = kStart) {
        const std::string taken(queue_.staged().substr(0, bytes_max));
        queue_.on_written(taken.size(), now);
        return taken;
    }
    std::vector<std::uint32_t> expire(base::TimePoint now) {
        std::vector<std::uint32_t> expired;
        queue_.expire(now, [&expired](const Owed& owed) { expired.push_back(owed.request.index); });
        return expired;
    }
    std::vector<std::uint32_t> fail_all() {
        std::vector<std::uint32_t> failed;
        queue_.fail_all(buffers_,
                        [&failed](const Owed& owed) { failed.push_back(owed.request.index); });
        return failed;
    }

    BufferPool buffers_;
    LinkQueue queue_;
};

TEST_F(LinkQueueTest,
       gives_each_answer_to_the_oldest_request_and_holds_it_against_its_expectation) {
    ask(1, "get a\r\n", "a");
    ask(2, "get b c\r\n", "b c");

    EXPECT_EQ(queue_.expectation(), "a");
    EXPECT_EQ(queue_.pop().request, request(1));
    EXPECT_EQ(queue_.expectation(), "b c");
    EXPECT_EQ(queue_.pop().request, request(2));

    EXPECT_TRUE(queue_.empty());
    EXPECT_TRUE(queue_.expectations().empty());
}

TEST_F(LinkQueueTest, tells_when_the_last_byte_of_a_request_was_written) {
    ask(1, "get a\r\n");
    ask(2, "get b\r\n");

    EXPECT_EQ(write(3, kStart + 1ms), "get");
    EXPECT_EQ(queue_.front().written, base::kNever);
    EXPECT_EQ(write(4 + 5, kStart + 2ms), " a\r\nget b");
    EXPECT_EQ(queue_.pop().written, kStart + 2ms);
    EXPECT_EQ(queue_.front().written, base::kNever);
    write(SIZE_MAX, kStart + 3ms);

    EXPECT_EQ(queue_.pop().written, kStart + 3ms);
}

TEST_F(LinkQueueTest, counts_a_request_as_in_until_its_last_byte_is_written_and_then_as_out) {
    ask(1, "1234567\r\n");
    ask(2, "12\r\n");
    EXPECT_EQ(queue_.gauges().in_queue, 2);
    EXPECT_EQ(queue_.gauges().in_queue_bytes, 13);

    write(10);

    EXPECT_EQ(queue_.gauges().in_queue, 1);
    EXPECT_EQ(queue_.gauges().in_queue_bytes, 3);
    EXPECT_EQ(queue_.gauges().out_queue, 1);
    EXPECT_EQ(queue_.gauges().out_queue_bytes, 10);
    queue_.pop();
    write();
    EXPECT_EQ(queue_.gauges().in_queue, 0);
    EXPECT_EQ(queue_.gauges().out_queue, 1);
    EXPECT_EQ(queue_.gauges().out_queue_bytes, 4);
}

TEST_F(LinkQueueTest, takes_an_answer_that_comes_before_its_request_was_written) {
    // A node may refuse a value by its length.
    ask(1, "set a 0 0 9999\r\n");
    ask(2, "get b\r\n");
    write(5);

    queue_.pop();

    EXPECT_EQ(queue_.gauges().in_queue, 1);
    EXPECT_EQ(queue_.gauges().out_queue, 0);
    EXPECT_EQ(write(), " 0 0 9999\r\nget b\r\n" + std::string());
    EXPECT_EQ(queue_.gauges().out_queue, 1);
    EXPECT_EQ(queue_.front().request, request(2));
}

TEST_F(LinkQueueTest, marks_what_was_written_past_its_output) {
    // A large request, written from where it was read.
    queue_.push({.request = request(1),
                 .command = nullptr,
                 .deadline = base::kNever,
                 .wire_bytes = 100'000});

    queue_.on_written(0, kStart + 1ms);

    EXPECT_EQ(queue_.front().written, kStart + 1ms);
    EXPECT_EQ(queue_.gauges().out_queue_bytes, 100'000);
}

TEST_F(LinkQueueTest, lets_clients_requests_wait_for_its_own) {
    ask_own("AUTH\r\n");
    queue_.hold_back();
    ask(1, "GET a\r\n");

    EXPECT_EQ(write(), "AUTH\r\n");
    EXPECT_EQ(write(), "");
    EXPECT_TRUE(queue_.owes_own());
    EXPECT_TRUE(queue_.front().is_own());
    queue_.pop();
    EXPECT_FALSE(queue_.owes_own());
    queue_.release();

    EXPECT_EQ(write(), "GET a\r\n");
}

TEST_F(LinkQueueTest, does_not_count_its_own_requests_for_the_node) {
    ask_own("AUTH\r\n");
    EXPECT_EQ(queue_.gauges().in_queue, 0);
    EXPECT_EQ(queue_.gauges().in_queue_bytes, 0);
    EXPECT_TRUE(queue_.owes_no_client());

    write();

    EXPECT_EQ(queue_.gauges().out_queue, 0);
    EXPECT_EQ(queue_.gauges().out_queue_bytes, 0);
}

TEST_F(LinkQueueTest, expires_each_request_once_and_keeps_its_place) {
    ask(1, "a", "key", kStart + 10ms);
    ask(2, "b", "", kStart + 20ms);

    EXPECT_THAT(expire(kStart + 9ms), IsEmpty());
    EXPECT_THAT(expire(kStart + 10ms), ElementsAre(1));
    EXPECT_THAT(expire(kStart + 19ms), IsEmpty());
    EXPECT_THAT(expire(kStart + 20ms), ElementsAre(2));

    EXPECT_EQ(queue_.size(), 2u);
    EXPECT_EQ(queue_.expectation(), "key");
    EXPECT_TRUE(queue_.pop().expired);
    EXPECT_TRUE(queue_.pop().expired);
}

TEST_F(LinkQueueTest, expires_by_the_deadline_and_not_by_the_place) {
    ask(1, "a", "", kStart + 300ms);
    ask(2, "b", "", kStart + 100ms);
    ask(3, "c", "", base::kNever);
    ask(4, "d", "", kStart + 200ms);

    EXPECT_EQ(queue_.next_deadline(kStart, kGrace), kStart + 100ms);
    EXPECT_THAT(expire(kStart + 100ms), ElementsAre(2));
    EXPECT_EQ(queue_.next_deadline(kStart, kGrace), kStart + 200ms);
    EXPECT_THAT(expire(kStart + 300ms), ElementsAre(1, 4));
}

TEST_F(LinkQueueTest, is_silent_when_the_oldest_request_stays_unanswered_for_the_grace) {
    ask(1, "a", "", kStart + 10ms);
    ask(2, "b", "", kStart + 20ms);
    expire(kStart + 20ms);

    EXPECT_EQ(queue_.next_deadline(kStart, kGrace), kStart + 10ms + kGrace);
    EXPECT_FALSE(queue_.is_silent(kStart + 9ms + kGrace, kGrace));
    EXPECT_TRUE(queue_.is_silent(kStart + 10ms + kGrace, kGrace));
    queue_.pop();

    EXPECT_FALSE(queue_.is_silent(kStart + 10ms + kGrace, kGrace)) << "it answers, if late";
    EXPECT_TRUE(queue_.is_silent(kStart + 20ms + kGrace, kGrace));
}

TEST_F(LinkQueueTest, is_silent_by_the_oldest_that_has_expired_whatever_stands_in_front_of_it) {
    // A reload has brought a timeout; the request in front was asked when there was none.
    ask(1, "a", "", base::kNever);
    ask(2, "b", "", kStart + 10ms);
    ask(3, "c", "", kStart + 20ms);
    expire(kStart + 20ms);

    EXPECT_EQ(queue_.next_deadline(kStart, kGrace), kStart + 10ms + kGrace);
    EXPECT_FALSE(queue_.is_silent(kStart + 9ms + kGrace, kGrace));
    EXPECT_TRUE(queue_.is_silent(kStart + 10ms + kGrace, kGrace));
}

TEST_F(LinkQueueTest, is_silent_when_it_owes_too_much_that_nobody_waits_for) {
    for (std::uint32_t i = 0; i <= base::kLinkAbandonedMax; ++i) {
        ask(i, "a", "", kStart + 10ms);
    }

    expire(kStart + 10ms);

    EXPECT_TRUE(queue_.is_silent(kStart + 10ms, kGrace));
    queue_.pop();
    EXPECT_FALSE(queue_.is_silent(kStart + 10ms, kGrace));
}

TEST_F(LinkQueueTest, gives_a_steady_answer_more_time_and_is_not_silent_before_that) {
    ask(1, "a", "", kStart + 10ms);
    ask(2, "b", "", kStart + 20ms);

    queue_.extend_front(kStart + 5s);

    EXPECT_THAT(expire(kStart + 20ms), ElementsAre(2));
    EXPECT_FALSE(queue_.is_silent(kStart + 20ms + kGrace, kGrace));
    EXPECT_TRUE(queue_.flows_steadily(kStart + 20ms));
    EXPECT_THAT(expire(kStart + 5s), ElementsAre(1));
    EXPECT_TRUE(queue_.is_silent(kStart + 5s + kGrace, kGrace));
}

TEST_F(LinkQueueTest, knows_what_may_still_come_in_time) {
    ask_own("AUTH");
    EXPECT_TRUE(queue_.is_past_hope());
    ask(1, "a", "", kStart + 10ms);
    ask(2, "b", "", base::kNever);
    expire(kStart + 10ms);

    const auto is = [this](std::uint32_t number) {
        return queue_.has_in_time(
            [number](const Owed& owed) { return owed.request.index == number && !owed.is_own(); });
    };
    EXPECT_FALSE(is(1)) << "it has expired";
    EXPECT_TRUE(is(2));
    EXPECT_FALSE(queue_.is_past_hope());
    EXPECT_TRUE(queue_.has_expired_unwritten());
}

TEST_F(LinkQueueTest, lets_nothing_take_longer_than_a_timeout_that_comes_later) {
    ask(1, "a", "", base::kNever);
    ask(2, "b", "", kStart + 10ms);
    ask(3, "c", "", kStart + 1s);

    queue_.limit_deadlines(kStart + 100ms);

    EXPECT_THAT(expire(kStart + 10ms), ElementsAre(2));
    EXPECT_THAT(expire(kStart + 100ms), ElementsAre(1, 3));
}

TEST_F(LinkQueueTest, fails_with_the_link_what_has_not_been_told_before) {
    ask_own("AUTH");
    ask(1, "a", "x", kStart + 10ms);
    ask(2, "b", "y", kStart + 20ms);
    expire(kStart + 10ms);

    EXPECT_THAT(fail_all(), ElementsAre(2));

    EXPECT_TRUE(queue_.empty());
    EXPECT_EQ(queue_.held_bytes(), 0u);
    EXPECT_EQ(queue_.gauges().in_queue + queue_.gauges().out_queue, 0);
    EXPECT_EQ(queue_.next_deadline(kStart, kGrace), base::kNever);
}

TEST_F(LinkQueueTest, is_full_at_its_bounds) {
    for (std::uint32_t i = 0; i < base::kLinkRequestsMax; ++i) {
        ASSERT_FALSE(queue_.is_full());
        ask(i, "a");
    }
    EXPECT_TRUE(queue_.is_full());
    write();
    EXPECT_TRUE(queue_.is_full()) << "it counts what is owed";
    queue_.pop();
    EXPECT_FALSE(queue_.is_full());

    ask(1, std::string(base::kLinkOutputBytesMax, 'x'));
    write(1);
    queue_.pop();
    EXPECT_FALSE(queue_.is_full());
    ask(1, "x");
    EXPECT_TRUE(queue_.is_full()) << "it counts what is not written";
}

TEST_F(LinkQueueTest, charges_every_byte_that_it_holds) {
    ask(1, "get a\r\n", "a");
    ask(2, "get bc\r\n", "bc");
    EXPECT_EQ(queue_.held_bytes(), 7u + 8 + 1 + 2);

    write(7);
    EXPECT_EQ(queue_.held_bytes(), 8u + 1 + 2);
    queue_.pop();

    EXPECT_EQ(queue_.held_bytes(), 8u + 2);
}

// The same, told simply: a list of requests with all that is known of each.
struct Told {
    std::uint32_t number;
    std::string expectation;
    base::TimePoint deadline;
    std::size_t unwritten;
    std::size_t wire_bytes;
    bool expired = false;
};

// One life of a link by chance, held against what is told.
class Life {
  public:
    explicit Life(std::uint64_t seed) : random_(seed) {}

    // Random events, `steps` of them, and then the end of the link.
    void live(int steps) {
        for (int step = 0; step < steps; ++step) {
            ASSERT_NO_FATAL_FAILURE(happen());
            ASSERT_NO_FATAL_FAILURE(compare());
        }
        end();
    }

  private:
    void happen() {
        switch (pick(4)) {
            case 0:
                ask();
                return;
            case 1:
                write();
                return;
            case 2:
                answer();
                return;
            default:
                expire();
        }
    }

    void ask() {
        const std::string wire(1 + pick(20), 'w');
        const std::string expectation(pick(3), static_cast<char>('a' + pick(26)));
        const base::TimePoint deadline =
            pick(5) == 0 ? base::kNever : now_ + base::milliseconds(1 + pick(50));
        queue_.output().append(wire);
        queue_.expectations().append(expectation);
        queue_.push({.request = request(++number_),
                     .command = nullptr,
                     .deadline = deadline,
                     .wire_bytes = wire.size()});
        told_.push_back({number_, expectation, deadline, wire.size(), wire.size()});
    }

    void write() {
        std::size_t bytes = pick(queue_.staged().size() + 1);
        queue_.on_written(bytes, now_);
        for (Told& each : told_) {
            const std::size_t taken = std::min(bytes, each.unwritten);
            each.unwritten -= taken;
            bytes -= taken;
        }
    }

    // Answers come to what was written.
    void answer() {
        if (told_.empty() || told_.front().unwritten > 0) {
            return;
        }
        ASSERT_EQ(queue_.expectation(), told_.front().expectation);
        const Owed owed = queue_.pop();
        ASSERT_EQ(owed.request, request(told_.front().number));
        ASSERT_EQ(owed.expired, told_.front().expired);
        told_.pop_front();
    }

    void expire() {
        now_ += base::milliseconds(pick(20));
        std::vector<std::uint32_t> expired;
        queue_.expire(now_,
                      [&expired](const Owed& owed) { expired.push_back(owed.request.index); });
        std::vector<std::uint32_t> due;
        for (Told& each : told_) {
            if (!each.expired && each.deadline <= now_) {
                each.expired = true;
                due.push_back(each.number);
            }
        }
        ASSERT_EQ(expired, due);
    }

    void compare() const {
        const LinkGauges gauges = queue_.gauges();
        std::int64_t in_queue = 0;
        std::int64_t unwritten = 0;
        base::TimePoint soonest = base::kNever;
        for (const Told& each : told_) {
            in_queue += each.unwritten > 0 ? 1 : 0;
            unwritten += static_cast<std::int64_t>(each.unwritten);
            soonest = each.expired ? soonest : std::min(soonest, each.deadline);
        }
        ASSERT_EQ(gauges.in_queue, in_queue);
        ASSERT_EQ(gauges.in_queue_bytes, unwritten);
        ASSERT_EQ(gauges.in_queue + gauges.out_queue, std::int64_t(told_.size()));
        ASSERT_LE(queue_.next_deadline(kStart, kGrace), soonest) << "nothing is overslept";
    }

    void end() {
        std::vector<std::uint32_t> failed;
        queue_.fail_all(buffers_,
                        [&failed](const Owed& owed) { failed.push_back(owed.request.index); });
        std::vector<std::uint32_t> left;
        for (const Told& each : told_) {
            if (!each.expired) {
                left.push_back(each.number);
            }
        }
        ASSERT_EQ(failed, left)
            << "each is answered, told of its end, or fails with the link: once";
    }

    std::size_t pick(std::size_t count) { return random_() % count; }

    std::mt19937_64 random_;
    BufferPool buffers_;
    LinkQueue queue_;
    std::deque<Told> told_;
    base::TimePoint now_ = kStart;
    std::uint32_t number_ = 0;
};

TEST(LinkQueue, keeps_its_promises_if_the_link_ends_at_any_step) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        for (int steps = 0; steps <= 120; ++steps) {
            SCOPED_TRACE(testing::Message() << "seed " << seed << ", ends after " << steps);
            ASSERT_NO_FATAL_FAILURE(Life(seed).live(steps));
        }
    }
}

}  // namespace
}  // namespace ringside::proxy
