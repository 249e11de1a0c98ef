#include "app/drain.h"

#include "config/config.h"

#include <gtest/gtest.h>

namespace ringside::app {
namespace {

using namespace std::chrono_literals;

constexpr base::TimePoint kBegin{100s};

TEST(Drain, leaves_everything_as_it_is_for_the_grace) {
    Drain drain(kBegin, {.grace = 5s, .limit = 10s});

    EXPECT_EQ(drain.next(kBegin, false), DrainStep::wait);
    EXPECT_EQ(drain.next(kBegin + 5s - 1ms, true), DrainStep::wait);  // somebody may yet come
    EXPECT_EQ(drain.next(kBegin + 5s, true), DrainStep::stop_listening);
}

TEST(Drain, lets_the_last_connections_in_before_it_sends_everybody_away_once) {
    Drain drain(kBegin, {.grace = 0ms, .limit = 10s});

    EXPECT_EQ(drain.next(kBegin, false), DrainStep::stop_listening);
    EXPECT_EQ(drain.next(kBegin + kLastConnections - 1ms, true), DrainStep::wait);
    EXPECT_EQ(drain.next(kBegin + kLastConnections, true), DrainStep::send_away);
    EXPECT_EQ(drain.next(kBegin + 1s, false), DrainStep::wait);
}

TEST(Drain, stops_when_nothing_is_left_to_be_done) {
    Drain drain(kBegin, {.grace = 0ms, .limit = 10s});
    ASSERT_EQ(drain.next(kBegin, false), DrainStep::stop_listening);
    ASSERT_EQ(drain.next(kBegin + 1s, false), DrainStep::send_away);

    EXPECT_EQ(drain.next(kBegin + 2s, true), DrainStep::stop);
}

TEST(Drain, cuts_off_who_stays_longer_than_the_limit) {
    Drain drain(kBegin, {.grace = 5s, .limit = 10s});
    ASSERT_EQ(drain.next(kBegin + 5s, false), DrainStep::stop_listening);
    ASSERT_EQ(drain.next(kBegin + 6s, false), DrainStep::send_away);

    EXPECT_EQ(drain.next(kBegin + 15s - 1ms, false), DrainStep::wait);
    EXPECT_EQ(drain.next(kBegin + 15s, false), DrainStep::stop);
}

TEST(Drain, ends_by_default_within_the_time_that_kubernetes_gives) {
    const config::DrainConfig defaults;

    EXPECT_LT(defaults.grace + defaults.limit, 30s);
}

}  // namespace
}  // namespace ringside::app
