#include "http/pace.h"

#include <gtest/gtest.h>

namespace ringside::http {
namespace {

using base::milliseconds;
using base::seconds;
using base::TimePoint;

constexpr TimePoint kStart{seconds(1'000)};
constexpr std::size_t kSecondsWorth = Pace::kBytesPerSecond;

TEST(Pace, who_takes_nothing_lags_behind_from_the_beginning_of_the_write) {
    Pace pace;

    pace.begin(kStart);

    EXPECT_EQ(pace.behind_since(), kStart);
}

TEST(Pace, who_takes_more_than_it_has_to_does_not_lag_and_has_no_credit) {
    Pace pace;
    pace.begin(kStart);

    pace.on_taken(100 * kSecondsWorth, kStart + seconds(1));
    EXPECT_EQ(pace.behind_since(), kStart + seconds(1));

    pace.begin(kStart + seconds(5));
    EXPECT_EQ(pace.behind_since(), kStart + seconds(5));
}

TEST(Pace, who_takes_a_little_now_and_then_lags_as_one_who_takes_nothing) {
    Pace pace;
    TimePoint now = kStart;
    for (int i = 0; i < 100; ++i) {  // answer behind answer, each of which moves
        pace.begin(now);
        now += milliseconds(500);
        pace.on_taken(16, now);
    }

    pace.begin(now);

    EXPECT_LT(pace.behind_since(), kStart + milliseconds(100));
}

TEST(Pace, time_without_a_write_counts_for_nobody) {
    Pace pace;
    pace.begin(kStart);
    pace.on_taken(kSecondsWorth / 2, kStart + seconds(1));

    pace.begin(kStart + seconds(60));

    EXPECT_EQ(pace.behind_since(), kStart + seconds(60) - milliseconds(500));
}

TEST(Pace, a_lag_is_made_up_for) {
    Pace pace;
    pace.begin(kStart);
    pace.on_taken(0, kStart + seconds(10));

    pace.begin(kStart + seconds(10));
    pace.on_taken(10 * kSecondsWorth, kStart + seconds(10));

    EXPECT_EQ(pace.behind_since(), kStart + seconds(10));
}

}  // namespace
}  // namespace ringside::http
