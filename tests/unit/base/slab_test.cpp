#include "base/slab.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <utility>
#include <vector>

namespace ringside::base {
namespace {

TEST(Slab, an_object_is_found_by_its_handle_until_it_is_erased) {
    Slab<std::string> slab;
    const auto handle = slab.emplace();
    slab[handle] = "text";

    ASSERT_NE(slab.find(handle), nullptr);
    EXPECT_EQ(*slab.find(handle), "text");
    EXPECT_EQ(slab.size(), 1U);

    slab.erase(handle);
    EXPECT_EQ(slab.find(handle), nullptr);
    EXPECT_EQ(slab.size(), 0U);
}

TEST(Slab, its_objects_are_found_by_their_slots) {
    Slab<int> slab;
    EXPECT_EQ(slab.slot_count(), 0U);
    const auto first = slab.emplace();
    const auto second = slab.emplace();
    slab.erase(first);

    ASSERT_GE(slab.slot_count(), 2U);
    EXPECT_FALSE(slab.handle_at(first.index));
    EXPECT_EQ(slab.handle_at(second.index), second);
}

TEST(Slab, a_handle_that_outlives_its_object_does_not_find_the_next_tenant) {
    Slab<int> slab;
    const auto old_handle = slab.emplace();
    slab.erase(old_handle);

    const auto new_handle = slab.emplace();

    EXPECT_EQ(new_handle.index, old_handle.index);  // the slot is reused
    EXPECT_EQ(slab.find(old_handle), nullptr);
    EXPECT_NE(slab.find(new_handle), nullptr);
    EXPECT_NE(old_handle, new_handle);
}

TEST(Slab, a_default_handle_names_nothing) {
    Slab<int> slab;
    const Handle<int> nothing;

    EXPECT_FALSE(nothing);
    EXPECT_EQ(slab.find(nothing), nullptr);
    const auto something = slab.emplace();
    EXPECT_TRUE(something);
    EXPECT_EQ(slab.find(nothing), nullptr);
}

TEST(Slab, a_handle_of_a_slot_that_was_never_made_names_nothing) {
    Slab<int> slab;
    static_cast<void>(slab.emplace());

    EXPECT_EQ(slab.find({1, 0}), nullptr);     // in the block, free
    EXPECT_EQ(slab.find({5000, 0}), nullptr);  // beyond all blocks
}

TEST(Slab, objects_stay_where_they_are_while_the_slab_grows) {
    Slab<int> slab;
    const auto first = slab.emplace();
    int* address = slab.find(first);
    *address = 42;

    for (int i = 0; i < 1000; ++i) {
        static_cast<void>(slab.emplace());
    }

    EXPECT_EQ(slab.find(first), address);
    EXPECT_EQ(*address, 42);
    EXPECT_EQ(slab.size(), 1001U);
}

TEST(Slab, the_next_tenant_takes_over_what_the_last_one_left) {
    Slab<std::string> slab;
    const auto first = slab.emplace();
    slab[first].assign(1000, 'x');
    slab[first].clear();
    const std::size_t capacity = slab[first].capacity();
    slab.erase(first);

    const auto second = slab.emplace();

    EXPECT_TRUE(slab[second].empty());
    EXPECT_EQ(slab[second].capacity(), capacity);
}

TEST(Slab, visiting_sees_each_live_object_once_and_may_erase_it) {
    Slab<int> slab;
    std::vector<Handle<int>> handles;
    for (int i = 0; i < 200; ++i) {
        handles.push_back(slab.emplace());
        slab[handles.back()] = i;
    }
    slab.erase(handles[7]);
    int sum = 0;

    slab.for_each([&slab, &sum](Handle<int> handle, int& value) {
        sum += value;
        if (value % 2 == 0) {
            slab.erase(handle);
        }
    });

    EXPECT_EQ(sum, 199 * 200 / 2 - 7);
    EXPECT_EQ(slab.size(), 99U);
}

TEST(Slab, visiting_may_add_objects) {
    Slab<int> slab;
    for (int i = 0; i < 64; ++i) {
        slab[slab.emplace()] = 1;
    }
    int seen = 0;

    slab.for_each([&slab, &seen](Handle<int>, int& value) {
        if (std::exchange(value, 0) == 1) {
            ++seen;
            slab[slab.emplace()] = 0;
        }
    });

    EXPECT_EQ(seen, 64);
    EXPECT_EQ(slab.size(), 128U);
}

TEST(Slab, any_sequence_of_operations_keeps_handles_and_objects_together) {
    std::mt19937 random(5);
    Slab<std::uint32_t> slab;
    std::vector<std::pair<Handle<std::uint32_t>, std::uint32_t>> live;
    std::vector<Handle<std::uint32_t>> gone;

    for (int i = 0; i < 20'000; ++i) {
        if (live.empty() || random() % 100 < 52) {
            const auto handle = slab.emplace();
            const auto value = static_cast<std::uint32_t>(random());
            slab[handle] = value;
            live.emplace_back(handle, value);
        } else {
            std::swap(live[random() % live.size()], live.back());
            ASSERT_EQ(slab[live.back().first], live.back().second);
            slab.erase(live.back().first);
            gone.push_back(live.back().first);
            live.pop_back();
        }
        ASSERT_EQ(slab.size(), live.size());
        if (!gone.empty()) {
            ASSERT_EQ(slab.find(gone[random() % gone.size()]), nullptr);
        }
    }
}

}  // namespace
}  // namespace ringside::base
