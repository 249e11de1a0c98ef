#include "config/environment.h"

#include "config/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <string>
#include <variant>

namespace ringside::config {
namespace {

using ::testing::HasSubstr;

std::string expanded(std::string_view text) {
    const std::map<std::string, std::string> set{
        {"HOST", "10.0.0.1"}, {"EMPTY", ""}, {"NESTED", "${HOST}"}, {"DOLLAR", "$"}};
    const auto result = expand(text, [&set](const std::string& name) {
        const auto found = set.find(name);
        return found == set.end() ? std::nullopt : std::optional(found->second);
    });
    return result ? *result : "error: " + result.error().message;
}

TEST(Environment, variables_are_replaced) {
    EXPECT_EQ(expanded(""), "");
    EXPECT_EQ(expanded("no variable, $HOST, 5$"), "no variable, $HOST, 5$");
    EXPECT_EQ(expanded("${HOST}:1:1 ${HOST}"), "10.0.0.1:1:1 10.0.0.1");
    EXPECT_EQ(expanded("[${EMPTY}]"), "[]");
    EXPECT_EQ(expanded("${NESTED}"), "${HOST}") << "what is put in is not looked at again";
    EXPECT_EQ(expanded("${DOLLAR}{HOST}"), "${HOST}");
}

TEST(Environment, a_default_counts_where_the_variable_is_not_set_or_empty) {
    EXPECT_EQ(expanded("${HOST:-b}"), "10.0.0.1");
    EXPECT_EQ(expanded("${EMPTY:-b}${GONE:-c}${GONE:-}"), "bc");
    EXPECT_EQ(expanded("${GONE:-a:-b}"), "a:-b");
}

TEST(Environment, a_doubled_dollar_is_a_dollar) {
    EXPECT_EQ(expanded("$${HOST}"), "${HOST}");
    EXPECT_EQ(expanded("a$${b} ${HOST}"), "a${b} 10.0.0.1");
}

TEST(Environment, what_is_not_set_and_what_is_no_variable_is_an_error) {
    EXPECT_EQ(expanded("${GONE}"),
              "error: the variable GONE is not set; set it, or write ${GONE:-DEFAULT}");
    for (const char* text : {"${}", "${1A}", "${A B}", "${A-b}", "${:-x}", "a${HOST"}) {
        EXPECT_THAT(expanded(text), HasSubstr("error: ")) << text;
    }
}

TEST(Environment, of_the_process_is_taken_only_where_the_file_asks_for_it) {
    ::setenv("RINGSIDE_TEST_NODE", "10.0.0.9", 1);
    const std::string pool =
        "p: &p\n  listen: 127.0.0.1:1\n  servers: [\"${RINGSIDE_TEST_NODE}:1:1 n\"]\n"
        "q: {<<: *p, listen: \"127.0.0.1:${RINGSIDE_TEST_PORT:-2}\"}\n";

    const auto config = load_text("ringside: {expand_env: true}\n" + pool, "f.yml");

    ASSERT_TRUE(config) << config.error().message;
    for (const PoolConfig& each : config->pools) {
        EXPECT_EQ(std::get<StaticSource>(each.source).membership.members.at(0).address.host,
                  "10.0.0.9")
            << each.name;
    }
    EXPECT_EQ(config->pools.at(1).listen.address.port, 2);
}

TEST(Environment, a_variable_that_is_not_set_is_told_with_its_place) {
    const auto config = load_text(
        "ringside: {expand_env: true}\np:\n  listen: 127.0.0.1:1\n"
        "  servers: [10.0.0.1:1:1, \"${RINGSIDE_TEST_GONE}:1:1\"]\n",
        "f.yml");

    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().message,
              "f.yml:4:27: the variable RINGSIDE_TEST_GONE is not set; set it, or write "
              "${RINGSIDE_TEST_GONE:-DEFAULT}");
}

}  // namespace
}  // namespace ringside::config
