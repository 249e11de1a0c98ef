#include "app/drain.h"

#include <gtest/gtest.h>

namespace ringside::app {
namespace {

constexpr base::TimePoint kBegin{base::seconds{100}};

TEST(Drain, stops_at_once_without_clients) {
    Drain drain(kBegin);

    EXPECT_EQ(drain.next(kBegin, 0), DrainStep::stop);
}

TEST(Drain, leaves_clients_alone_for_the_grace_then_closes_them_once) {
    Drain drain(kBegin);

    EXPECT_EQ(drain.next(kBegin, 3), DrainStep::wait);
    EXPECT_EQ(drain.next(kBegin + kDrainGrace - base::milliseconds{1}, 3), DrainStep::wait);
    EXPECT_EQ(drain.next(kBegin + kDrainGrace, 3), DrainStep::close_clients);
    EXPECT_EQ(drain.next(kBegin + kDrainGrace + base::milliseconds{20}, 3), DrainStep::wait);
}

TEST(Drain, stops_when_the_last_client_has_gone) {
    Drain drain(kBegin);
    ASSERT_EQ(drain.next(kBegin + base::seconds{1}, 1), DrainStep::wait);

    EXPECT_EQ(drain.next(kBegin + base::seconds{2}, 0), DrainStep::stop);
}

TEST(Drain, cuts_off_who_stays_longer_than_the_limit) {
    Drain drain(kBegin);
    ASSERT_EQ(drain.next(kBegin + kDrainGrace, 1), DrainStep::close_clients);
    const base::TimePoint end = kBegin + kDrainGrace + kDrainLimit;

    EXPECT_EQ(drain.next(end - base::milliseconds{1}, 1), DrainStep::wait);
    EXPECT_EQ(drain.next(end, 1), DrainStep::stop);
}

TEST(Drain, ends_within_the_time_that_kubernetes_gives) {
    EXPECT_LT(kDrainGrace + kDrainLimit, base::seconds{30});
}

}  // namespace
}  // namespace ringside::app
