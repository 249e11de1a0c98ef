#include "base/json_text.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace ringside::base {
namespace {

TEST(JsonText, plain_text_stays_as_it_is) {
    EXPECT_EQ(json_text(""), "");
    EXPECT_EQ(json_text("pool alpha: 3 nodes / ready"), "pool alpha: 3 nodes / ready");
}

TEST(JsonText, quotes_backslashes_and_control_characters_are_escaped) {
    EXPECT_EQ(json_text(R"(a "b" \c)"), R"(a \"b\" \\c)");
    EXPECT_EQ(json_text(std::string_view("\0\r\n\x1b[2J\x7f", 8)),
              R"(\u0000\u000d\u000a\u001b[2J\u007f)");
}

TEST(JsonText, characters_of_every_length_stay) {
    EXPECT_EQ(json_text("\xc3\xbc \xe2\x82\xac \xed\x9f\xbf \xf0\x9f\x90\xb0 \xf4\x8f\xbf\xbf"),
              "\xc3\xbc \xe2\x82\xac \xed\x9f\xbf \xf0\x9f\x90\xb0 \xf4\x8f\xbf\xbf");
}

TEST(JsonText, what_is_not_utf8_is_replaced_byte_by_byte) {
    constexpr const char* kReplaced = "\xef\xbf\xbd";
    const std::string one = std::string("<") + kReplaced + ">";
    const std::string two = std::string("<") + kReplaced + kReplaced + ">";
    const std::string three = std::string("<") + kReplaced + kReplaced + kReplaced + ">";
    EXPECT_EQ(json_text("<\xff>"), one) << "never part of UTF-8";
    EXPECT_EQ(json_text("<\x80>"), one) << "a continuation without a beginning";
    EXPECT_EQ(json_text("<\xc3>"), one) << "a beginning without its continuation";
    EXPECT_EQ(json_text("<\xc0\x80>"), two) << "an overlong NUL";
    EXPECT_EQ(json_text("<\xed\xa0\x80>"), three) << "a surrogate";
    EXPECT_EQ(json_text("<\xe0\x9f\xbf>"), three) << "overlong";
    EXPECT_EQ(json_text("\xe2\x82"), std::string(kReplaced) + kReplaced) << "cut off at the end";
}

}  // namespace
}  // namespace ringside::base
