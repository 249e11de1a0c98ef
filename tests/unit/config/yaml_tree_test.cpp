#include "config/yaml_tree.h"

#include "config/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace ringside::config {
namespace {

using ::testing::HasSubstr;

std::string merged(const std::string& yaml) {
    const YAML::Node root = YAML::Load(yaml);
    if (const auto problem = merge_maps(root)) {
        return std::to_string(line_of(problem->mark)) + ": " + problem->reason;
    }
    YAML::Emitter out;
    out << YAML::Flow << root["target"];
    return out.c_str();
}

TEST(YamlTree, a_map_takes_the_keys_that_it_has_not_itself) {
    EXPECT_EQ(merged("base: &base {a: 1, b: 2}\ntarget: {<<: *base, b: 3}"), "{b: 3, a: 1}");
    EXPECT_EQ(merged("base: &base {a: 1}\nnext: &next {<<: *base, b: 2}\ntarget: {<<: *next}"),
              "{b: 2, a: 1}")
        << "templates of templates";
    EXPECT_EQ(merged("p: &p {a: 1, b: 1}\nq: &q {b: 2, c: 2}\ntarget: {<<: [*p, *q]}"),
              "{a: 1, b: 1, c: 2}")
        << "of several the first counts";
    EXPECT_EQ(merged("target: {\"<<\": 1}"), "{<<: 1}") << "in quotes it is a key as others";
    EXPECT_EQ(merged("target: {<<: 1}"),
              "1: \"<<\" takes a map, such as *NAME of one that has &NAME");
}

TEST(YamlTree, what_a_template_says_twice_is_refused) {
    EXPECT_EQ(merged("x-d: &d {a: 1,\n a: 2}\ntarget: {<<: *d}"), "2: \"a\" is given twice");
}

TEST(YamlTree, templates_that_multiply_are_refused) {
    std::string yaml = "m0: &m0 {";
    for (int i = 0; i < 1'000; ++i) {
        yaml += "k" + std::to_string(i) + ": 1, ";
    }
    yaml += "}\n";
    for (int i = 0; i < 300; ++i) {
        yaml += "n" + std::to_string(i) + ": {<<: *m0}\n";
    }

    EXPECT_THAT(merged(yaml + "target: {}"), HasSubstr("makes the file too large"));
}

constexpr const char* kPools =
    "x-defaults: &defaults\n"
    "  servers: [10.0.0.1:11211:1]\n"
    "  timeout: 250\n"
    "  hash: murmur\n"
    "a: {<<: *defaults, listen: 127.0.0.1:1}\n"
    "b: {<<: *defaults, listen: 127.0.0.1:2, timeout: 100}\n";

TEST(YamlTree, pools_are_made_of_a_template) {
    const auto config = load_text(kPools, "f.yml");

    ASSERT_TRUE(config) << config.error().message;
    ASSERT_EQ(config->pools.size(), 2u) << "a template is no pool";
    EXPECT_EQ(config->pools[0].policy.timeout.count(), 250);
    EXPECT_EQ(config->pools[1].policy.timeout.count(), 100);
    EXPECT_EQ(config->pools[1].policy.hash, routing::HashKind::murmur);
}

TEST(YamlTree, a_fault_in_a_template_is_told_where_it_is_written) {
    std::string wrong = kPools;
    wrong.replace(wrong.find("250"), 3, "soon");

    const auto config = load_text(wrong, "f.yml");

    ASSERT_FALSE(config);
    EXPECT_THAT(config.error().message, HasSubstr("f.yml:3:12: a.timeout: "));
}

}  // namespace
}  // namespace ringside::config
