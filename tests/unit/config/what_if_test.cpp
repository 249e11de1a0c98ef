#include "config/what_if.h"

#include "base/limits.h"

#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

namespace ringside::config {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using Texts = std::vector<std::string>;

routing::PoolPtr three() {
    std::vector<routing::PoolNode> nodes;
    for (const char* name : {"a", "b", "c:1"}) {
        nodes.push_back({.node = {.name = name, .address = {"10.0.0.1", 1}}});
    }
    nodes[1].state = routing::NodeState::ejected_by_health;
    return routing::build_pool(7, "cache", {}, std::move(nodes));
}

// "a*1" for each node, "!" behind one that is ejected.
Texts nodes_of(const routing::Pool& pool) {
    Texts texts;
    for (const routing::PoolNode& each : pool.nodes) {
        texts.push_back(each.node.name + "*" + std::to_string(each.node.weight) +
                        (each.state == routing::NodeState::in_ring ? "" : "!"));
    }
    return texts;
}

base::Expected<routing::PoolPtr> ask(const Texts& add, const Texts& remove, const Texts& weight) {
    return pool_as_asked(*three(), {.add = add, .remove = remove, .weight = weight});
}

TEST(WhatIf, has_all_changes_and_leaves_the_pool_as_it_is) {
    const routing::PoolPtr before = three();
    const Texts add{"10.0.0.4:11211:3", "10.0.0.5:11211:1 e"};
    const Texts remove{"a"};
    const Texts weight{"c:1:5"};

    const auto after = pool_as_asked(*before, {.add = add, .remove = remove, .weight = weight});

    ASSERT_TRUE(after.has_value()) << after.error().message;
    EXPECT_THAT(nodes_of(**after), ElementsAre("b*1!", "e*1", "c:1*5", "10.0.0.4*3"));
    EXPECT_EQ((*after)->name, "cache");
    EXPECT_THAT(nodes_of(*before), ElementsAre("a*1", "b*1!", "c:1*1"));
}

TEST(WhatIf, takes_nodes_out_of_the_ring_and_puts_them_back) {
    const Texts eject{"a"};
    const Texts restore{"b"};
    const Texts nobody{"x"};

    const auto after = pool_as_asked(
        *three(), {.add = {}, .remove = {}, .weight = {}, .eject = eject, .restore = restore});
    const auto unknown = pool_as_asked(
        *three(), {.add = {}, .remove = {}, .weight = {}, .eject = nobody, .restore = {}});

    EXPECT_THAT(nodes_of(**after), ElementsAre("a*1!", "b*1", "c:1*1"));
    ASSERT_FALSE(unknown.has_value());
    EXPECT_THAT(unknown.error().message, ::testing::StartsWith("eject: "));
}

TEST(WhatIf, removes_a_name_before_it_is_added_anew) {
    const auto after = ask({"10.9.0.1:1:2 a"}, {"a"}, {});

    EXPECT_THAT(nodes_of(**after), ElementsAre("a*2", "b*1!", "c:1*1"));
}

TEST(WhatIf, says_what_is_wrong_and_what_to_do) {
    const auto message = [](const base::Expected<routing::PoolPtr>& outcome) {
        EXPECT_FALSE(outcome.has_value());
        EXPECT_EQ(outcome.error().code, base::Errc::invalid_argument);
        return outcome.error().message;
    };

    EXPECT_THAT(message(ask({}, {}, {})), HasSubstr("say what to add"));
    EXPECT_THAT(message(ask({}, {"x"}, {})), HasSubstr("remove: pool cache has no node \"x\""));
    EXPECT_THAT(message(ask({}, {}, {"x:2"})), HasSubstr("weight: pool cache has no node \"x\""));
    EXPECT_THAT(message(ask({}, {}, {"a"})), HasSubstr("\"a\" is not \"NAME:WEIGHT\""));
    EXPECT_THAT(message(ask({}, {}, {"a:0"})), HasSubstr("weight"));
    EXPECT_THAT(message(ask({"10.0.0.4"}, {}, {})), HasSubstr("add: "));
    EXPECT_THAT(message(ask({"10.0.0.4:1:1 a"}, {}, {})),
                AllOf(HasSubstr("node \"a\" is there already"), HasSubstr("\"weight\"")));
    EXPECT_THAT(message(ask({}, {"a", "b", "c:1"}, {})), HasSubstr("no node would be left"));
}

TEST(WhatIf, has_no_more_nodes_than_a_pool_may_have) {
    Texts many;
    for (std::size_t i = 0; i < base::kPoolNodesMax; ++i) {
        many.push_back("10.0.0.9:1:1 n" + std::to_string(i));
    }

    EXPECT_THAT(ask(many, {}, {}).error().message, HasSubstr("at most"));
}

}  // namespace
}  // namespace ringside::config
