#include "ringctl/yaml.h"

#include "support/yaml_as_json.h"

#include <gtest/gtest.h>

#include <string>

namespace ringside::ctl {
namespace {

using http::Json;

TEST(Yaml, is_in_blocks_with_lists_of_numbers_in_a_line) {
    const Json document = {{"name", "cache"},
                           {"nodes", Json::array({{{"a", 1}, {"b", Json::array({1, 2})}}, "x"})},
                           {"none", Json::array()}};

    EXPECT_EQ(to_yaml(document),
              "name: cache\n"
              "nodes:\n"
              "  - a: 1\n"
              "    b: [1,2]\n"
              "  - x\n"
              "none: []\n");
}

// What another reader understands is what was meant, whatever it looks like.
TEST(Yaml, another_reader_finds_the_same_values) {
    const Json document = {
        {"words", Json::array({"true", "no", "~", "", " a", "a: b", "- x", "#c", "1", "0x1f", "1e3",
                               "10.0.0.1:11211", "null", "\n", "\"q\"", "\x1b", "é", "[1]", "{}"})},
        {"10.0.0.1:11211", nullptr},
        {"numbers", {{"small", 1e-05}, {"large", 18446744073709551615U}, {"negative", -7}}},
        {"nested", Json::array({Json::array({Json::array({"deep", Json::object()})}),
                                {{"k", Json::array({{{"x", true}}})}}})},
    };

    EXPECT_EQ(ringside::testing::yaml_as_json(to_yaml(document)), nlohmann::json(document));
}

TEST(Yaml, of_what_is_no_document_stays_what_it_is) {
    EXPECT_EQ(as_data({.format = Format::yaml}, "ok"), "ok\n");
    EXPECT_EQ(as_data({.format = Format::yaml}, "{\"a\": []}"), "a: []\n");
    EXPECT_EQ(as_data({.format = Format::json}, "{\"a\": []}\n"), "{\"a\": []}\n");
    EXPECT_EQ(to_yaml(7), "7\n");
}

}  // namespace
}  // namespace ringside::ctl
