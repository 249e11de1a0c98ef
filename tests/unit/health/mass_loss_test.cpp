#include "health/mass_loss.h"

#include <gtest/gtest.h>

namespace ringside::health {
namespace {

using base::milliseconds;

constexpr base::TimePoint kStart{base::seconds(1000)};

TEST(MassLoss, tells_the_first_loss_at_once_and_the_others_together) {
    MassLoss loss;
    EXPECT_TRUE(loss.on_loss(kStart));
    EXPECT_EQ(loss.next_deadline(), base::kNever);
    for (int i = 1; i < 12; ++i) {
        EXPECT_FALSE(loss.on_loss(kStart + milliseconds(50) * i));
    }

    EXPECT_FALSE(loss.take(kStart + milliseconds(999)));
    EXPECT_TRUE(loss.take(kStart + milliseconds(1000)));

    EXPECT_FALSE(loss.take(kStart + milliseconds(5000)));
    EXPECT_EQ(loss.next_deadline(), base::kNever);
}

TEST(MassLoss, of_one_node_is_none) {
    MassLoss loss;
    loss.on_loss(kStart);

    EXPECT_FALSE(loss.take(kStart + milliseconds(1000)));
    EXPECT_TRUE(loss.on_loss(kStart + milliseconds(1000)));
}

}  // namespace
}  // namespace ringside::health
