#include "inject/patch.h"

#include "unit/inject/pods.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace ringside::inject {
namespace {

// "OP PATH VALUE" a line; it gives `after`, applied to `before`.
std::string said(std::string_view before_yaml, std::string_view after_yaml) {
    const Json before = yaml(before_yaml);
    const Json after = yaml(after_yaml);
    const Json patch = patch_between(before, after);
    EXPECT_EQ(with_patch(before, patch), after);
    std::string text;
    for (const Json& each : patch) {
        text += each["op"].get<std::string>() + " " + each["path"].get<std::string>() + " " +
                each["value"].dump() + "\n";
    }
    return text;
}

TEST(Patch, of_equal_documents_is_empty) {
    EXPECT_EQ(said("{a: [1]}", "{a: [1]}"), "");
}

TEST(Patch, members_are_added_with_their_names_escaped) {
    EXPECT_EQ(said("{a: {b: 1}}", "{a: {b: 1, c/d~e: {f: g}}}"), "add /a/c~1d~0e {\"f\":\"g\"}\n");
}

TEST(Patch, null_is_replaced_where_it_stands) {
    EXPECT_EQ(said("{a: null, b: 1}", "{a: [1], b: 1}"), "replace /a [1]\n");
}

TEST(Patch, items_come_in_where_they_belong_and_the_others_are_found_by_name) {
    EXPECT_EQ(said("[{name: a}, {name: b, x: 1}]",
                   "[{name: new}, {name: a, v: 1}, {name: mid}, {name: b, x: 2}, {name: end}]"),
              "add /0 {\"name\":\"new\"}\n"
              "add /1/v 1\n"
              "add /2 {\"name\":\"mid\"}\n"
              "replace /3/x 2\n"
              "add /4 {\"name\":\"end\"}\n");
    EXPECT_EQ(said("[1, 2]", "[0, 1, 2, 3]"), "add /0 0\nadd /3 3\n");
}

TEST(Patch, what_has_lost_something_is_replaced_as_a_whole) {
    EXPECT_EQ(said("{l: [{name: a}, {name: b}]}", "{l: [{name: b}]}"),
              "replace /l [{\"name\":\"b\"}]\n");
    EXPECT_EQ(said("{l: [1, 2]}", "{l: [2, 1]}"), "replace /l [2,1]\n");
    EXPECT_EQ(said("{m: {a: 1, b: 2}}", "{m: {b: 2}}"), "replace /m {\"b\":2}\n");
    EXPECT_EQ(said("{m: {a: 1, b: 2}}", "{m: {b: 2, a: 1}}"), "replace /m {\"b\":2,\"a\":1}\n");
}

TEST(Patch, one_that_does_not_apply_gives_nothing) {
    for (const char* patch :
         {R"([{"op":"replace","path":"/x","value":1}])",
          R"([{"op":"add","path":"/l/7","value":1}])", R"([{"op":"odd"}])", "[1]", "{}"}) {
        EXPECT_FALSE(with_patch(yaml("{l: []}"), Json::parse(patch))) << patch;
    }
}

}  // namespace
}  // namespace ringside::inject
