#include "protocol/memcache/words.h"

#include <gtest/gtest.h>

#include <string>

namespace ringside::protocol {
namespace {

TEST(MemcacheWords, a_key_ends_at_the_first_byte_that_keys_do_not_allow_wherever_it_stands) {
    for (std::size_t position = 0; position < 24; ++position) {
        for (int byte = 0; byte < 256; ++byte) {
            std::string line(24, 'k');
            line[position] = static_cast<char>(byte);
            const bool allowed = byte > 0x20 && byte != 0x7f;

            EXPECT_EQ(end_of_key(line, 0), allowed ? line.size() : position) << byte;
        }
    }
}

TEST(MemcacheWords, neighbours_of_a_forbidden_byte_do_not_hide_it) {
    for (const std::string_view bytes : {"\x80\x7f", "\x7f\x80", "\x7e\x7f", "\x01\x21", "\xff\x20",
                                         "\x21\x20", "\x20\x80", "\xa0\x1f"}) {
        const std::string line = "kkk" + std::string(bytes) + "kkkkkkkkkkk";
        const std::size_t first = is_key_byte(line[3]) ? 4 : 3;

        EXPECT_EQ(end_of_key(line, 0), first);
    }
}

TEST(MemcacheWords, a_number_is_the_whole_word_and_within_its_range) {
    EXPECT_EQ(parse_number("0", 9), 0U);
    EXPECT_EQ(parse_number("09", 9), 9U);
    EXPECT_EQ(parse_number("18446744073709551615", UINT64_MAX), UINT64_MAX);
    EXPECT_EQ(parse_number("9999999999999999999", UINT64_MAX), 9999999999999999999U);
    for (const std::string_view word : {"", "-1", "+1", "1 ", "x", "10", "18446744073709551616",
                                        "99999999999999999999", "000000000000000000001"}) {
        EXPECT_EQ(parse_number(word, 9), std::nullopt) << word;
        EXPECT_TRUE(word == "10" || !parse_number(word, UINT64_MAX)) << word;
    }
}

}  // namespace
}  // namespace ringside::protocol
