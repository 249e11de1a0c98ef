#include "base/byte_buffer.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace ringside::base {
namespace {

TEST(ByteBuffer, a_new_buffer_is_empty_and_holds_no_memory) {
    ByteBuffer buffer;

    EXPECT_TRUE(buffer.empty());
    EXPECT_EQ(buffer.size(), 0U);
    EXPECT_EQ(buffer.capacity(), 0U);
    EXPECT_EQ(buffer.view(), "");
    buffer.append("");
    buffer.consume(0);
    EXPECT_EQ(buffer.capacity(), 0U);
}

TEST(ByteBuffer, bytes_come_out_in_the_order_in_which_they_went_in) {
    ByteBuffer buffer;

    buffer.append("get a");
    buffer.push_back('\r');
    buffer.append("\n");

    EXPECT_EQ(buffer.view(), "get a\r\n");
    buffer.consume(4);
    EXPECT_EQ(buffer.view(), "a\r\n");
    buffer.append("get b\r\n");
    EXPECT_EQ(buffer.view(), "a\r\nget b\r\n");
}

TEST(ByteBuffer, prepared_room_counts_only_what_is_committed) {
    ByteBuffer buffer;
    buffer.append("12");

    const std::span<char> room = buffer.prepare(3);
    ASSERT_GE(room.size(), 3U);
    room[0] = '3';
    room[1] = '4';
    buffer.commit(2);

    EXPECT_EQ(buffer.view(), "1234");
}

TEST(ByteBuffer, truncating_keeps_the_oldest_bytes) {
    ByteBuffer buffer;
    buffer.append("abcdef");
    buffer.consume(1);

    buffer.truncate(2);

    EXPECT_EQ(buffer.view(), "bc");
    buffer.truncate(0);
    EXPECT_TRUE(buffer.empty());
    buffer.append("x");
    EXPECT_EQ(buffer.view(), "x");
}

TEST(ByteBuffer, clearing_keeps_the_memory_and_releasing_gives_it_back) {
    ByteBuffer buffer;
    buffer.append(std::string(5000, 'x'));
    const std::size_t capacity = buffer.capacity();

    buffer.clear();
    EXPECT_TRUE(buffer.empty());
    EXPECT_EQ(buffer.capacity(), capacity);

    buffer.append("y");
    buffer.release();
    EXPECT_TRUE(buffer.empty());
    EXPECT_EQ(buffer.capacity(), 0U);
    buffer.append("again");
    EXPECT_EQ(buffer.view(), "again");
}

TEST(ByteBuffer, moving_hands_the_bytes_over_and_leaves_an_empty_buffer) {
    ByteBuffer first;
    first.append("bytes");

    ByteBuffer second(std::move(first));
    EXPECT_EQ(second.view(), "bytes");

    ByteBuffer third;
    third.append("forgotten");
    third = std::move(second);
    EXPECT_EQ(third.view(), "bytes");
    EXPECT_TRUE(second.empty());  // NOLINT(bugprone-use-after-move): the state is defined
    EXPECT_EQ(second.capacity(), 0U);
}

TEST(ByteBuffer, steady_traffic_with_a_remainder_never_grows_the_buffer) {
    ByteBuffer buffer;
    const std::string frame(300, 'f');
    buffer.append("partial");
    buffer.append(frame);
    buffer.consume(300);
    const std::size_t capacity = buffer.capacity();

    for (int i = 0; i < 10'000; ++i) {
        buffer.append(frame);
        buffer.consume(frame.size());
    }

    EXPECT_EQ(buffer.size(), 7U);
    EXPECT_EQ(buffer.capacity(), capacity);
}

TEST(ByteBuffer, a_standing_queue_bounds_the_capacity) {
    // A large remainder may cost one doubling, not one per round.
    ByteBuffer buffer;
    buffer.append(std::string(10'000, 'q'));

    for (int i = 0; i < 10'000; ++i) {
        buffer.append(std::string(100, 'x'));
        buffer.consume(100);
    }

    EXPECT_EQ(buffer.size(), 10'000U);
    EXPECT_LE(buffer.capacity(), 50'000U);
}

TEST(ByteBuffer, any_sequence_of_operations_equals_that_on_a_string) {
    std::mt19937 random(3);
    ByteBuffer buffer;
    std::string model;
    char next = 'a';

    for (int i = 0; i < 20'000; ++i) {
        const std::size_t amount = random() % 700;
        switch (random() % 5) {
            case 0:
            case 1: {
                const std::string bytes(amount, next);
                next = next == 'z' ? 'a' : static_cast<char>(next + 1);
                buffer.append(bytes);
                model += bytes;
                break;
            }
            case 2: {
                const std::size_t bytes = std::min(amount * 2, model.size());
                buffer.consume(bytes);
                model.erase(0, bytes);
                break;
            }
            case 3:
                buffer.push_back('!');
                model += '!';
                break;
            case 4:
                if (amount < 50) {
                    buffer.truncate(model.size() / 2);
                    model.resize(model.size() / 2);
                }
                break;
        }
        ASSERT_EQ(buffer.view(), model);
    }
}

}  // namespace
}  // namespace ringside::base
