#include "config/text.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace ringside::config {
namespace {

TEST(InQuotes, escapes_control_characters_and_cuts_long_text) {
    EXPECT_EQ(in_quotes("a b"), "\"a b\"");
    EXPECT_EQ(in_quotes("a\nb\x7f"), "\"a\\x0ab\\x7f\"");
    EXPECT_EQ(in_quotes(std::string(80, 'x')), "\"" + std::string(80, 'x') + "\"");
    EXPECT_EQ(in_quotes(std::string(81, 'x')), "\"" + std::string(80, 'x') + "...\"");
}

TEST(HasControlCharacter, finds_bytes_below_blank_and_del) {
    EXPECT_FALSE(has_control_character("plain \xc3\xbc"));
    EXPECT_TRUE(has_control_character("a\x1f"));
    EXPECT_TRUE(has_control_character("\x7f"));
    EXPECT_TRUE(has_control_character(std::string_view("\0", 1)));
}

TEST(IsUtf8, accepts_the_ends_of_each_row_of_the_table) {
    for (const char* text :
         {"", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
          "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
        EXPECT_TRUE(is_utf8(text)) << in_quotes(text);
    }
}

TEST(IsUtf8, refuses_overlong_forms_surrogates_and_cut_sequences) {
    for (const char* text : {"\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
                             "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc2", "\xe1\x80",
                             "\xf1\x80\x80", "\xc2\x41", "\xe1\x80\x41"}) {
        EXPECT_FALSE(is_utf8(text)) << in_quotes(text);
    }
}

TEST(DidYouMean, suggests_the_nearest_within_two_edits) {
    constexpr std::array<std::string_view, 4> kNames{"timeout", "backlog", "redis", "redis_db"};

    EXPECT_EQ(did_you_mean("tiemout", kNames), " (did you mean \"timeout\"?)");
    EXPECT_EQ(did_you_mean("redis-db", kNames), " (did you mean \"redis_db\"?)");
    EXPECT_EQ(did_you_mean("redi", kNames), " (did you mean \"redis\"?)");
    EXPECT_EQ(did_you_mean("tmt", kNames), "");
    EXPECT_EQ(did_you_mean(std::string(65, 't'), kNames), "");
}

}  // namespace
}  // namespace ringside::config
