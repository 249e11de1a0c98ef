// What the controller keeps and what it changes when another configuration comes.
#include "unit/discovery/controller_harness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ringside::discovery {
namespace {

using routing::NodeState;
using testing::ElementsAre;

class ControllerReload : public testing::Test, public ControllerHarness {
  protected:
    ControllerReload() { start_with({"a", "b"}); }

    static constexpr std::size_t kFixed = 0;  // in config().pools
    static constexpr std::size_t kMoving = 1;

    void reload(const config::Config& next) { controller.configure(next, now); }
    static config::Config without(std::size_t pool) {
        config::Config next = config();
        next.pools.erase(next.pools.begin() + static_cast<std::ptrdiff_t>(pool));
        return next;
    }
};

TEST_F(ControllerReload, the_same_configuration_shares_every_pool_with_the_snapshot_before) {
    const routing::SnapshotPtr before = controller.snapshot();

    reload(config());

    EXPECT_EQ(controller.snapshot()->pools, before->pools);
    EXPECT_GT(controller.snapshot()->version, before->version);
}

TEST_F(ControllerReload, a_changed_policy_reaches_the_pool_and_leaves_the_other_alone) {
    const routing::SnapshotPtr before = controller.snapshot();
    config::Config next = config();
    next.pools[kFixed].policy.timeout = base::milliseconds(7);

    reload(next);

    EXPECT_EQ(pool(kStatic).policy.timeout, base::milliseconds(7));
    EXPECT_EQ(controller.snapshot()->pools[kMoving], before->pools[kMoving]);
}

TEST_F(ControllerReload, ejections_and_node_ids_stay) {
    ASSERT_TRUE(controller.eject("moving", "a", {}, false, now));
    const routing::NodeId id_before = id("b");
    config::Config next = config();
    next.pools[kMoving].policy.timeout = base::milliseconds(7);

    reload(next);

    EXPECT_EQ(find("a").state, NodeState::ejected_by_operator);
    EXPECT_EQ(id("b"), id_before);
}

TEST_F(ControllerReload, a_pool_that_has_left_is_ignored_and_comes_back_as_it_was) {
    ASSERT_TRUE(controller.eject("moving", "a", {}, false, now));
    const routing::NodeId a = id("a");

    reload(without(kMoving));
    EXPECT_EQ(controller.snapshot()->pools.size(), 1U);
    EXPECT_FALSE(controller.view("moving", at()));
    const auto version = controller.snapshot()->version;
    controller.on_membership(kDynamic, membership({"z"}, 9), now);
    controller.on_health({.pool = kDynamic, .node = a, .kind = health::HealthKind::refused}, now);
    controller.on_probe(kDynamic, a, true, now);
    EXPECT_EQ(controller.snapshot()->version, version);

    reload(config());
    EXPECT_EQ(pool().id, kDynamic);
    EXPECT_EQ(id("a"), a);
    EXPECT_EQ(find("a").state, NodeState::ejected_by_operator);
    EXPECT_THAT(ring(), ElementsAre("b"));
}

TEST_F(ControllerReload, a_pool_comes_back_without_the_ejections_that_have_ended_meanwhile) {
    ASSERT_TRUE(controller.eject("moving", "a", {base::seconds(10)}, false, now));
    ASSERT_TRUE(controller.eject("moving", "b", {base::seconds(60)}, true, now));
    reload(without(kMoving));
    advance(base::seconds(20));

    reload(config());

    EXPECT_THAT(ring(), ElementsAre("a"));
}

TEST_F(ControllerReload, with_another_password_ejected_nodes_are_probed_at_once) {
    advance(base::milliseconds(100));
    fail("a", 2);
    fail("b");
    ASSERT_THAT(ring(), ElementsAre("b"));
    config::Config next = config();
    next.pools[kMoving].policy.redis_auth = "right";

    reload(next);
    advance(base::milliseconds(0));

    EXPECT_THAT(probes, ElementsAre("a:11211"));
    EXPECT_EQ(view("b").failures, 0U) << "it may have failed for the old one";
    controller.on_probe(kDynamic, id("a"), true, now);
    EXPECT_THAT(ring(), ElementsAre("a", "b"));
}

TEST_F(ControllerReload, with_another_timeout_ejected_nodes_are_probed_at_once) {
    fail("a", 2);
    config::Config next = config();
    next.pools[kMoving].policy.timeout = base::milliseconds(7);

    reload(next);
    advance(base::milliseconds(0));

    EXPECT_THAT(probes, ElementsAre("a:11211"));
    EXPECT_EQ(find("a").link_epoch, 0U) << "links stay";
}

TEST_F(ControllerReload, another_retry_timeout_counts_for_nodes_that_are_ejected) {
    fail("a", 2);
    for (int i = 0; i < 8; ++i) {  // failed probes, so that the delay grows
        advance(std::chrono::minutes(1));
        controller.on_probe(kDynamic, id("a"), false, now);
    }
    probes.clear();
    config::Config next = config();
    next.pools[kMoving].policy.retry_timeout = base::milliseconds(200);

    reload(next);
    advance(base::milliseconds(0));
    EXPECT_THAT(probes, ElementsAre("a:11211"));

    controller.on_probe(kDynamic, id("a"), false, now);
    advance(base::milliseconds(400));  // one and a half of it, and the jitter
    EXPECT_THAT(probes, ElementsAre("a:11211", "a:11211"));
}

TEST_F(ControllerReload, a_failure_limit_below_the_present_count_ejects_at_the_next_failure) {
    config::Config next = config();
    next.pools[kMoving].policy.failure_limit = 10;
    reload(next);
    fail("a", 5);
    next.pools[kMoving].policy.failure_limit = 3;

    reload(next);
    EXPECT_THAT(ring(), ElementsAre("a", "b")) << "it may have got well since";

    fail("a");
    advance(base::milliseconds(100));
    EXPECT_THAT(ring(), ElementsAre("b"));
}

TEST_F(ControllerReload, ejecting_switched_on_counts_what_has_failed_before) {
    config::Config off = config();
    off.pools[kMoving].policy.auto_eject = false;
    reload(off);
    fail("a", 5);

    reload(config());
    fail("a");
    advance(base::milliseconds(100));

    EXPECT_THAT(ring(), ElementsAre("b"));
}

TEST_F(ControllerReload, with_ejecting_switched_off_ejected_nodes_are_probed_at_once) {
    fail("a", 2);
    config::Config off = config();
    off.pools[kMoving].policy.auto_eject = false;

    reload(off);
    advance(base::milliseconds(0));
    EXPECT_THAT(probes, ElementsAre("a:11211"));
    EXPECT_THAT(ring(), ElementsAre("b")) << "it is dead as far as is known";

    controller.on_probe(kDynamic, id("a"), true, now);
    advance(base::milliseconds(100));
    EXPECT_THAT(ring(), ElementsAre("a", "b"));
    fail("a", 5);
    advance(base::milliseconds(100));
    EXPECT_THAT(ring(), ElementsAre("a", "b"));
}

TEST_F(ControllerReload, with_ejecting_switched_off_a_kept_node_stays_though_there_is_room) {
    config::Config none = config();
    none.pools[kMoving].policy.max_ejected = {routing::MaxEjected::Unit::nodes, 0};
    reload(none);
    fail("a", 2);
    ASSERT_THAT(ring(), ElementsAre("a", "b"));
    config::Config off = config();
    off.pools[kMoving].policy.auto_eject = false;

    reload(off);
    advance(base::milliseconds(0));
    controller.on_probe(kDynamic, id("a"), false, now);
    advance(base::milliseconds(100));

    EXPECT_THAT(ring(), ElementsAre("a", "b"));
}

TEST_F(ControllerReload, a_lower_max_ejected_brings_ejected_nodes_back_at_once) {
    fail("a", 2);
    advance(base::milliseconds(100));
    ASSERT_THAT(ring(), ElementsAre("b"));
    config::Config none = config();
    none.pools[kMoving].policy.max_ejected = {routing::MaxEjected::Unit::nodes, 0};

    reload(none);

    EXPECT_THAT(ring(), ElementsAre("a", "b"));
    EXPECT_EQ(find("a").fails_with, "connection refused");
}

TEST_F(ControllerReload, a_higher_max_ejected_lets_a_dead_node_leave_at_its_next_probe) {
    config::Config none = config();
    none.pools[kMoving].policy.max_ejected = {routing::MaxEjected::Unit::nodes, 0};
    reload(none);
    fail("a", 2);

    reload(config());
    EXPECT_THAT(ring(), ElementsAre("a", "b"));
    advance(base::milliseconds(200));
    controller.on_probe(kDynamic, id("a"), false, now);
    advance(base::milliseconds(100));

    EXPECT_THAT(ring(), ElementsAre("b"));
}

TEST_F(ControllerReload, failures_of_links_with_the_old_password_count_no_more) {
    const routing::NodeId a = id("a");
    config::Config next = config();
    next.pools[kMoving].policy.redis_auth = "right";

    reload(next);
    for (int i = 0; i < 5; ++i) {
        controller.on_health(
            {.pool = kDynamic, .node = a, .kind = health::HealthKind::auth_failed, .link_epoch = 0},
            now);
    }

    EXPECT_EQ(find("a").link_epoch, 1U);
    EXPECT_EQ(view("a").failures, 0U);
    EXPECT_THAT(ring(), ElementsAre("a", "b"));
}

TEST_F(ControllerReload, another_source_keeps_the_nodes_until_it_has_answered) {
    config::Config next = config();
    next.pools[kMoving].source = config::ElastiCacheSource{.endpoint = {"new.example", 11211}};

    reload(next);
    EXPECT_THAT(ring(), ElementsAre("a", "b"));
    EXPECT_EQ(controller.view("moving", at())->source, "elasticache new.example:11211");

    controller.on_membership(kDynamic, membership({"c"}), now);
    EXPECT_THAT(ring(), ElementsAre("c"));
}

TEST_F(ControllerReload, a_list_in_the_file_takes_the_place_of_a_source) {
    config::Config next = config();
    next.pools[kMoving].source = config::StaticSource{membership({"b=10.0.0.2", "c=10.0.0.3"}, 0)};

    reload(next);

    EXPECT_THAT(ring(), ElementsAre("b", "c"));
}

// Two nodes as a configuration endpoint tells them.
routing::Membership told_by_host_and_ip() {
    return {.members = {{.name = "a", .address = {"10.0.0.1", 11211}, .host = "a"},
                        {.name = "b", .address = {"10.0.0.2", 11211}, .host = "b"}},
            .source_version = 5};
}

TEST_F(ControllerReload, another_identity_renames_the_nodes_that_are_known) {
    controller.on_membership(kDynamic, told_by_host_and_ip(), now);
    advance(base::milliseconds(100));
    config::Config next = config();
    next.pools[kMoving].identity = routing::Identity::address;

    reload(next);
    EXPECT_THAT(ring(), ElementsAre("10.0.0.1", "10.0.0.2"));
    controller.on_membership(kDynamic, told_by_host_and_ip(), now);
    advance(base::milliseconds(100));
    EXPECT_THAT(ring(), ElementsAre("10.0.0.1", "10.0.0.2"));
    reload(config());

    EXPECT_THAT(ring(), ElementsAre("a", "b"));
    EXPECT_EQ(controller.view("moving", at())->source_version, 5U);
}

TEST_F(ControllerReload, an_identity_that_two_nodes_share_changes_nothing_and_is_told) {
    routing::Membership one_address = told_by_host_and_ip();
    one_address.members[1].address = one_address.members[0].address;
    controller.on_membership(kDynamic, one_address, now);
    advance(base::milliseconds(100));
    config::Config next = config();
    next.pools[kMoving].identity = routing::Identity::address;

    reload(next);
    EXPECT_THAT(ring(), ElementsAre("a", "b"));
    controller.on_membership(kDynamic, one_address, now);

    EXPECT_THAT(ring(), ElementsAre("a", "b"));
    EXPECT_EQ(controller.view("moving", at())->last_failure,
              "nodes a and b have the same ring name 10.0.0.1");
}

TEST_F(ControllerReload, another_identity_renames_the_nodes_of_a_list) {
    config::Config next = config();
    next.pools[kFixed].source = config::StaticSource{membership({"x=10.0.0.1", "y=10.0.0.2"}, 0)};
    next.pools[kFixed].identity = routing::Identity::address;

    reload(next);

    EXPECT_EQ(pool(kStatic).nodes[0].node.name, "10.0.0.1");
    EXPECT_EQ(pool(kStatic).nodes[1].node.name, "10.0.0.2");
}

TEST_F(ControllerReload, another_protocol_is_another_pool) {
    config::Config next = config();
    next.pools[kFixed].policy.protocol = routing::ProtocolKind::redis;

    reload(next);
    EXPECT_NE(pool(kStatic).id, kStatic);

    reload(config());
    EXPECT_EQ(pool(kStatic).id, kStatic);
}

TEST_F(ControllerReload, readiness_does_not_go_back_for_a_new_pool) {
    found("a", {"10.0.0.1"});
    found("b", {"10.0.0.2"});
    ASSERT_TRUE(controller.ready());
    config::Config next = config();
    next.pools.push_back(next.pools[kMoving]);
    next.pools.back().name = "slowest";

    reload(next);

    EXPECT_TRUE(controller.ready());
    EXPECT_EQ(controller.readiness_report().size(), 1U);
}

}  // namespace
}  // namespace ringside::discovery
