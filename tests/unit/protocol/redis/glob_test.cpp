#include "protocol/redis/glob.h"

#include <gtest/gtest.h>

#include <string>

namespace ringside::protocol {
namespace {

TEST(Glob, describes_a_text_as_in_redis) {
    const struct {
        std::string_view pattern;
        std::string_view text;
    } cases[] = {
        {"", ""},
        {"*", ""},
        {"**", "abc"},
        {"abc", "abc"},
        {"ABC", "abc"},
        {"a*c", "abbbc"},
        {"*b*b*", "abbc"},
        {"x*", "xadd"},
        {"?", "a"},
        {"a?c", "abc"},
        {"[abc]", "b"},
        {"[a-c]x", "bx"},
        {"[c-a]", "b"},
        {"[^a]", "b"},
        {"[^a-c]", "d"},
        {"[A-C]", "b"},
        {"\\*", "*"},
        {"a\\?", "a?"},
        {"[\\]]", "]"},
        {"\\", "\\"},
        {"config|*", "config|get"},
        {"*-x*-y", "a-x-x-y-y"},
        {"[a", "a"},
        {"[a-", "-"},
        {"[]", "["},
    };
    for (const auto& each : cases) {
        const bool expected = each.pattern != "[]";  // no character at all
        EXPECT_EQ(matches_glob(each.pattern, each.text), expected) << each.pattern;
    }
}

TEST(Glob, does_not_describe_other_texts) {
    const struct {
        std::string_view pattern;
        std::string_view text;
    } cases[] = {
        {"", "a"},       {"a", ""},      {"?", ""},      {"abc", "abcd"},
        {"abcd", "abc"}, {"a*c", "abd"}, {"[abc]", "d"}, {"[^abc]", "b"},
        {"\\*", "x"},    {"[a-c]", ""},  {"*?", ""},     {"x*", "exists"},
    };
    for (const auto& each : cases) {
        EXPECT_FALSE(matches_glob(each.pattern, each.text)) << each.pattern << " " << each.text;
    }
}

// With a recursion for each asterisk this would not end.
TEST(Glob, many_asterisks_cost_little) {
    std::string pattern;
    for (int i = 0; i < 60; ++i) {
        pattern += "a*";
    }
    EXPECT_FALSE(matches_glob(pattern + "b", std::string(200, 'a')));
}

}  // namespace
}  // namespace ringside::protocol
