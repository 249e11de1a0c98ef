// A node that joins a pool by its name: it takes keys when the name has led to an address.

#include "discovery/journal.h"
#include "support/captured_log.h"
#include "unit/discovery/controller_harness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ringside::discovery {
namespace {

using base::milliseconds;
using base::seconds;
using routing::NodeState;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Joining : public testing::Test {
  protected:
    void start_with(const std::vector<std::string>& nodes) {
        world_.controller.configure(config_, world_.now);
        list(nodes);
        world_.find_names();  // of the other pool
        world_.advance(seconds(1));
    }
    void list(const std::vector<std::string>& nodes) {
        world_.controller.on_membership(ControllerHarness::kDynamic, membership(nodes), world_.now);
    }
    void eject_by_health(bool auto_eject) { config_.pools[1].policy.auto_eject = auto_eject; }
    NodeState state_of(const std::string& node) const { return world_.find(node).state; }

    ControllerHarness world_;
    config::Config config_ = ControllerHarness::config();
};

TEST_F(Joining, a_list_waits_for_the_first_address_and_keys_move_once) {
    start_with({"a=10.0.0.1", "b=10.0.0.2"});
    const auto version = world_.controller.snapshot()->version;

    list({"a=10.0.0.1", "c=cache-c"});
    world_.advance(milliseconds(1900));
    EXPECT_THAT(world_.ring(), ElementsAre("a", "b"));
    world_.found("cache-c", {"10.0.0.3"});

    EXPECT_THAT(world_.ring(), ElementsAre("a", "c"));
    EXPECT_EQ(world_.controller.snapshot()->version, version + 1);
}

TEST_F(Joining, a_name_that_leads_nowhere_at_first_moves_keys_once_too) {
    start_with({"a=10.0.0.1", "b=10.0.0.2"});
    const auto version = world_.controller.snapshot()->version;

    list({"a=10.0.0.1", "c=cache-c"});
    world_.failed("cache-c", "no such name (NXDOMAIN)", {});
    world_.advance(milliseconds(1900));
    EXPECT_THAT(world_.ring(), ElementsAre("a", "b"));
    world_.found("cache-c", {"10.0.0.3"});

    EXPECT_THAT(world_.ring(), ElementsAre("a", "c"));
    EXPECT_EQ(world_.controller.snapshot()->version, version + 1);
}

TEST_F(Joining, a_name_that_leads_nowhere_keeps_the_others_waiting_for_two_seconds_only) {
    start_with({"a=10.0.0.1", "b=10.0.0.2"});
    base::CapturedLog log;

    list({"a=10.0.0.1", "c=cache-c", "d=10.0.0.4"});
    world_.failed("cache-c", "no such name (NXDOMAIN)", {});
    world_.advance(milliseconds(1999));
    EXPECT_THAT(world_.ring(), ElementsAre("a", "b"));
    world_.advance(milliseconds(1));

    EXPECT_THAT(world_.ring(), ElementsAre("a", "d"));
    EXPECT_EQ(state_of("c"), NodeState::joining);
    const PoolView view = *world_.controller.view("moving", world_.at());
    EXPECT_EQ(view.nodes[1].reason, "its name has led to no address yet (no such name (NXDOMAIN))");
    EXPECT_THAT(log.take(), HasSubstr("pool moving: node c stays out of the ring: its name has led "
                                      "to no address yet (no such name (NXDOMAIN)); 2 of 3 nodes"));
}

// A rolling replacement: each list waits two seconds at most, however many join meanwhile.
TEST_F(Joining, lists_that_follow_each_other_are_not_held_for_longer) {
    start_with({"a=10.0.0.1", "b=10.0.0.2"});
    for (int step = 0; step < 6; ++step) {
        const std::string next = "c" + std::to_string(step);
        list({"a=10.0.0.1", next + "=cache-" + next});
        world_.failed("cache-" + next, "no such name (NXDOMAIN)", {});
        world_.advance(milliseconds(700));
        if (step >= 2) {
            EXPECT_THAT(world_.ring(), ElementsAre("a")) << "b left at first";
        }
    }
}

TEST_F(Joining, a_node_that_stays_is_followed_to_its_new_address_at_once) {
    start_with({"a=10.0.0.1", "b=cache-b"});
    world_.found("cache-b", {"10.0.0.2"});
    world_.advance(seconds(1));
    list({"a=10.0.0.1", "b=cache-b", "c=cache-c"});

    world_.found("cache-b", {"10.0.0.9"});
    world_.advance(milliseconds(100));

    EXPECT_EQ(to_string(world_.find("b").addresses.front()), "10.0.0.9:11211");
}

TEST_F(Joining, a_list_that_says_its_address_ends_the_wait) {
    for (const bool auto_eject : {false, true}) {
        eject_by_health(auto_eject);
        start_with({"a=10.0.0.1", "b=10.0.0.2"});
        list({"a=10.0.0.1", "b=10.0.0.2", "c=cache-c"});
        world_.failed("cache-c", "no such name (NXDOMAIN)", {});
        world_.advance(seconds(3));
        ASSERT_EQ(state_of("c"), NodeState::joining);
        base::CapturedLog log;

        list({"a=10.0.0.1", "b=10.0.0.2", "c=10.0.0.3"});
        world_.advance(seconds(1));

        EXPECT_THAT(world_.ring(), ElementsAre("a", "b", "c"));
        EXPECT_THAT(log.take(), HasSubstr("node c joins the ring: it is listed at 10.0.0.3:11211"));
    }
}

TEST_F(Joining, the_node_is_in_the_ring_as_soon_as_its_name_leads_anywhere) {
    start_with({"a=10.0.0.1", "b=10.0.0.2"});
    list({"a=10.0.0.1", "b=10.0.0.2", "c=cache-c"});
    world_.advance(seconds(3600));
    ASSERT_EQ(state_of("c"), NodeState::joining);
    base::CapturedLog log;

    world_.found("cache-c", {"10.0.0.3"});

    EXPECT_THAT(world_.ring(), ElementsAre("a", "b", "c"));
    EXPECT_THAT(log.take(), HasSubstr("node c joins the ring: its name leads to 10.0.0.3:11211"));
    EXPECT_THAT(world_.controller.history("moving")->changes().back().causes,
                ElementsAre(ChangeCause::joined));
}

TEST_F(Joining, without_ejecting_it_is_in_after_half_a_minute_at_the_latest) {
    eject_by_health(false);
    start_with({"a=10.0.0.1", "b=10.0.0.2"});
    base::CapturedLog log;

    list({"a=10.0.0.1", "b=10.0.0.2", "c=cache-c"});
    world_.advance(milliseconds(29'999));
    EXPECT_THAT(world_.ring(), ElementsAre("a", "b"));
    world_.advance(milliseconds(1));

    EXPECT_THAT(world_.ring(), ElementsAre("a", "b", "c"));
    EXPECT_THAT(log.take(), HasSubstr("node c joins the ring, though its name has led to no "
                                      "address in 30 s: its requests fail"));
}

TEST_F(Joining, other_changes_do_not_wait_for_it) {
    start_with({"a=10.0.0.1", "b=10.0.0.2"});
    list({"a=10.0.0.1", "b=10.0.0.2", "c=cache-c"});

    ASSERT_TRUE(world_.controller.eject("moving", "b", {}, false, world_.now));

    EXPECT_THAT(world_.ring(), ElementsAre("a"));
}

TEST_F(Joining, a_change_of_another_pool_does_not_take_its_list_along) {
    start_with({"a=10.0.0.1", "b=10.0.0.2"});
    list({"a=10.0.0.1", "c=cache-c"});

    ASSERT_TRUE(world_.controller.eject("fixed", "b", {}, false, world_.now));
    world_.advance(milliseconds(1900));

    EXPECT_THAT(world_.ring(), ElementsAre("a", "b"));
    world_.found("cache-c", {"10.0.0.3"});
    EXPECT_THAT(world_.ring(), ElementsAre("a", "c"));
}

// What has changed is told with the ring that it led to.
TEST_F(Joining, a_reload_while_its_list_waits_tells_nothing_of_it) {
    start_with({"a=10.0.0.1", "b=10.0.0.2"});
    list({"a=10.0.0.1", "c=cache-c"});
    base::CapturedLog of_reload;

    world_.controller.configure(config_, world_.now);
    EXPECT_THAT(of_reload.take(), Not(HasSubstr("node b removed")));
    base::CapturedLog log;
    world_.found("cache-c", {"10.0.0.3"});

    EXPECT_THAT(log.take(), HasSubstr("node b removed; 2 of 2 nodes"));
}

TEST_F(Joining, a_pool_that_leaves_while_its_list_waits_comes_back_with_that_list) {
    start_with({"a=10.0.0.1", "b=10.0.0.2"});
    list({"a=10.0.0.1", "c=cache-c"});
    config::Config without = config_;
    without.pools.pop_back();

    world_.controller.configure(without, world_.now);
    world_.controller.configure(config_, world_.now);

    EXPECT_THAT(world_.ring(), ElementsAre("a"));
    world_.found("cache-c", {"10.0.0.3"});
    world_.advance(seconds(1));
    EXPECT_THAT(world_.ring(), ElementsAre("a", "c"));
}

TEST_F(Joining, of_a_ring_without_others_all_are_in_at_once) {
    start_with({"a=10.0.0.1"});

    list({"c=cache-c", "d=cache-d"});
    world_.advance(seconds(1));

    EXPECT_THAT(world_.ring(), ElementsAre("c", "d")) << "requests wait for their names";
}

TEST_F(Joining, one_that_joins_is_not_one_that_health_has_taken) {
    config_.pools[1].policy.max_ejected = {.unit = routing::MaxEjected::Unit::nodes, .amount = 1};
    start_with({"a=10.0.0.1", "b=10.0.0.2", "d=10.0.0.4"});
    list({"a=10.0.0.1", "b=10.0.0.2", "d=10.0.0.4", "c=cache-c"});
    world_.advance(seconds(3));

    world_.fail("a", 2);

    EXPECT_THAT(world_.ring(), ElementsAre("b", "d"));
}

TEST_F(Joining, the_operator_can_let_it_in) {
    start_with({"a=10.0.0.1", "b=10.0.0.2"});
    list({"a=10.0.0.1", "b=10.0.0.2", "c=cache-c"});
    world_.advance(seconds(3));

    ASSERT_TRUE(world_.controller.restore("moving", "c", world_.now));

    EXPECT_THAT(world_.ring(), ElementsAre("a", "b", "c"));
}

}  // namespace
}  // namespace ringside::discovery
