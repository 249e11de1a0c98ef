#include "base/utf8.h"

#include <gtest/gtest.h>

#include <string_view>

namespace ringside::base {
namespace {

TEST(Utf8, tells_how_long_the_first_character_is) {
    EXPECT_EQ(utf8_size("a"), 1u);
    EXPECT_EQ(utf8_size(std::string_view("\0", 1)), 1u);
    EXPECT_EQ(utf8_size("\xc3\xa4z"), 2u);
    EXPECT_EQ(utf8_size("\xe2\x82\xac"), 3u);
    EXPECT_EQ(utf8_size("\xf0\x9f\x98\x80"), 4u);
}

// RFC 3629, sections 3 and 4.
TEST(Utf8, finds_no_character_where_there_is_none) {
    for (const std::string_view text :
         {"\x80", "\xc3", "\xc3z", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xe2\x82",
          "\xf4\x90\x80\x80", "\xff", "\xf0\x9f\x98z"}) {
        EXPECT_EQ(utf8_size(text), 0u) << testing::PrintToString(text);
    }
}

}  // namespace
}  // namespace ringside::base
