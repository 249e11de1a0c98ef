#include "config/node_list.h"

#include "base/limits.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace ringside::config {
namespace {

using testing::HasSubstr;

bool is_metadata_service(std::string_view host) {
    return host == "169.254.169.254";
}

base::Expected<routing::Membership> parse(std::string_view text) {
    return parse_node_list(text, "n.yml", is_metadata_service);
}

std::string problem_of(std::string_view text) {
    const auto list = parse(text);
    return list ? "" : list.error().message;
}

const routing::Membership kTwo{
    .members = {{.name = "b", .address = {"10.0.0.2", 11212}, .weight = 2},
                {.name = "10.0.0.1", .address = {"10.0.0.1", 11211}, .weight = 1}}};

class SameTwoNodes : public testing::TestWithParam<const char*> {};

TEST_P(SameTwoNodes, are_read_from_each_form) {
    const auto list = parse(GetParam());

    ASSERT_TRUE(list) << list.error().message;
    EXPECT_EQ(*list, kTwo);
}

INSTANTIATE_TEST_SUITE_P(
    Forms, SameTwoNodes,
    testing::Values(
        "- 10.0.0.1:11211:1\n- 10.0.0.2:11212:2 b\n",
        "# comment\n---\n- 10.0.0.2:11212:2 b\n- {address: \"10.0.0.1:11211\"}",
        "servers:\n - 10.0.0.1:11211:1\n - {name: b, weight: 2, address: 10.0.0.2:11212}\n",
        "[\"10.0.0.1:11211:1\", \"10.0.0.2:11212:2 b\"]",
        "{\"servers\": [\n\t{\"address\": \"10.0.0.1:11211\", \"weight\": 1},\n"
        "\t{\"address\": \"10.0.0.2:11212\", \"weight\": 2, \"name\": \"b\"}\n]}\n"));

struct Refusal {
    const char* text;
    const char* problem;
};

class Refused : public testing::TestWithParam<Refusal> {};

TEST_P(Refused, tells_the_place_and_the_rule) {
    EXPECT_THAT(problem_of(GetParam().text), HasSubstr(GetParam().problem));
}

INSTANTIATE_TEST_SUITE_P(
    All, Refused,
    testing::Values(
        Refusal{"", "n.yml: the file is empty; write \"- HOST:PORT:WEIGHT [NAME]\" or"},
        Refusal{"# nothing\n", "n.yml: the file is empty"},
        Refusal{"[]\n", "n.yml:1:1: the list has no node"},
        Refusal{"servers: []\n", "n.yml:1:10: the list has no node"},
        Refusal{"servers:\n", "this is not a list of nodes"},
        Refusal{"{}\n", "n.yml:1:1: this is not a list of nodes"},
        Refusal{"nodes\n", "n.yml:1:1: this is not a list of nodes"},
        Refusal{"{server: []}\n", "n.yml:1:2: \"server\" is not a key; the only one is"},
        Refusal{"{servers: [/n:1], servers: [/m:1]}\n", "n.yml:1:19: \"servers\" is given twice"},
        Refusal{"- 10.0.0.1:11211:1\n- 10.0.0.2:112",
                "n.yml:2:3: nodes[1]: \"10.0.0.2:112\" is not \"HOST:PORT:WEIGHT [NAME]\""},
        Refusal{"- 10.0.0.1:11211:1\n---\n- 10.0.0.2:11211:1\n",
                "n.yml:2:1: a second YAML document starts here"},
        Refusal{"- /n:1 a\n- /m:1 a\n",
                "n.yml:2:3: nodes[1]: nodes[0] has the same ring name \"a\"; names are unique"},
        Refusal{"- [a]\n", "n.yml:1:3: nodes[0]: this is not a node"},
        Refusal{"- {weight: 1}\n", "nodes[0]: \"address\" is missing; write"},
        Refusal{"- {address: a:1, zone: b}\n", "nodes[0]: \"zone\" is not a key"},
        Refusal{"- {address: a:1, address: b:1}\n", "nodes[0]: address is given twice"},
        Refusal{"- {address: }\n", "nodes[0]: address has no value"},
        Refusal{"- {address: a:1, name: b c}\n", "nodes[0]: \"b c\" holds a blank"},
        Refusal{"- {address: a:1, weight: 0}\n", "nodes[0]: weight 0 is out of range"},
        Refusal{"- \"a:1:1 b\\u0007\"\n", "nodes[0]: the name \"b\\x07\" holds a control"},
        Refusal{"- 169.254.169.254:80:1 x\n",
                "nodes[0]: 169.254.169.254 is an unspecified, multicast or link-local address"},
        Refusal{"- *nobody\n", "n.yml:1:3: the referenced anchor is not defined"},
        Refusal{"&a [*a]\n", "n.yml:1:5: an alias stands inside of what it names"},
        Refusal{"[[[[[[[[[[[[[[[[[[[[", "this is nested too deeply"},
        Refusal{"- a\xff\n", "n.yml: is not UTF-8"}));

TEST(NodeList, has_as_many_nodes_as_a_pool_may_have_and_no_more) {
    std::string text;
    for (std::size_t i = 0; i < base::kPoolNodesMax; ++i) {
        text += fmt::format("- 10.0.{}.{}:11211:1\n", i / 256, i % 256);
    }
    EXPECT_EQ(problem_of(text), "");

    text += "- 10.1.0.0:11211:1\n";
    EXPECT_THAT(problem_of(text), HasSubstr("4097 nodes are out of range 1..4096"));
}

TEST(NodeList, a_file_that_is_too_large_is_not_looked_at) {
    EXPECT_EQ(problem_of(std::string(kNodeListBytesMax + 1, ' ')),
              "n.yml: is larger than 1048576 bytes");
}

}  // namespace
}  // namespace ringside::config
