#include "base/command_line.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace ringside::base {
namespace {

struct Settings {
    std::uint16_t count = 0;
    std::string name;
    bool loud = false;
    bool cheerful = false;
};

constexpr std::array<Option<Settings>, 5> kOptions{{
    {"--count", "N", "how many",
     [](Settings& s, std::string_view text) {
         return parse_number<std::uint16_t>(text, 1, 500, s.count);
     }},
    {"--name", "TEXT", "of whom",
     [](Settings& s, std::string_view text) { return take_text(text, s.name); }},
    {"--loud", "", "shout", [](Settings& s, std::string_view) { return switch_on(s.loud); }},
    {"--cheerful", "", "smile", [](Settings& s, std::string_view) { return switch_on(s.cheerful); },
     "greet"},
    {.name = "--file",
     .argument = "FILE",
     .help = "from where",
     .apply = [](Settings& s, std::string_view text) { return take_text(text, s.name); },
     .letter = 'f'},
}};

struct Parsed {
    Settings settings;
    std::vector<std::string_view> others;
    std::string error;
};

Parsed parse(std::vector<const char*> words) {
    Parsed parsed;
    const auto others = parse_command_line<Settings>(kOptions, words, parsed.settings);
    if (others) {
        parsed.others = *others;
    } else {
        parsed.error = others.error().message;
    }
    return parsed;
}

TEST(CommandLine, takes_a_value_from_the_next_word_or_behind_an_equals_sign) {
    const Parsed parsed = parse({"--count", "7", "--name=a=b", "--loud"});

    EXPECT_EQ(parsed.error, "");
    EXPECT_EQ(parsed.settings.count, 7);
    EXPECT_EQ(parsed.settings.name, "a=b");
    EXPECT_TRUE(parsed.settings.loud);
}

TEST(CommandLine, an_option_with_a_letter_is_the_same_by_it) {
    EXPECT_EQ(parse({"-f", "-"}).settings.name, "-");
    EXPECT_EQ(parse({"-f=x"}).settings.name, "x");
    EXPECT_EQ(parse({"-f"}).error, "-f needs FILE");
    EXPECT_EQ(parse({"-x", "-"}).others, (std::vector<std::string_view>{"-x", "-"}));
    EXPECT_NE(help_lines<Settings>(kOptions).find("\n  -f, --file FILE"), std::string::npos);
}

TEST(CommandLine, returns_the_other_words_in_their_order) {
    const Parsed parsed = parse({"first", "--count", "7", "-", "second", "--", "--loud"});

    EXPECT_EQ(parsed.others, (std::vector<std::string_view>{"first", "-", "second", "--loud"}));
    EXPECT_FALSE(parsed.settings.loud);
}

TEST(CommandLine, takes_an_empty_value_behind_an_equals_sign) {
    const Parsed parsed = parse({"--name", "x", "--name="});

    EXPECT_EQ(parsed.error, "");
    EXPECT_EQ(parsed.settings.name, "");
}

TEST(CommandLine, says_what_is_wrong) {
    EXPECT_EQ(parse({"--colour"}).error, "unknown option --colour");
    EXPECT_EQ(parse({"--colour=red"}).error, "unknown option --colour");
    EXPECT_EQ(parse({"--count"}).error, "--count needs N");
    EXPECT_EQ(parse({"--count", "0"}).error, "--count: '0' is not a number from 1 to 500");
    EXPECT_EQ(parse({"--count=99999999999"}).error,
              "--count: '99999999999' is not a number from 1 to 500");
    EXPECT_EQ(parse({"--loud=yes"}).error, "--loud takes no value");
}

TEST(CommandLine, refuses_an_option_of_another_verb) {
    EXPECT_TRUE(parse({"greet", "--cheerful"}).settings.cheerful);
    EXPECT_TRUE(parse({"--cheerful", "greet"}).settings.cheerful);
    EXPECT_EQ(parse({"leave", "--cheerful"}).error, "--cheerful goes with greet");
    EXPECT_EQ(parse({"--cheerful", "leave", "greet"}).error, "--cheerful goes with greet");
    EXPECT_EQ(parse({"leave", "--loud"}).error, "");
}

TEST(CommandLine, shows_one_line_per_option) {
    EXPECT_EQ(help_lines<Settings>(kOptions),
              "  --count N              how many\n"
              "  --name TEXT            of whom\n"
              "  --loud                 shout\n"
              "  --cheerful             greet: smile\n"
              "  -f, --file FILE        from where\n");
}

}  // namespace
}  // namespace ringside::base
