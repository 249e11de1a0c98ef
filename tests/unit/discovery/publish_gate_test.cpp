#include "discovery/publish_gate.h"

#include <gtest/gtest.h>

namespace ringside::discovery {
namespace {

using base::milliseconds;

constexpr base::TimePoint kStart{base::seconds(1000)};

TEST(PublishGate, stays_closed_while_nothing_waits) {
    PublishGate gate;

    EXPECT_FALSE(gate.open(kStart));
    EXPECT_EQ(gate.next_deadline(), base::kNever);
}

TEST(PublishGate, lets_the_first_change_through_at_once) {
    PublishGate gate;

    gate.request();

    EXPECT_TRUE(gate.open(kStart));
}

TEST(PublishGate, collects_further_changes_until_the_interval_is_over) {
    PublishGate gate;
    gate.on_published(kStart);

    gate.request();
    gate.request();

    EXPECT_EQ(gate.next_deadline(), kStart + milliseconds(100));
    EXPECT_FALSE(gate.open(kStart + milliseconds(99)));
    EXPECT_TRUE(gate.open(kStart + milliseconds(100)));
}

TEST(PublishGate, lets_what_is_urgent_through_at_once_until_the_burst_is_used_up) {
    PublishGate gate;
    for (int i = 0; i < PublishGate::kBurst; ++i) {
        gate.request_at_once();
        ASSERT_TRUE(gate.open(kStart)) << i;
        gate.on_published(kStart);
    }

    gate.request_at_once();

    EXPECT_EQ(gate.next_deadline(), kStart + milliseconds(100));
}

TEST(PublishGate, has_room_for_one_more_with_each_interval) {
    PublishGate gate;
    for (int i = 0; i < PublishGate::kBurst; ++i) {
        gate.on_published(kStart);
    }

    const base::TimePoint later = kStart + milliseconds(200);
    for (int i = 0; i < 2; ++i) {
        gate.request_at_once();
        ASSERT_TRUE(gate.open(later)) << i;
        gate.on_published(later);
    }
    gate.request_at_once();

    EXPECT_EQ(gate.next_deadline(), later + milliseconds(100));
}

TEST(PublishGate, publishes_what_waits_together_with_what_is_urgent) {
    PublishGate gate;
    gate.on_published(kStart);
    gate.request();
    ASSERT_FALSE(gate.open(kStart));

    gate.request_at_once();
    ASSERT_TRUE(gate.open(kStart));
    gate.on_published(kStart);

    EXPECT_EQ(gate.next_deadline(), base::kNever);
}

TEST(PublishGate, goes_by_the_interval_again_after_a_burst) {
    PublishGate gate;
    gate.request_at_once();
    gate.on_published(kStart);

    gate.request();

    EXPECT_EQ(gate.next_deadline(), kStart + milliseconds(100));
}

TEST(PublishGate, is_closed_again_after_the_publish) {
    PublishGate gate;
    gate.request();

    gate.on_published(kStart);

    EXPECT_FALSE(gate.open(kStart + base::seconds(10)));
}

}  // namespace
}  // namespace ringside::discovery
