#include "health/mass_loss.h"

#include <gtest/gtest.h>

namespace ringside::health {
namespace {

using base::milliseconds;

constexpr base::TimePoint kStart{base::seconds(1000)};

TEST(MassLoss, of_many_pools_within_a_second_is_told_once) {
    MassLoss loss;
    EXPECT_EQ(loss.next_deadline(), base::kNever);
    for (int i = 0; i < 12; ++i) {
        loss.on_pool_lost(kStart + milliseconds(50) * i);
    }

    EXPECT_FALSE(loss.take(kStart + milliseconds(999)));
    EXPECT_TRUE(loss.take(kStart + milliseconds(1000)));

    EXPECT_FALSE(loss.take(kStart + milliseconds(5000)));
    EXPECT_EQ(loss.next_deadline(), base::kNever);
}

TEST(MassLoss, of_one_pool_is_none) {
    MassLoss loss;
    loss.on_pool_lost(kStart);

    EXPECT_FALSE(loss.take(kStart + milliseconds(1000)));
    EXPECT_EQ(loss.next_deadline(), base::kNever);
}

}  // namespace
}  // namespace ringside::health
