#include "base/parse.h"

#include <gtest/gtest.h>

namespace ringside::base {
namespace {

TEST(ParseUnsigned, digits_within_the_range_are_a_number) {
    EXPECT_EQ(parse_unsigned("0", 0, 10), 0U);
    EXPECT_EQ(parse_unsigned("11211", 1, 65535), 11211U);
    EXPECT_EQ(parse_unsigned("0007", 0, 10), 7U);
    EXPECT_EQ(parse_unsigned("18446744073709551615", 0, UINT64_MAX), UINT64_MAX);
}

TEST(ParseUnsigned, both_ends_of_the_range_belong_to_it) {
    EXPECT_EQ(parse_unsigned("1", 1, 3), 1U);
    EXPECT_EQ(parse_unsigned("3", 1, 3), 3U);
    EXPECT_EQ(parse_unsigned("0", 1, 3), std::nullopt);
    EXPECT_EQ(parse_unsigned("4", 1, 3), std::nullopt);
}

TEST(ParseUnsigned, anything_but_digits_is_refused) {
    for (const char* text :
         {"", " ", "-1", "+1", " 1", "1 ", "1.0", "0x10", "1e3", "1_000", "a", "\xd9\xa1", "1\n"}) {
        EXPECT_EQ(parse_unsigned(text, 0, UINT64_MAX), std::nullopt) << text;
    }
    EXPECT_EQ(parse_unsigned(std::string_view("1\0", 2), 0, UINT64_MAX), std::nullopt);
}

TEST(ParseUnsigned, a_number_that_does_not_fit_is_refused) {
    EXPECT_EQ(parse_unsigned("18446744073709551616", 0, UINT64_MAX), std::nullopt);
    EXPECT_EQ(parse_unsigned("18446744073709551620", 0, UINT64_MAX), std::nullopt);
    EXPECT_EQ(parse_unsigned("99999999999999999999999999", 0, UINT64_MAX), std::nullopt);
}

TEST(ParseDuration, each_unit_is_understood) {
    EXPECT_EQ(parse_duration("400ms", seconds(1)), milliseconds(400));
    EXPECT_EQ(parse_duration("2s", milliseconds(1)), milliseconds(2000));
    EXPECT_EQ(parse_duration("5m", milliseconds(1)), milliseconds(300'000));
    EXPECT_EQ(parse_duration("1h", milliseconds(1)), milliseconds(3'600'000));
    EXPECT_EQ(parse_duration("0s", milliseconds(1)), milliseconds(0));
}

TEST(ParseDuration, a_bare_number_counts_in_the_given_unit) {
    EXPECT_EQ(parse_duration("400", milliseconds(1)), milliseconds(400));
    EXPECT_EQ(parse_duration("60", seconds(1)), milliseconds(60'000));
}

TEST(ParseDuration, anything_else_is_refused) {
    for (const char* text : {"", "s", "ms", "-1s", "1 s", "1.5s", "1d", "1S", "s1", "1ss", "1sm",
                             "1us", "1h30m", "forever"}) {
        EXPECT_EQ(parse_duration(text, milliseconds(1)), std::nullopt) << text;
    }
}

TEST(ParseDuration, a_duration_beyond_the_count_of_milliseconds_is_refused) {
    EXPECT_EQ(parse_duration("9223372036854775807ms", milliseconds(1)), milliseconds(INT64_MAX));
    EXPECT_EQ(parse_duration("9223372036854775808ms", milliseconds(1)), std::nullopt);
    EXPECT_EQ(parse_duration("9223372036854776s", milliseconds(1)), std::nullopt);
    EXPECT_EQ(parse_duration("2562047788016h", milliseconds(1)), std::nullopt);
}

TEST(Trimmed, leaves_out_the_blanks_around_and_not_those_inside) {
    EXPECT_EQ(trimmed(" \tapp cache\r\n"), "app cache");
    EXPECT_EQ(trimmed("app"), "app");
    EXPECT_EQ(trimmed(" \r\n"), "");
    EXPECT_EQ(trimmed(""), "");
}

}  // namespace
}  // namespace ringside::base
