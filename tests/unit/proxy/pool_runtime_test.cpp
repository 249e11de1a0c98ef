#include "proxy/pool_runtime.h"

#include "base/limits.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace ringside::proxy {
namespace {

using namespace std::chrono_literals;
using protocol::LinkKind;

constexpr base::TimePoint kStart{};

// How long nobody dials behind a failure, with a random number that makes it last as long as it
// may.
base::milliseconds pause_behind_a_failure(RedialPacing& pacing, base::milliseconds pause_max) {
    const auto half = static_cast<std::uint32_t>(pause_max.count() / 2);
    pacing.on_failure(kStart, "Connection refused", half);
    base::milliseconds pause{0};
    while (!pacing.may_dial(kStart + pause)) {
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
        pacing.on_failure(kStart, "refused", random);
        EXPECT_FALSE(pacing.may_dial(kStart + base::kReconnectBackoffMin / 2 - 1ms));
        EXPECT_TRUE(pacing.may_dial(kStart + base::kReconnectBackoffMin));
    }
}

TEST(RedialPacing, begins_anew_when_the_node_has_answered) {
    RedialPacing pacing;
    pause_behind_a_failure(pacing, base::kReconnectBackoffMin);
    pause_behind_a_failure(pacing, base::kReconnectBackoffMin * 2);

    pacing.on_answer();

    EXPECT_EQ(pause_behind_a_failure(pacing, base::kReconnectBackoffMin),
              base::kReconnectBackoffMin);
}

TEST(RedialPacing, lets_a_new_address_be_dialled_at_once) {
    RedialPacing pacing;
    pause_behind_a_failure(pacing, base::kReconnectBackoffMin);

    pacing.reset();

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
