#include "base/limits.h"
#include "controller_harness.h"
#include "discovery/publish_gate.h"
#include "health/outage.h"
#include "support/captured_log.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ringside::discovery {
namespace {

using base::Errc;
using base::milliseconds;
using base::seconds;
using routing::NodeState;
using testing::ElementsAre;
using testing::IsEmpty;

class ControllerEjection : public testing::Test, public ControllerHarness {
  protected:
    void SetUp() override {
        start_with({"a", "b", "c"});
        advance(seconds(1));  // nothing is held back any more
    }
};

// --- by health ---

TEST_F(ControllerEjection, failures_in_a_row_take_a_node_out_of_the_ring) {
    fail("b");
    EXPECT_THAT(ring(), ElementsAre("a", "b", "c"));
    EXPECT_EQ(view("b").reason, "1 failures in a row, the last known: connection refused");
    fail("b");

    EXPECT_THAT(ring(), ElementsAre("a", "c"));
    EXPECT_EQ(find("b").state, NodeState::ejected_by_health);
    EXPECT_EQ(ejections, (std::vector<routing::NodeId>{id("b")}));
    EXPECT_EQ(view("b").reason,
              "2 failures in a row, the last known: connection refused; waits for a probe");
    EXPECT_EQ(view("b").points, 0U);
    EXPECT_GE(view("b").remaining, milliseconds(1000));
    EXPECT_LE(view("b").remaining, milliseconds(1100));
}

TEST_F(ControllerEjection, an_answer_in_between_keeps_it_in) {
    fail("b");
    controller.on_health({.pool = kDynamic, .node = id("b"), .kind = health::HealthKind::recovered},
                         now);
    fail("b");

    EXPECT_THAT(ring(), ElementsAre("a", "b", "c"));
    EXPECT_THAT(ejections, IsEmpty());
}

TEST_F(ControllerEjection, a_pool_without_auto_eject_keeps_a_dead_node) {
    fail(kStatic, 0, 10);

    EXPECT_EQ(pool(kStatic).nodes[0].state, NodeState::in_ring);
    EXPECT_EQ(controller.view("fixed", at())->nodes[0].failures, 10U);
}

TEST_F(ControllerEjection, a_node_that_failed_and_is_idle_is_asked_how_it_is) {
    fail(kStatic, 0, 2);
    ASSERT_TRUE(controller.view("fixed", at())->nodes[0].failing_since);
    const std::size_t published_before = published.size();

    advance(health::Outage::kSilence - milliseconds(1));
    EXPECT_THAT(probes, IsEmpty());
    advance(milliseconds(1));
    ASSERT_EQ(probes.size(), 1U);
    controller.on_probe(kStatic, 0, false, now);
    EXPECT_TRUE(controller.view("fixed", at())->nodes[0].failing_since);
    advance(health::Outage::kSilence);
    ASSERT_EQ(probes.size(), 2U);
    controller.on_probe(kStatic, 0, true, now);

    EXPECT_FALSE(controller.view("fixed", at())->nodes[0].failing_since);
    EXPECT_EQ(controller.view("fixed", at())->nodes[0].failures, 0U);
    EXPECT_EQ(published.size(), published_before) << "the ring has not changed";
    advance(seconds(60));
    EXPECT_EQ(probes.size(), 2U);
}

TEST_F(ControllerEjection, an_ejected_node_is_probed_and_returns_only_when_it_answers) {
    find_names();
    fail("b", 2);
    advance(milliseconds(999));
    EXPECT_THAT(probes, IsEmpty());
    advance(milliseconds(101));
    EXPECT_THAT(probes, ElementsAre("b:11211"));
    EXPECT_THAT(ring(), ElementsAre("a", "c"));

    controller.on_probe(kDynamic, id("b"), false, now);
    advance(milliseconds(1600));
    EXPECT_EQ(probes.size(), 2U);
    EXPECT_THAT(ring(), ElementsAre("a", "c"));
    controller.on_probe(kDynamic, id("b"), true, now);

    EXPECT_THAT(ring(), ElementsAre("a", "b", "c"));
    EXPECT_EQ(view("b").failures, 0U);
    EXPECT_EQ(controller.next_deadline(), base::kNever);
}

TEST_F(ControllerEjection, one_probe_at_a_time) {
    fail("b", 2);

    advance(seconds(60));

    EXPECT_EQ(probes.size(), 1U);
    EXPECT_EQ(view("b").reason,
              "2 failures in a row, the last known: connection refused; a probe is under way");
}

TEST_F(ControllerEjection, ejections_in_quick_succession_do_not_wait_for_each_other) {
    const std::size_t published_before = published.size();

    fail("a", 2);
    fail("b", 2);

    EXPECT_EQ(published.size(), published_before + 2);
    EXPECT_THAT(ring(), ElementsAre("c"));
}

TEST_F(ControllerEjection, many_ejections_in_quick_succession_are_a_few_snapshots) {
    std::vector<std::string> nodes;
    for (int i = 0; i < 40; ++i) {
        nodes.push_back(fmt::format("node-{}", i));
    }
    controller.on_membership(kDynamic, membership(nodes, 2), now);
    advance(milliseconds(1000));
    const std::size_t published_before = published.size();

    for (std::size_t i = 1; i < nodes.size(); ++i) {
        fail(nodes[i], 2);
    }
    EXPECT_EQ(published.size(), published_before + PublishGate::kBurst);
    advance(milliseconds(100));

    EXPECT_EQ(published.size(), published_before + PublishGate::kBurst + 1);
    EXPECT_THAT(ring(), ElementsAre("node-0"));
}

TEST_F(ControllerEjection, health_may_eject_the_last_node_if_the_pool_is_strict) {
    config::Config strict = config();
    strict.pools[1].policy.strict_twemproxy = true;
    controller.configure(strict, now);

    fail("a", 2);
    fail("b", 2);
    fail("c", 2);
    advance(milliseconds(100));

    EXPECT_TRUE(pool().ring.empty());
}

TEST_F(ControllerEjection, the_last_node_stays_and_is_probed_without_pause_until_it_answers) {
    fail("a", 2);
    fail("b", 2);
    fail("c", 2);
    advance(milliseconds(200));

    EXPECT_THAT(ring(), ElementsAre("c"));
    EXPECT_EQ(find("c").fails_with, "connection refused");
    EXPECT_EQ(ejections, (std::vector<routing::NodeId>{id("a"), id("b")}));
    EXPECT_EQ(view("c").reason,
              "2 failures in a row, the last known: connection refused; kept in the ring by "
              "max_ejected: its requests fail at once until a probe is answered; a probe is under "
              "way");
    EXPECT_THAT(probes, ElementsAre("c:11211"));
    controller.on_probe(kDynamic, id("c"), false, now);
    advance(milliseconds(200));
    EXPECT_THAT(probes, ElementsAre("c:11211", "c:11211"));

    controller.on_probe(kDynamic, id("c"), true, now);
    advance(milliseconds(100));

    EXPECT_THAT(ring(), ElementsAre("c"));
    EXPECT_EQ(find("c").fails_with, "");
    EXPECT_EQ(view("c").failures, 0U);
}

TEST_F(ControllerEjection, a_node_that_was_kept_leaves_once_there_is_room) {
    fail("a", 2);
    fail("b", 2);
    fail("c", 2);
    advance(milliseconds(1200));
    controller.on_probe(kDynamic, id("a"), true, now);
    EXPECT_THAT(ring(), ElementsAre("a", "c"));

    controller.on_probe(kDynamic, id("c"), false, now);
    advance(milliseconds(100));

    EXPECT_THAT(ring(), ElementsAre("a"));
    EXPECT_EQ(find("c").state, NodeState::ejected_by_health);
}

TEST_F(ControllerEjection, a_dead_node_comes_back_as_the_last_one_when_the_others_leave_the_pool) {
    fail("b", 2);

    controller.on_membership(kDynamic, membership({"b"}, 2), now);
    advance(milliseconds(100));

    EXPECT_THAT(ring(), ElementsAre("b"));
    EXPECT_EQ(find("b").fails_with, "connection refused");
}

TEST_F(ControllerEjection, max_ejected_counts_whatever_is_off_the_ring) {
    config::Config limited = config();
    limited.pools[1].policy.max_ejected = {routing::MaxEjected::Unit::percent, 50};  // of 3: 1
    controller.configure(limited, now);
    ASSERT_TRUE(controller.eject("moving", "a", {}, false, now));

    fail("b", 2);
    advance(milliseconds(100));
    EXPECT_THAT(ring(), ElementsAre("b", "c"));
    EXPECT_EQ(find("b").fails_with, "connection refused");

    EXPECT_TRUE(controller.eject("moving", "b", {}, false, now)) << "the operator may";
    EXPECT_THAT(ring(), ElementsAre("c"));
}

TEST_F(ControllerEjection, what_counts_as_no_failure_is_told_and_ejects_nobody) {
    for (int i = 0; i < 10; ++i) {
        now += milliseconds(1);
        controller.on_health({.pool = kDynamic,
                              .node = id("b"),
                              .kind = health::HealthKind::own_shortage,
                              .counts = false,
                              .attempt = {now, now},
                              .cause = "Too many open files"},
                             now);
    }

    EXPECT_THAT(ring(), ElementsAre("a", "b", "c"));
    EXPECT_EQ(view("b").failures, 0U);
}

TEST_F(ControllerEjection, a_removed_node_is_not_probed_and_starts_over_when_it_returns) {
    fail("b", 2);
    controller.on_membership(kDynamic, membership({"a=10.0.0.1", "c=10.0.0.3"}, 2), now);
    advance(seconds(10));
    EXPECT_THAT(probes, IsEmpty());

    controller.on_membership(kDynamic, membership({"a=10.0.0.1", "b=10.0.0.2", "c=10.0.0.3"}, 3),
                             now);

    EXPECT_THAT(ring(), ElementsAre("a", "b", "c"));
}

TEST_F(ControllerEjection, the_late_probe_of_a_removed_node_changes_nothing) {
    fail("b", 2);
    advance(milliseconds(1100));
    const routing::NodeId removed = id("b");
    controller.on_membership(kDynamic, membership({"a", "c"}, 2), now);
    advance(seconds(1));
    const std::size_t published_before = published.size();

    controller.on_probe(kDynamic, removed, true, now);

    EXPECT_EQ(published.size(), published_before);
}

TEST_F(ControllerEjection, a_replaced_node_is_probed_at_its_new_address_at_once) {
    fail("b", 2);

    controller.on_membership(kDynamic, membership({"a", "b=10.0.0.9", "c"}, 2), now);
    advance(milliseconds(0));

    EXPECT_THAT(probes, ElementsAre("10.0.0.9:11211"));
}

TEST_F(ControllerEjection, is_logged_with_its_reason_and_the_ring) {
    base::CapturedLog log;

    fail("b", 2);

    EXPECT_THAT(log.take(),
                testing::HasSubstr("[warning] pool moving: node b ejected after 2 failures in a "
                                   "row, the last: connection refused; 2 of 3 nodes in the ring, "
                                   "version 3, fingerprint "));
}

// --- by the operator ---

TEST_F(ControllerEjection, the_operator_takes_a_node_out_and_puts_it_back) {
    ASSERT_TRUE(controller.eject("moving", "b", {}, false, now));
    EXPECT_THAT(ring(), ElementsAre("a", "c"));
    EXPECT_EQ(find("b").state, NodeState::ejected_by_operator);
    EXPECT_EQ(view("b").reason, "by the operator, until restored");
    EXPECT_EQ(view("b").remaining, std::nullopt);
    EXPECT_EQ(ejections, (std::vector<routing::NodeId>{id("b")}));
    advance(std::chrono::hours(24));
    EXPECT_THAT(ring(), ElementsAre("a", "c"));

    ASSERT_TRUE(controller.restore("moving", "b", now));

    EXPECT_THAT(ring(), ElementsAre("a", "b", "c"));
}

TEST_F(ControllerEjection, the_end_of_an_ejection_leaves_no_ring_without_nodes_to_health) {
    fail("b", 2);
    ASSERT_TRUE(controller.eject("moving", "b", {milliseconds(500)}, false, now));
    controller.on_membership(kDynamic, membership({"b"}, 2), now);
    advance(milliseconds(499));
    ASSERT_THAT(ring(), IsEmpty());

    advance(milliseconds(101));

    EXPECT_THAT(ring(), ElementsAre("b"));
    EXPECT_EQ(find("b").fails_with, "connection refused");
}

TEST_F(ControllerEjection, operators_do_not_wait_for_what_they_ask) {
    ASSERT_TRUE(controller.eject("moving", "b", {}, false, now));
    ASSERT_TRUE(controller.restore("moving", "b", now));
    ASSERT_TRUE(controller.eject("moving", "c", {}, false, now));

    EXPECT_THAT(ring(), ElementsAre("a", "b"));
}

TEST_F(ControllerEjection, eject_and_restore_are_idempotent) {
    const std::size_t published_before = published.size();

    ASSERT_TRUE(controller.eject("moving", "b", {}, false, now));
    ASSERT_TRUE(controller.eject("moving", "b", {}, false, now));
    EXPECT_EQ(published.size(), published_before + 1);
    EXPECT_EQ(ejections.size(), 1U);
    ASSERT_TRUE(controller.restore("moving", "b", now));
    EXPECT_EQ(published.size(), published_before + 2);

    // Of a node that is in the ring the links are replaced, each time that
    // somebody asks for it.
    ASSERT_TRUE(controller.restore("moving", "b", now));
    EXPECT_EQ(published.size(), published_before + 3);
    EXPECT_EQ(find("b").link_epoch, 2U);
}

TEST_F(ControllerEjection, an_ejection_for_a_time_ends_by_itself) {
    ASSERT_TRUE(controller.eject("moving", "b", {seconds(60)}, false, now));
    EXPECT_EQ(view("b").reason, "by the operator, for a time");
    EXPECT_EQ(view("b").remaining, seconds(60));

    advance(milliseconds(59'999));
    EXPECT_THAT(ring(), ElementsAre("a", "c"));
    advance(milliseconds(1));

    EXPECT_THAT(ring(), ElementsAre("a", "b", "c"));
}

TEST_F(ControllerEjection, a_second_ejection_sets_a_new_end) {
    ASSERT_TRUE(controller.eject("moving", "b", {seconds(60)}, false, now));
    ASSERT_TRUE(controller.eject("moving", "b", {seconds(10)}, false, now));

    advance(seconds(10));

    EXPECT_THAT(ring(), ElementsAre("a", "b", "c"));
    EXPECT_EQ(ejections.size(), 1U);
}

TEST_F(ControllerEjection, the_operators_ejection_survives_changes_of_the_list) {
    ASSERT_TRUE(controller.eject("moving", "b", {}, false, now));

    controller.on_membership(
        kDynamic, membership({"a=10.0.0.1", "b=10.0.0.9", "c=10.0.0.3", "d=10.0.0.4"}, 2), now);
    advance(seconds(1));

    EXPECT_THAT(ring(), ElementsAre("a", "c", "d"));
}

TEST_F(ControllerEjection, the_operators_ejection_survives_that_the_node_leaves_and_returns) {
    ASSERT_TRUE(controller.eject("moving", "b", {seconds(60)}, false, now));
    controller.on_membership(kDynamic, membership({"a=10.0.0.1", "c=10.0.0.3"}, 2), now);
    advance(seconds(10));

    controller.on_membership(kDynamic, membership({"a=10.0.0.1", "b=10.0.0.2", "c=10.0.0.3"}, 3),
                             now);

    EXPECT_THAT(ring(), ElementsAre("a", "c"));
    advance(seconds(50));
    EXPECT_THAT(ring(), ElementsAre("a", "b", "c"));
}

TEST_F(ControllerEjection, the_operators_ejection_may_end_while_the_node_is_away) {
    ASSERT_TRUE(controller.eject("moving", "b", {seconds(60)}, false, now));
    controller.on_membership(kDynamic, membership({"a=10.0.0.1", "c=10.0.0.3"}, 2), now);
    const base::TimePoint forgotten_at = now + base::kAbsenceMax;
    advance(seconds(61));
    EXPECT_EQ(controller.next_deadline(), forgotten_at);

    controller.on_membership(kDynamic, membership({"a=10.0.0.1", "b=10.0.0.2", "c=10.0.0.3"}, 3),
                             now);

    EXPECT_THAT(ring(), ElementsAre("a", "b", "c"));
}

TEST_F(ControllerEjection, a_node_that_is_away_can_be_restored) {
    ASSERT_TRUE(controller.eject("moving", "b", {}, false, now));
    controller.on_membership(kDynamic, membership({"a=10.0.0.1", "c=10.0.0.3"}, 2), now);
    advance(seconds(1));

    ASSERT_TRUE(controller.restore("moving", "b", now));
    controller.on_membership(kDynamic, membership({"a=10.0.0.1", "b=10.0.0.2", "c=10.0.0.3"}, 3),
                             now);

    EXPECT_THAT(ring(), ElementsAre("a", "b", "c"));
}

TEST_F(ControllerEjection, restore_brings_back_a_node_that_health_has_ejected) {
    find_names();
    fail("b", 2);

    ASSERT_TRUE(controller.restore("moving", "b", now));

    EXPECT_THAT(ring(), ElementsAre("a", "b", "c"));
    EXPECT_EQ(controller.next_deadline(), now + health::Outage::kSilence) << "is it well?";
}

TEST_F(ControllerEjection, what_the_operator_says_about_it_stands_beside_the_state) {
    find_names();
    ASSERT_TRUE(controller.eject("moving", "b", {std::nullopt, "new kernel (alice)"}, false, now));
    EXPECT_EQ(view("b").reason, "by the operator, until restored: new kernel (alice)");

    ASSERT_TRUE(controller.eject("moving", "b", {std::nullopt, "still (bob)"}, false, now));
    EXPECT_EQ(view("b").reason, "by the operator, until restored: still (bob)");

    ASSERT_TRUE(controller.restore("moving", "b", now));
    ASSERT_TRUE(controller.eject("moving", "b", {}, false, now));
    EXPECT_EQ(view("b").reason, "by the operator, until restored");
}

TEST_F(ControllerEjection, the_operators_word_goes_before_that_of_the_probe) {
    fail("b", 2);
    ASSERT_TRUE(controller.eject("moving", "b", {}, false, now));
    advance(milliseconds(1100));

    controller.on_probe(kDynamic, id("b"), true, now);

    EXPECT_THAT(ring(), ElementsAre("a", "c"));
    EXPECT_EQ(find("b").state, NodeState::ejected_by_operator);
}

TEST_F(ControllerEjection, the_last_node_in_the_ring_needs_force) {
    ASSERT_TRUE(controller.eject("moving", "a", {}, false, now));
    fail("b", 2);
    advance(milliseconds(100));

    const base::Status refused = controller.eject("moving", "c", {}, false, now);

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::conflict);
    EXPECT_THAT(ring(), ElementsAre("c"));
    EXPECT_TRUE(controller.eject("moving", "b", {}, false, now));  // out already
    EXPECT_TRUE(controller.eject("moving", "c", {}, true, now));
    EXPECT_TRUE(pool().ring.empty());
}

TEST_F(ControllerEjection, unknown_names_and_impossible_times_are_refused) {
    EXPECT_EQ(controller.eject("other", "a", {}, false, now).error().message,
              "there is no pool 'other'");
    EXPECT_EQ(controller.eject("moving", "x", {}, false, now).error().message,
              "pool 'moving' has no node 'x'");
    EXPECT_EQ(controller.restore("other", "a", now).error().code, Errc::not_found);
    EXPECT_EQ(controller.restore("moving", "x", now).error().code, Errc::not_found);
    EXPECT_EQ(controller.eject("moving", "a", {milliseconds(0)}, false, now).error().code,
              Errc::invalid_argument);
    EXPECT_EQ(controller.eject("moving", "a", {milliseconds::max()}, false, now).error().code,
              Errc::invalid_argument);
}

}  // namespace
}  // namespace ringside::discovery
