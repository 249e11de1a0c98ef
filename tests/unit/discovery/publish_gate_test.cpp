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

TEST(PublishGate, is_closed_again_after_the_publish) {
    PublishGate gate;
    gate.request();

    gate.on_published(kStart);

    EXPECT_FALSE(gate.open(kStart + base::seconds(10)));
}

}  // namespace
}  // namespace ringside::discovery
