#include "discovery/used_names.h"

#include "controller_harness.h"
#include "discovery/node_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ringside::discovery {
namespace {

using Heard = UsedNames::Heard;

constexpr base::TimePoint kNow{base::seconds(1000)};

TEST(UsedNames, tells_whether_the_names_are_others_than_before) {
    UsedNames names;

    EXPECT_FALSE(names.use({}));
    EXPECT_TRUE(names.use({"a", "b"}));
    EXPECT_FALSE(names.use({"a", "b"}));
    EXPECT_TRUE(names.use({"b"}));
    EXPECT_TRUE(names.use({"b", "c"}));
}

TEST(UsedNames, knows_when_the_last_of_them_was_heard_of_first) {
    UsedNames names;
    names.use({"a", "b"});

    EXPECT_EQ(names.take("a", {.ips = {"10.0.0.1"}}), Heard::another);
    EXPECT_EQ(names.take("a", {.ips = {"10.0.0.2"}}), Heard::another);
    EXPECT_EQ(names.take("b", {.problem = "no such name"}), Heard::last);
    EXPECT_EQ(names.take("b", {.ips = {"10.0.0.3"}}), Heard::another) << "it was heard of before";
}

TEST(UsedNames, news_of_a_name_that_nobody_uses_any_more_are_none) {
    UsedNames names;
    names.use({"a"});
    names.use({"b"});

    EXPECT_EQ(names.take("a", {.ips = {"10.0.0.1"}}), Heard::unused);
}

TEST(UsedNames, nodes_that_come_later_get_to_know_what_is_known) {
    LogLines lines;
    NodeBook nodes("alpha", {}, lines);
    UsedNames names;
    names.use({"a", "b"});
    names.take("a", {.ips = {"10.0.0.1"}});
    nodes.take_members(membership({"a", "b"}), kNow);

    EXPECT_TRUE(names.tell(nodes, kNow));

    EXPECT_EQ(to_string(nodes.nodes()[0].addresses.front()), "10.0.0.1:11211");
    EXPECT_TRUE(nodes.waits_for_names()) << "of b nothing was heard yet";
    EXPECT_FALSE(names.tell(nodes, kNow)) << "they know already";
}

TEST(UsedNames, what_was_known_of_a_name_is_forgotten_with_its_last_use) {
    LogLines lines;
    NodeBook nodes("alpha", {}, lines);
    nodes.take_members(membership({"a"}), kNow);
    UsedNames names;
    names.use({"a"});
    names.take("a", {.ips = {"10.0.0.1"}});

    names.use({});
    names.use({"a"});

    EXPECT_FALSE(names.tell(nodes, kNow));
}

}  // namespace
}  // namespace ringside::discovery
