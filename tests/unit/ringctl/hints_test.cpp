#include "ringctl/hints.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ringside::ctl {
namespace {

using Names = std::vector<std::string>;

TEST(Hints, a_swap_is_one_mistake) {
    EXPECT_EQ(edit_distance("eject", "eject"), 0U);
    EXPECT_EQ(edit_distance("ejcet", "eject"), 1U);
    EXPECT_EQ(edit_distance("", "abc"), 3U);
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(Hints, the_nearest_is_meant_and_nothing_that_is_far) {
    const Names known{"eject", "reconnect", "reload"};

    EXPECT_EQ(did_you_mean("ejct", known), "; did you mean 'eject'?");
    EXPECT_EQ(did_you_mean("relaod", known), "; did you mean 'reload'?");
    EXPECT_EQ(did_you_mean("rec", known), "; did you mean 'reconnect'?");
    EXPECT_EQ(did_you_mean("nonsense", known), "");
    EXPECT_EQ(did_you_mean("", known), "");
    EXPECT_EQ(did_you_mean("re", known), "");
}

TEST(Hints, a_name_that_begins_another_is_itself) {
    const Names known{"node-1", "node-10", "node-11", "other"};

    EXPECT_EQ(begin_with("node-1", known), Names{"node-1"});
    EXPECT_EQ(begin_with("node-", known), (Names{"node-1", "node-10", "node-11"}));
    EXPECT_EQ(begin_with("o", known), Names{"other"});
    EXPECT_EQ(begin_with("x", known), Names{});
}

TEST(Hints, lists_of_names_are_short_and_cannot_steer_a_terminal) {
    EXPECT_EQ(listed(Names{"a"}), "a");
    EXPECT_EQ(listed(Names{"a", "b", "c\x1b"}), "a, b and c?");
    EXPECT_EQ(listed(Names(20, "n")), "n, n, n, n, n, n, n, n and 12 more");
}

}  // namespace
}  // namespace ringside::ctl
