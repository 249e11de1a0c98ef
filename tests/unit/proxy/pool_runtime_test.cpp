#include "proxy/pool_runtime.h"

#include "base/limits.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace ringside::proxy {
namespace {

using namespace std::chrono_literals;
using protocol::LinkKind;

constexpr base::TimePoint kStart{10s};

// Fails once, in an attempt of its own, and says how long nobody dials behind that, with a random
// number that makes it last as long as it may.
base::milliseconds pause_behind_a_failure(RedialPacing& pacing, base::milliseconds pause_max,
                                          std::uint32_t unpaced = 0) {
    static base::TimePoint now = kStart;
    now += 1min;
    const auto half = static_cast<std::uint32_t>(pause_max.count() / 2);
    pacing.on_failure({now - 1ms, now}, "Connection refused", unpaced, half);
    base::milliseconds pause{0};
    while (!pacing.may_dial(now + pause)) {
        ++pause;
    }
    return pause;
}

TEST(RedialPacing, waits_twice_as_long_behind_each_failure_up_to_the_maximum) {
    RedialPacing pacing;
    EXPECT_TRUE(pacing.may_dial(kStart));

    base::milliseconds pause = base::kReconnectBackoffMin;
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(pause_behind_a_failure(pacing, pause), pause) << i;
        pause = std::min(pause * 2, base::kReconnectBackoffMax);
    }

    EXPECT_EQ(pause, base::kReconnectBackoffMax);
    EXPECT_EQ(pacing.last_cause(), "Connection refused");
}

TEST(RedialPacing, waits_between_half_and_all_of_it_whatever_the_dice_say) {
    for (std::uint32_t random = 0; random < 1000; random += 7) {
        RedialPacing pacing;
        pacing.on_failure({kStart, kStart}, "refused", 0, random);
        EXPECT_FALSE(pacing.may_dial(kStart + base::kReconnectBackoffMin / 2 - 1ms));
        EXPECT_TRUE(pacing.may_dial(kStart + base::kReconnectBackoffMin));
    }
}

TEST(RedialPacing, does_not_wait_behind_failures_that_may_still_eject_the_node) {
    RedialPacing pacing;

    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(pause_behind_a_failure(pacing, 50ms, 3), 0ms) << i;
    }

    EXPECT_EQ(pause_behind_a_failure(pacing, 50ms, 3), 50ms);
}

TEST(RedialPacing, takes_dials_that_overlap_for_one) {
    RedialPacing pacing;

    for (int i = 0; i < 8; ++i) {
        pacing.on_failure({kStart, kStart + 1ms + i * 1us}, "refused", 0, 25);
    }

    EXPECT_TRUE(pacing.may_dial(kStart + 51ms));
}

TEST(RedialPacing, begins_anew_when_a_link_has_lasted) {
    RedialPacing pacing;
    pause_behind_a_failure(pacing, base::kReconnectBackoffMin);
    pause_behind_a_failure(pacing, base::kReconnectBackoffMin * 2);

    pacing.on_steady_link();

    EXPECT_EQ(pause_behind_a_failure(pacing, base::kReconnectBackoffMin),
              base::kReconnectBackoffMin);
}

TEST(RedialPacing, lets_a_new_address_be_dialled_at_once) {
    RedialPacing pacing;
    pacing.on_failure({kStart, kStart}, "refused", 0, 25);

    pacing.reset(kStart);

    EXPECT_TRUE(pacing.may_dial(kStart));
    EXPECT_EQ(pause_behind_a_failure(pacing, base::kReconnectBackoffMin),
              base::kReconnectBackoffMin);
}

TEST(LinkSlots, give_a_session_the_same_place_each_time_and_each_kind_places_of_its_own) {
    LinkSlots slots;
    slots.resize(3);
    std::set<std::uint32_t> standard;
    std::set<std::uint32_t> resp3;

    for (std::uint32_t session = 0; session < 10; ++session) {
        const std::uint32_t slot = slots.slot_of(session, LinkKind::standard);
        EXPECT_EQ(slots.slot_of(session, LinkKind::standard), slot);
        EXPECT_EQ(slots.kind_of(slot), LinkKind::standard);
        standard.insert(slot);
        const std::uint32_t other = slots.slot_of(session, LinkKind::resp3);
        EXPECT_EQ(slots.kind_of(other), LinkKind::resp3);
        resp3.insert(other);
    }

    EXPECT_EQ(slots.per_kind(), 3u);
    EXPECT_EQ(standard.size(), 3u) << "all of them are used";
    EXPECT_EQ(resp3.size(), 3u);
    standard.merge(resp3);
    EXPECT_EQ(standard.size(), slots.all().size());
}

TEST(LinkSlots, forget_what_was_in_them_when_their_number_changes) {
    LinkSlots slots;
    slots.resize(1);
    slots[0] = LinkHandle{7, 1};

    slots.resize(2);

    EXPECT_EQ(std::count(slots.all().begin(), slots.all().end(), LinkHandle{}), 4);
}

}  // namespace
}  // namespace ringside::proxy
