#include "health/backoff.h"

#include <gtest/gtest.h>

namespace ringside::health {
namespace {

using base::milliseconds;

TEST(Backoff, grows_by_the_factor_up_to_the_maximum) {
    EXPECT_EQ(grown_delay(milliseconds(100), 1.5, milliseconds(1000)), milliseconds(150));
    EXPECT_EQ(grown_delay(milliseconds(900), 1.5, milliseconds(1000)), milliseconds(1000));
    EXPECT_EQ(grown_delay(milliseconds(1000), 2.0, milliseconds(1000)), milliseconds(1000));
}

TEST(Backoff, a_delay_that_starts_above_the_maximum_is_not_shortened) {
    EXPECT_EQ(grown_delay(milliseconds(90'000), 1.5, milliseconds(60'000)), milliseconds(90'000));
}

TEST(Backoff, jitter_is_a_part_of_its_width) {
    EXPECT_EQ(jitter(milliseconds(100), 0.0), milliseconds(0));
    EXPECT_EQ(jitter(milliseconds(100), 0.5), milliseconds(50));
    EXPECT_LT(jitter(milliseconds(100), 0.999999), milliseconds(100));
}

TEST(Backoff, an_interval_is_spread_by_a_tenth_to_either_side) {
    EXPECT_EQ(spread_interval(milliseconds(60'000), 0.0), milliseconds(54'000));
    EXPECT_EQ(spread_interval(milliseconds(60'000), 0.5), milliseconds(60'000));
    EXPECT_LE(spread_interval(milliseconds(60'000), 0.999999), milliseconds(66'000));
}

TEST(Backoff, a_retry_comes_at_any_time_up_to_the_longest_but_not_at_once) {
    EXPECT_EQ(retry_pause(milliseconds(1'000), 0.0), kRetryPauseMin);
    EXPECT_EQ(retry_pause(milliseconds(1'050), 0.5), milliseconds(550));
    EXPECT_LE(retry_pause(milliseconds(1'000), 0.999999), milliseconds(1'000));
    EXPECT_EQ(retry_pause(milliseconds(10), 0.5), milliseconds(10));
}

}  // namespace
}  // namespace ringside::health
