// Bytes that have been read and not yet understood.
#include "proxy/inbox.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>

namespace ringside::proxy {
namespace {

class InboxTest : public testing::Test {
  protected:
    // As the transport does: fills the target, then shows what there is.
    std::string_view read(std::string_view bytes, std::size_t wanted = 0) {
        const std::span<char> target = inbox_.target(shared_, wanted);
        std::copy(bytes.begin(), bytes.end(), target.begin());
        return inbox_.received(shared_, bytes.size());
    }

    std::array<char, 65536> shared_{};
    BufferPool buffers_;
    Inbox inbox_;
};

TEST_F(InboxTest, shows_a_whole_message_where_it_was_read) {
    const std::string_view bytes = read("get a\r\n");

    EXPECT_EQ(bytes, "get a\r\n");
    EXPECT_EQ(bytes.data(), shared_.data());
    inbox_.keep(bytes, bytes.size(), 0, buffers_);
    EXPECT_TRUE(inbox_.pending().empty());
}

TEST_F(InboxTest, puts_the_rest_of_a_message_behind_its_beginning) {
    inbox_.keep(read("get a\r\nget b"), 7, 0, buffers_);
    EXPECT_EQ(inbox_.pending(), "get b");

    const std::string_view bytes = read("ig\r\n");

    EXPECT_EQ(bytes, "get big\r\n");
    inbox_.keep(bytes, bytes.size(), 0, buffers_);
    EXPECT_TRUE(inbox_.pending().empty());
    EXPECT_EQ(read("next").data(), shared_.data());
}

TEST_F(InboxTest, grows_with_what_has_come_and_not_with_what_was_declared) {
    inbox_.keep(read("set a 0 0 500000\r\n"), 0, 0, buffers_);

    const std::size_t room = inbox_.target(shared_, 500'000).size();
    EXPECT_GE(room, 4'096u);
    EXPECT_LE(room, 70'000u);
    EXPECT_GE(inbox_.target(shared_, 10).size(), 10u);
}

}  // namespace
}  // namespace ringside::proxy
