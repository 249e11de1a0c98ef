#include "inject/line.h"

#include <gtest/gtest.h>

namespace ringside::inject {
namespace {

TEST(OneLine, control_characters_become_blanks) {
    EXPECT_EQ(one_line("a\nb\r\tc\x7f", 10), "a b  c ");
}

TEST(OneLine, what_is_long_is_cut_behind_a_whole_character) {
    EXPECT_EQ(one_line("12345", 5), "12345");
    EXPECT_EQ(one_line("123456", 5), "12...");
    EXPECT_EQ(one_line("1\xc3\xa4xyz", 5), "1...");
    EXPECT_EQ(one_line("\xf0\x9f\x98\x80xyz", 6), "...");
}

}  // namespace
}  // namespace ringside::inject
