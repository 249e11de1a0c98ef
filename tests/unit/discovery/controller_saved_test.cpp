// What outlives the process, from one controller to the next.
#include "controller_harness.h"
#include "discovery/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace ringside::discovery {
namespace {

using base::milliseconds;
using base::seconds;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kSource = "elasticache cfg.example:11211";

// Two processes, one behind the other, with the same configuration unless a test changes it. Their
// monotonic clocks have nothing in common.
class ControllerSaved : public testing::Test {
  protected:
    ControllerSaved() { after_.now += seconds(5'000'000); }

    // The first process learns these nodes, and ends.
    void learn(const std::vector<std::string>& nodes) {
        before_.controller.configure(config_, before_.now);
        before_.controller.on_membership(ControllerHarness::kDynamic, membership(nodes, 7),
                                         before_.now);
        before_.find_names();
    }
    // The second one begins so much later.
    void restart(base::Duration later = seconds(10)) {
        const SavedState saved = before_.controller.saved_state(before_.at());
        down_ = std::chrono::duration_cast<WallTime::duration>(later);
        after_.controller.configure(config_, after_.now);
        after_.controller.take_saved(saved, at());
    }
    base::Moment at() const {
        const auto ran = std::chrono::duration_cast<WallTime::duration>(after_.now - begin_);
        return {after_.now, before_.at().wall + down_ + ran};
    }
    void say(const std::vector<std::string>& nodes) {
        after_.controller.on_membership(ControllerHarness::kDynamic, membership(nodes, 8),
                                        after_.now);
    }
    PoolView view() { return *after_.controller.view("moving", at()); }
    SavedPool saved_again() { return after_.controller.saved_state(at()).pools[1]; }

    ControllerHarness before_;
    ControllerHarness after_;
    const base::TimePoint begin_ = after_.now + seconds(5'000'000);
    WallTime::duration down_{};
    config::Config config_ = ControllerHarness::config();
};

TEST_F(ControllerSaved, the_last_list_serves_at_once_and_is_marked_stale_until_the_source_answers) {
    learn({"a=10.0.0.1", "b=10.0.0.2"});
    const WallTime said_at = before_.at().wall;

    restart();

    EXPECT_THAT(after_.ring(), ElementsAre("a", "b"));
    EXPECT_THAT(after_.controller.readiness_report(), Each(Not(HasSubstr("moving"))));
    EXPECT_EQ(view().stale_since, said_at - milliseconds(100));
    EXPECT_EQ(view().source_state, "waiting");
    EXPECT_EQ(view().source_version, 7U);
    EXPECT_THAT(after_.member_counts, ElementsAre(2U)) << "its source may ask them";
    EXPECT_EQ(after_.listed_by, view().source);
    const auto& changes = after_.controller.history("moving")->changes();
    EXPECT_THAT(changes.back().causes, ElementsAre(ChangeCause::saved_list));

    say({"a=10.0.0.1", "b=10.0.0.2"});

    EXPECT_EQ(view().stale_since, std::nullopt);
    EXPECT_EQ(view().source_state, "good");
    EXPECT_THAT(after_.ring(), ElementsAre("a", "b"));
}

TEST_F(ControllerSaved, the_first_answer_is_published_at_once) {
    learn({"a=10.0.0.1", "b=10.0.0.2"});
    restart();

    say({"a=10.0.0.1", "b=10.0.0.2", "c=10.0.0.3"});

    EXPECT_THAT(after_.ring(), ElementsAre("a", "b", "c"));
    EXPECT_THAT(after_.controller.history("moving")->changes().back().causes,
                ElementsAre(ChangeCause::source));
}

TEST_F(ControllerSaved, a_failing_source_leaves_it_as_it_is) {
    learn({"a=10.0.0.1"});
    restart();

    after_.controller.on_source_failure(ControllerHarness::kDynamic,
                                        {base::Errc::timed_out, "no answer"}, after_.now);

    EXPECT_THAT(after_.ring(), ElementsAre("a"));
    EXPECT_TRUE(view().stale_since);
    EXPECT_EQ(view().last_failure, "no answer");
}

TEST_F(ControllerSaved, names_keep_the_addresses_that_they_led_to) {
    learn({"a", "b"});
    restart();
    EXPECT_THAT(after_.find("a").addresses, ElementsAre(routing::Address{"10.9.0.1", 11211}));
    EXPECT_THAT(after_.looked_up, ElementsAre("a", "b"));
    EXPECT_THAT(after_.controller.readiness_report(), Each(Not(HasSubstr("moving"))));

    after_.failed("a", "name lookup timed out");
    after_.found("b", {"10.9.0.2"});
    after_.advance(milliseconds(100));

    EXPECT_THAT(after_.find("a").addresses, ElementsAre(routing::Address{"10.9.0.1", 11211}));
    EXPECT_EQ(after_.find("a").address_problem, "name lookup timed out");
    EXPECT_THAT(after_.find("b").addresses, ElementsAre(routing::Address{"10.9.0.2", 11211}));
}

TEST_F(ControllerSaved, names_that_are_still_not_found_are_saved_again_with_their_addresses) {
    learn({"a"});
    const SavedPool first = before_.controller.saved_state(before_.at()).pools[1];
    restart();
    after_.failed("a", "name lookup timed out");

    EXPECT_EQ(saved_again(), first) << "also when it was said: nobody has said it again";
}

TEST_F(ControllerSaved, many_that_leave_are_believed_when_answers_agree) {
    config_.pools[1].rules = {};
    learn({"a=10.0.0.1", "b=10.0.0.2", "c=10.0.0.3", "d=10.0.0.4"});
    restart(std::chrono::hours(24 * 7));

    say({"e=10.0.0.5"});
    EXPECT_THAT(after_.ring(), ElementsAre("a", "b", "c", "d"));
    EXPECT_TRUE(view().stale_since);
    for (int answer = 0; answer < 2; ++answer) {
        after_.advance(seconds(2));
        say({"e=10.0.0.5"});
    }
    after_.advance(seconds(1));

    EXPECT_THAT(after_.ring(), ElementsAre("e"));
    EXPECT_FALSE(view().stale_since);
}

TEST_F(ControllerSaved, a_hold_begins_with_the_first_answer_that_there_is_nothing) {
    config_.pools[1].rules.hold = seconds(60);
    learn({"a=10.0.0.1"});
    restart(std::chrono::hours(1));
    const auto say_nothing = [this] {
        after_.controller.on_source_failure(ControllerHarness::kDynamic,
                                            {base::Errc::not_found, "no nodes"}, after_.now);
    };

    say_nothing();
    EXPECT_EQ(view().source_state, "held");
    after_.advance(seconds(59));
    say_nothing();
    EXPECT_THAT(after_.ring(), ElementsAre("a"));
    after_.advance(seconds(1));
    say_nothing();
    after_.advance(seconds(1));

    EXPECT_THAT(after_.ring(), IsEmpty());
    EXPECT_FALSE(view().stale_since);
    EXPECT_FALSE(saved_again().list) << "what was dropped does not come back";
}

TEST_F(ControllerSaved, a_list_of_another_source_or_identity_is_not_used_and_kept_for_its_return) {
    learn({"a=10.0.0.1"});
    const SavedState saved = before_.controller.saved_state(before_.at());
    std::vector<config::Config> others(4, config_);
    others[0].pools[1].source = config::ElastiCacheSource{.endpoint = {"other.example", 11211}};
    others[1].pools[1].identity = routing::Identity::address;
    others[2].pools[1].rules.change.nodes_min = 2;
    others[3].pools[1].allow = {*routing::IpRange::parse("10.1.0.0/16")};

    for (const config::Config& config : others) {
        ControllerHarness next;
        next.controller.configure(config, next.now);
        next.controller.take_saved(saved, next.at());

        EXPECT_THAT(next.ring(), IsEmpty());
        EXPECT_FALSE(next.controller.ready());
        EXPECT_EQ(next.controller.saved_state(next.at()).pools[1].list, saved.pools[1].list);
    }
}

TEST_F(ControllerSaved, another_source_of_the_pool_takes_over_after_a_minute_whatever_it_names) {
    config_.pools[1].fallbacks = {
        config::DnsSource{.names = {{"cache.example", 11211}}, .times = {}}};
    const std::string dns = "dns cache.example:11211";
    learn({"a=10.0.0.1", "b=10.0.0.2"});
    restart();
    after_.controller.on_membership(ControllerHarness::kDynamic, membership({"c=10.0.0.3"}),
                                    after_.now, dns);
    EXPECT_THAT(after_.ring(), ElementsAre("a", "b"));

    after_.advance(seconds(61));

    EXPECT_THAT(after_.ring(), ElementsAre("c")) << "news of today against a list of before";
    EXPECT_FALSE(view().stale_since);
    EXPECT_EQ(saved_again().list->source, dns);
}

TEST_F(ControllerSaved, the_first_list_of_the_preferred_source_is_not_measured_by_one_of_another) {
    config_.pools[1].rules = {};
    config_.pools[1].fallbacks = {
        config::DnsSource{.names = {{"cache.example", 11211}}, .times = {}}};
    before_.controller.configure(config_, before_.now);
    before_.controller.on_membership(ControllerHarness::kDynamic,
                                     membership({"a=10.0.0.1", "b=10.0.0.2"}), before_.now,
                                     "dns cache.example:11211");
    before_.advance(seconds(4));
    ASSERT_EQ(before_.controller.saved_state(before_.at()).pools[1].list->source,
              "dns cache.example:11211");
    restart();
    EXPECT_THAT(after_.ring(), ElementsAre("a", "b"));

    after_.controller.on_membership(ControllerHarness::kDynamic, membership({"c=10.0.0.3"}),
                                    after_.now, kSource);

    EXPECT_THAT(after_.ring(), ElementsAre("c"));
}

TEST_F(ControllerSaved, nodes_that_the_configuration_lists_are_not_saved) {
    config_.pools[1].fallbacks = {config::StaticSource{membership({"s=10.0.0.9"}, 0)}};
    before_.controller.configure(config_, before_.now);
    before_.advance(seconds(4));
    ASSERT_THAT(before_.ring(), ElementsAre("s"));

    const SavedState saved = before_.controller.saved_state(before_.at());

    EXPECT_FALSE(saved.pools[0].list);
    EXPECT_FALSE(saved.pools[1].list);
}

TEST_F(ControllerSaved, a_saved_list_goes_before_the_one_in_the_configuration) {
    config_.pools[1].fallbacks = {config::StaticSource{membership({"s=10.0.0.9"}, 0)}};
    learn({"a=10.0.0.1"});

    restart();
    after_.advance(std::chrono::minutes(10));

    EXPECT_THAT(after_.ring(), ElementsAre("a"));
}

// --- ejections ---

TEST_F(ControllerSaved, a_node_that_was_drained_still_is_and_why) {
    learn({"a=10.0.0.1", "b=10.0.0.2"});
    const discovery::Controller::TakeOut how{.duration = {}, .remark = "disk (al)"};
    ASSERT_TRUE(before_.controller.drain("moving", "a", how, false, before_.now));

    restart(seconds(20));

    EXPECT_EQ(after_.view("a").reason, "drained by the operator, until restored: disk (al)");
}

TEST_F(ControllerSaved, ejections_go_on_until_their_end_by_the_clock_on_the_wall) {
    learn({"a=10.0.0.1", "b=10.0.0.2", "c=10.0.0.3"});
    ASSERT_TRUE(before_.controller.eject("moving", "a", {seconds(60)}, false, before_.now));
    ASSERT_TRUE(before_.controller.eject("moving", "b", {}, false, before_.now));
    ASSERT_TRUE(before_.controller.eject("fixed", "a", {}, false, before_.now));

    restart(seconds(20));

    EXPECT_THAT(after_.ring(), ElementsAre("c"));
    EXPECT_EQ(after_.pool(ControllerHarness::kStatic).nodes[0].state,
              routing::NodeState::ejected_by_operator);
    EXPECT_THAT(after_.ejections, IsEmpty()) << "it is counted once";
    after_.advance(seconds(39));
    EXPECT_THAT(after_.ring(), ElementsAre("c"));
    after_.advance(seconds(2));
    EXPECT_THAT(after_.ring(), ElementsAre("a", "c"));
    ASSERT_TRUE(after_.controller.restore("moving", "b", after_.now));
    EXPECT_THAT(after_.ring(), ElementsAre("a", "b", "c"));
}

TEST_F(ControllerSaved, an_ejection_that_has_ended_meanwhile_is_none) {
    learn({"a=10.0.0.1", "b=10.0.0.2"});
    ASSERT_TRUE(before_.controller.eject("moving", "a", {seconds(60)}, false, before_.now));

    restart(seconds(60));

    EXPECT_THAT(after_.ring(), ElementsAre("a", "b"));
    EXPECT_THAT(saved_again().ejections, IsEmpty());
}

TEST_F(ControllerSaved, a_node_that_is_not_there_is_ejected_when_it_comes) {
    learn({"a=10.0.0.1", "b=10.0.0.2"});
    ASSERT_TRUE(before_.controller.eject("moving", "a", {}, false, before_.now));
    before_.controller.on_membership(ControllerHarness::kDynamic, membership({"b=10.0.0.2"}, 8),
                                     before_.now);
    restart();
    EXPECT_THAT(saved_again().ejections, ElementsAre(SavedEjection{"a", std::nullopt}));

    say({"a=10.0.0.1", "b=10.0.0.2"});

    EXPECT_THAT(after_.ring(), ElementsAre("b"));
}

TEST_F(ControllerSaved, a_pool_of_another_protocol_takes_nothing) {
    learn({"a=10.0.0.1"});
    config_.pools[1].policy.protocol = routing::ProtocolKind::redis;

    restart();

    EXPECT_THAT(after_.ring(), IsEmpty());
    EXPECT_FALSE(view().stale_since);
}

// --- when there is something to write ---

TEST_F(ControllerSaved, each_change_of_what_is_saved_is_told) {
    int told = 0;
    Controller controller({.publish = [](const routing::SnapshotPtr&) {},
                           .probe = [](routing::PoolId, const routing::PoolNode&) {},
                           .refresh = [](routing::PoolId, RefreshAsked) {},
                           .members_changed = [](routing::PoolId, const MembersKnown&) {},
                           .ejected = [](routing::PoolId, routing::NodeId) {},
                           .degraded = [](routing::PoolId, routing::NodeId, bool) {},
                           .use_names = [](const std::set<std::string>&) {},
                           .doubt_name = [](const std::string&) {},
                           .lookup_failed = [](routing::PoolId, routing::NodeId) {},
                           .node_forgotten = [](routing::PoolId, routing::NodeId) {},
                           .pool_forgotten = [](routing::PoolId) {},
                           .state_changed = [&told] { ++told; }});
    const base::TimePoint now = before_.now;
    const auto tells = [&told](auto&& action) {
        const int before = told;
        action();
        return told > before;
    };
    controller.configure(config_, now);

    EXPECT_TRUE(tells([&] {
        controller.on_membership(ControllerHarness::kDynamic,
                                 membership({"a=10.0.0.1", "b=10.0.0.2"}), now);
    }));
    EXPECT_TRUE(tells([&] {
        controller.on_membership(ControllerHarness::kDynamic,
                                 membership({"a=10.0.0.1", "b=10.0.0.2"}), now);
    })) << "a saved list is not stale any more";
    EXPECT_TRUE(tells([&] { (void)controller.eject("moving", "a", {}, false, now); }));
    EXPECT_TRUE(tells([&] { (void)controller.eject("moving", "a", {seconds(9)}, false, now); }));
    EXPECT_TRUE(tells([&] { (void)controller.restore("moving", "a", now); }));
}

}  // namespace
}  // namespace ringside::discovery
