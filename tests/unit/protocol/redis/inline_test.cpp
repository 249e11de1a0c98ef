#include "protocol/redis/inline.h"

#include <gmock/gmock.h>

#include <optional>

namespace ringside::protocol {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;

// Nothing if the line is refused.
std::optional<std::vector<std::string>> words_of(std::string_view line) {
    std::vector<Slice> slices;
    std::string decoded;
    if (!split_inline_words(line, slices, decoded)) {
        return std::nullopt;
    }
    std::vector<std::string> words;
    for (const Slice& slice : slices) {
        words.emplace_back(slice.of(decoded.empty() ? line : std::string_view(decoded)));
    }
    return words;
}

TEST(RespInline, words_are_separated_by_blanks) {
    EXPECT_THAT(words_of("SET a  b"), Optional(ElementsAre("SET", "a", "b")));
    EXPECT_THAT(words_of(" \tGET\va\r"), Optional(ElementsAre("GET", "a")));
    EXPECT_THAT(words_of(""), Optional(IsEmpty()));
    EXPECT_THAT(words_of(" \t "), Optional(IsEmpty()));
}

TEST(RespInline, double_quotes_hold_blanks_and_escapes) {
    EXPECT_THAT(words_of(R"(SET a "b c")"), Optional(ElementsAre("SET", "a", "b c")));
    EXPECT_THAT(words_of(R"("\n\r\t\b\a\\\"\q")"), Optional(ElementsAre("\n\r\t\b\a\\\"q")));
    EXPECT_THAT(words_of(R"("\x41\x4a\xFf")"), Optional(ElementsAre("AJ\xff")));
    EXPECT_THAT(words_of(R"("\x4")"), Optional(ElementsAre("x4")));
    EXPECT_THAT(words_of(R"("\xZZ" "'")"), Optional(ElementsAre("xZZ", "'")));
    EXPECT_THAT(words_of(R"(SET a "")"), Optional(ElementsAre("SET", "a", "")));
    EXPECT_THAT(words_of(R"(a"b c" d)"), Optional(ElementsAre("ab c", "d")));
}

TEST(RespInline, single_quotes_hold_everything_but_themselves) {
    EXPECT_THAT(words_of(R"('a b' 'c\'d')"), Optional(ElementsAre("a b", "c'd")));
    EXPECT_THAT(words_of(R"('\n\x41"')"), Optional(ElementsAre(R"(\n\x41")")));
}

TEST(RespInline, a_quote_must_be_closed_and_end_the_word) {
    for (const std::string_view line : {R"("a)", R"('a)", R"(")", R"(')", R"("a\")", R"("a"b)",
                                        R"('a'b)", R"(GET "a"'b')", R"("a\)", R"('a\')"}) {
        EXPECT_EQ(words_of(line), std::nullopt) << line;
    }
}

}  // namespace
}  // namespace ringside::protocol
