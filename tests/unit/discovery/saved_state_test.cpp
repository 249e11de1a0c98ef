#include "discovery/saved_state.h"

#include <gtest/gtest.h>

#include <chrono>

namespace ringside::discovery {
namespace {

using base::seconds;

const base::Moment kNow{base::TimePoint(seconds(1000)), WallTime(seconds(1'700'000'000))};

SavedState state_of_one_pool() {
    SavedList list{.source = "dns cache.test:11211",
                   .identity = "source",
                   .said_at = kNow.wall,
                   .membership = {.members = {{.name = "a", .address = {"10.0.0.1", 11211}}}}};
    return {{{.name = "cache",
              .protocol = "memcached",
              .list = std::move(list),
              .ejections = {{"a", kNow.wall + seconds(60)}, {"b", std::nullopt}}}}};
}

TEST(SavedState, is_the_same_although_the_list_was_said_again_and_clocks_were_read_again) {
    const SavedState before = state_of_one_pool();
    SavedState after = before;
    after.pools[0].list->said_at += seconds(600);
    after.pools[0].ejections[0].until = kNow.wall + seconds(61);

    EXPECT_TRUE(says_the_same(before, after));
}

TEST(SavedState, is_another_with_another_node_address_end_or_pool) {
    const SavedState before = state_of_one_pool();
    const auto differs = [&before](auto&& change) {
        SavedState after = before;
        change(after);
        return !says_the_same(before, after) && !says_the_same(after, before);
    };

    EXPECT_TRUE(differs([](auto& s) { s.pools[0].list->membership.members[0].weight = 2; }));
    EXPECT_TRUE(differs([](auto& s) { s.pools[0].list->ips["h"] = {"10.0.0.9"}; }));
    EXPECT_TRUE(differs([](auto& s) { s.pools[0].list.reset(); }));
    EXPECT_TRUE(differs([](auto& s) { s.pools[0].ejections.pop_back(); }));
    EXPECT_TRUE(differs([](auto& s) { s.pools[0].ejections[0].until = kNow.wall + seconds(63); }));
    EXPECT_TRUE(differs([](auto& s) { s.pools[0].ejections[0].until.reset(); }));
    EXPECT_TRUE(differs([](auto& s) { s.pools.push_back(s.pools[0]); }));
}

TEST(SavedState, has_a_pool_by_name_and_protocol) {
    const SavedState state = state_of_one_pool();

    EXPECT_EQ(find(state, "cache", "memcached"), &state.pools[0]);
    EXPECT_EQ(find(state, "cache", "redis"), nullptr);
    EXPECT_EQ(find(state, "other", "memcached"), nullptr);
}

TEST(SavedState, times_go_from_one_clock_to_the_other_and_back) {
    const base::TimePoint event = kNow.steady + seconds(77);

    EXPECT_EQ(to_wall(event, kNow), kNow.wall + seconds(77));
    EXPECT_EQ(to_steady(to_wall(event, kNow), kNow), event);
    EXPECT_EQ(to_steady(kNow.wall - seconds(5), kNow), kNow.steady - seconds(5));
}

TEST(SavedState, a_time_that_is_too_far_away_does_not_overflow_a_clock) {
    EXPECT_EQ(to_steady(WallTime::max(), kNow), base::kNever);
    EXPECT_LT(to_steady(WallTime::min() + std::chrono::hours(24), {kNow.steady, WallTime{}}),
              kNow.steady);
}

}  // namespace
}  // namespace ringside::discovery
