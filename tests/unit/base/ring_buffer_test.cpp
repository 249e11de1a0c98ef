#include "base/ring_buffer.h"

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <random>
#include <string>

namespace ringside::base {
namespace {

TEST(RingBuffer, elements_come_out_in_the_order_in_which_they_went_in) {
    RingBuffer<int> queue;
    EXPECT_TRUE(queue.empty());

    queue.push_back(1);
    queue.push_back(2);
    queue.push_back(3);

    EXPECT_EQ(queue.size(), 3U);
    EXPECT_EQ(queue.front(), 1);
    EXPECT_EQ(queue.back(), 3);
    EXPECT_EQ(queue[1], 2);
    queue.pop_front();
    EXPECT_EQ(queue.front(), 2);
    EXPECT_EQ(queue.size(), 2U);
}

TEST(RingBuffer, growing_keeps_the_order_when_the_queue_wraps) {
    RingBuffer<int> queue;
    for (int i = 0; i < 8; ++i) {
        queue.push_back(i);
    }
    for (int i = 0; i < 5; ++i) {
        queue.pop_front();
    }

    for (int i = 8; i < 30; ++i) {
        queue.push_back(i);
    }

    ASSERT_EQ(queue.size(), 25U);
    for (std::size_t i = 0; i < queue.size(); ++i) {
        EXPECT_EQ(queue[i], static_cast<int>(i) + 5);
    }
}

TEST(RingBuffer, an_element_taken_from_the_queue_may_be_pushed_while_it_grows) {
    RingBuffer<std::string> queue;
    for (int i = 0; i < 8; ++i) {
        queue.push_back("a string too long for the small string optimisation " + std::to_string(i));
    }

    queue.push_back(queue.front());

    EXPECT_EQ(queue.back(), queue.front());
}

TEST(RingBuffer, a_cleared_or_released_queue_is_empty_and_usable) {
    RingBuffer<int> queue;
    queue.push_back(1);
    queue.push_back(2);

    queue.clear();
    EXPECT_TRUE(queue.empty());
    queue.push_back(3);
    EXPECT_EQ(queue.front(), 3);

    queue.release();
    EXPECT_TRUE(queue.empty());
    queue.push_back(4);
    EXPECT_EQ(queue.front(), 4);
    EXPECT_EQ(queue.size(), 1U);
}

TEST(RingBuffer, elements_may_be_movable_only) {
    RingBuffer<std::unique_ptr<int>> queue;
    for (int i = 0; i < 20; ++i) {
        queue.push_back(std::make_unique<int>(i));
    }

    const std::unique_ptr<int> taken = std::move(queue.front());
    queue.pop_front();

    EXPECT_EQ(*taken, 0);
    EXPECT_EQ(*queue.front(), 1);
}

TEST(RingBuffer, any_sequence_of_operations_equals_that_on_a_deque) {
    std::mt19937 random(4);
    RingBuffer<std::uint32_t> queue;
    std::deque<std::uint32_t> model;

    for (int i = 0; i < 50'000; ++i) {
        if (model.empty() || random() % 100 < 51) {
            const auto value = static_cast<std::uint32_t>(random());
            queue.push_back(value);
            model.push_back(value);
        } else {
            ASSERT_EQ(queue.front(), model.front());
            queue.pop_front();
            model.pop_front();
        }
        ASSERT_EQ(queue.size(), model.size());
        if (!model.empty()) {
            const std::size_t index = random() % model.size();
            ASSERT_EQ(queue[index], model[index]);
        }
    }
}

}  // namespace
}  // namespace ringside::base
