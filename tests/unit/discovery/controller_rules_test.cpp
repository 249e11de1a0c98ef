// What the rules between a source and the ring (config/source_rules.h) make of its lists, in the
// controller as a whole.
#include "controller_harness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ringside::discovery {
namespace {

using base::milliseconds;
using base::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ControllerRules : public testing::Test {
  protected:
    ControllerRules() { config_.pools[1].rules = {}; }

    void load() { world_.controller.configure(config_, world_.now); }
    void start_with(const std::vector<std::string>& nodes) {
        load();
        say(nodes);
        world_.advance(seconds(1));
    }
    // The source does.
    void say(const std::vector<std::string>& nodes) {
        world_.controller.on_membership(ControllerHarness::kDynamic, membership(nodes), world_.now);
    }
    void say_nothing() { fail(base::Errc::not_found, "no such name (NXDOMAIN)"); }
    void fail(base::Errc code = base::Errc::timed_out, const char* why = "no answer") {
        world_.controller.on_source_failure(ControllerHarness::kDynamic, {code, why}, world_.now);
    }
    PoolView view() { return *world_.controller.view("moving", world_.at()); }

    ControllerHarness world_;
    config::Config config_ = ControllerHarness::config();
};

// --- many that leave at once ---

TEST_F(ControllerRules, many_leave_when_the_source_says_so_again_and_again) {
    start_with({"a", "b", "c", "d"});

    say({"a"});
    EXPECT_THAT(world_.ring(), ElementsAre("a", "b", "c", "d"));
    EXPECT_EQ(
        view().last_failure,
        "3 of 4 nodes would leave at once, more than change_max of 50%; 1 of 3 answers agree");
    world_.advance(milliseconds(999));
    EXPECT_THAT(world_.refreshes, IsEmpty());
    world_.advance(milliseconds(1001));
    EXPECT_THAT(world_.refreshes, ElementsAre(ControllerHarness::kDynamic));
    say({"a"});
    world_.advance(seconds(2));
    EXPECT_THAT(world_.refreshes, testing::SizeIs(2));
    EXPECT_THAT(world_.ring(), ElementsAre("a", "b", "c", "d"));
    say({"a"});

    EXPECT_THAT(world_.ring(), ElementsAre("a"));
    EXPECT_EQ(view().last_failure, "");
    world_.advance(seconds(10));
    EXPECT_THAT(world_.refreshes, testing::SizeIs(2)) << "nobody is in doubt any more";
}

TEST_F(ControllerRules, a_source_that_fails_or_thinks_better_of_it_takes_nobody_away) {
    start_with({"a=10.0.0.1", "b=10.0.0.2", "c=10.0.0.3", "d=10.0.0.4"});

    say({"a=10.0.0.1"});
    world_.advance(seconds(2));
    world_.controller.on_source_failure(ControllerHarness::kDynamic,
                                        {base::Errc::timed_out, "no answer"}, world_.now);
    say({"a=10.0.0.1"});
    world_.advance(seconds(2));
    say({"a=10.0.0.1", "b=10.0.0.2", "c=10.0.0.3", "d=10.0.0.4", "e=10.0.0.5"});

    EXPECT_THAT(world_.ring(), ElementsAre("a", "b", "c", "d", "e"));
    world_.advance(seconds(2));
    say({"a=10.0.0.1"});
    EXPECT_THAT(world_.ring(), ElementsAre("a", "b", "c", "d", "e"));
}

TEST_F(ControllerRules, the_first_list_of_another_source_is_no_loss_of_nodes) {
    start_with({"a", "b", "c", "d"});

    config_.pools[1].source = config::ElastiCacheSource{.endpoint = {"other.example", 11211}};
    load();
    EXPECT_THAT(world_.ring(), ElementsAre("a", "b", "c", "d"));
    say({"x", "y"});
    world_.advance(seconds(1));

    EXPECT_THAT(world_.ring(), ElementsAre("x", "y"));
    say({"z"});
    EXPECT_THAT(world_.ring(), ElementsAre("x", "y"));
}

TEST_F(ControllerRules, other_limits_hold_from_their_reload_on) {
    start_with({"a", "b", "c", "d"});
    say({"a"});

    config_.pools[1].rules.change.leave_percent_max = 75;
    load();
    say({"a"});
    world_.advance(seconds(1));
    EXPECT_THAT(world_.ring(), ElementsAre("a"));
    config_.pools[1].rules.change = {.nodes_min = 2, .leave_percent_max = 100, .answers = 1};
    load();
    EXPECT_THAT(world_.ring(), ElementsAre("a")) << "what is there stays";
    say({"b"});

    EXPECT_THAT(world_.ring(), ElementsAre("a"));
    EXPECT_EQ(view().last_failure, "the list has 1 nodes, and nodes_min is 2");
}

// --- a source that says that there is nothing ---

TEST_F(ControllerRules, the_last_list_is_held_for_ever_by_default) {
    start_with({"a", "b"});
    const base::TimePoint since = world_.now;

    say_nothing();
    world_.advance(std::chrono::hours(24 * 365));
    say_nothing();
    world_.advance(seconds(1));

    EXPECT_THAT(world_.ring(), ElementsAre("a", "b"));
    EXPECT_EQ(view().source_state, "held");
    EXPECT_EQ(view().source_state_since, world_.at().wall - (world_.now - since));
    EXPECT_THAT(world_.refreshes, IsEmpty());
    say({"a", "b"});
    EXPECT_EQ(view().source_state, "good");
}

TEST_F(ControllerRules, a_pool_loses_its_nodes_when_the_source_says_so_again_behind_the_hold) {
    config_.pools[1].rules.hold = seconds(60);
    start_with({"x", "y"});
    world_.find_names();
    ASSERT_TRUE(world_.controller.ready());

    say_nothing();
    world_.advance(seconds(59));
    say_nothing();
    EXPECT_THAT(world_.ring(), ElementsAre("x", "y"));
    EXPECT_THAT(world_.refreshes, IsEmpty());
    world_.advance(seconds(7));
    EXPECT_THAT(world_.refreshes, ElementsAre(ControllerHarness::kDynamic)) << "does it mean it?";
    EXPECT_THAT(world_.ring(), ElementsAre("x", "y"));
    say_nothing();
    world_.advance(seconds(1));

    EXPECT_THAT(world_.ring(), IsEmpty());
    EXPECT_EQ(view().source_state, "empty");
    EXPECT_THAT(world_.looked_up, testing::Not(testing::Contains("x")));
    EXPECT_TRUE(world_.controller.ready()) << "readiness never goes back";
    EXPECT_THAT(world_.pool().no_node_reason, HasSubstr("says that there are none ("));
    fail();
    world_.advance(seconds(1));
    EXPECT_THAT(world_.pool().no_node_reason, HasSubstr("gives no usable list ("));
    say({"c"});
    world_.advance(seconds(1));
    EXPECT_THAT(world_.ring(), ElementsAre("c"));
    EXPECT_EQ(view().source_state, "good");
}

TEST_F(ControllerRules, a_failure_neither_begins_nor_ends_a_hold) {
    config_.pools[1].rules.hold = seconds(60);
    start_with({"a", "b"});

    fail();
    world_.advance(seconds(120));
    fail();
    EXPECT_EQ(view().source_state, "failing");
    say_nothing();
    world_.advance(seconds(30));
    fail();
    EXPECT_EQ(view().source_state, "held");
    world_.advance(seconds(60));
    fail();
    world_.advance(seconds(60));

    EXPECT_THAT(world_.ring(), ElementsAre("a", "b")) << "nobody has said it twice";
    say_nothing();
    world_.advance(seconds(1));
    EXPECT_THAT(world_.ring(), IsEmpty());
}

TEST_F(ControllerRules, a_list_that_is_not_believed_ends_a_hold_all_the_same) {
    config_.pools[1].rules.hold = seconds(60);
    start_with({"a", "b", "c", "d"});

    say_nothing();
    world_.advance(seconds(50));
    say({"a"});
    EXPECT_EQ(view().source_state, "failing");
    world_.advance(seconds(20));
    say_nothing();

    EXPECT_THAT(world_.ring(), ElementsAre("a", "b", "c", "d"));
    EXPECT_EQ(view().source_state, "held");
}

TEST_F(ControllerRules, another_hold_counts_from_its_begin) {
    start_with({"a", "b"});
    say_nothing();
    world_.advance(seconds(100));

    config_.pools[1].rules.hold = seconds(60);
    load();
    world_.advance(seconds(10));
    EXPECT_THAT(world_.refreshes, ElementsAre(ControllerHarness::kDynamic));
    config_.pools[1].rules.hold = seconds(300);
    load();
    say_nothing();

    EXPECT_THAT(world_.ring(), ElementsAre("a", "b"));
    world_.advance(seconds(300));
    EXPECT_THAT(world_.refreshes, testing::SizeIs(2));
}

// --- a node that comes and goes ---

TEST_F(ControllerRules, a_node_that_comes_and_goes_stays_out_until_it_is_stable) {
    start_with({"a=10.0.0.1", "b=10.0.0.2", "c=10.0.0.3"});
    for (int i = 0; i < 4; ++i) {
        say({"a=10.0.0.1", "b=10.0.0.2"});
        world_.advance(seconds(1));
        say({"a=10.0.0.1", "b=10.0.0.2", "c=10.0.0.3"});
        world_.advance(seconds(1));
    }

    EXPECT_THAT(world_.ring(), ElementsAre("a", "b"));
    ASSERT_THAT(view().kept_out, testing::SizeIs(1));
    EXPECT_EQ(view().kept_out[0].name, "c");
    EXPECT_EQ(view().kept_out[0].remaining, seconds(299));
    world_.advance(seconds(300));

    EXPECT_THAT(world_.ring(), ElementsAre("a", "b", "c"));
    EXPECT_THAT(view().kept_out, IsEmpty());
}

TEST_F(ControllerRules, another_limit_for_returns_lets_those_join_who_were_kept_out) {
    start_with({"a=10.0.0.1", "b=10.0.0.2", "c=10.0.0.3"});
    for (int i = 0; i < 4; ++i) {
        say({"a=10.0.0.1", "b=10.0.0.2"});
        say({"a=10.0.0.1", "b=10.0.0.2", "c=10.0.0.3"});
        world_.advance(seconds(1));
    }
    ASSERT_THAT(world_.ring(), ElementsAre("a", "b"));

    config_.pools[1].rules.returns_max = 10;
    load();
    world_.advance(seconds(1));

    EXPECT_THAT(world_.ring(), ElementsAre("a", "b", "c"));
}

}  // namespace
}  // namespace ringside::discovery
