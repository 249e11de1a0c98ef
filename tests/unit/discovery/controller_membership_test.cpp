#include "base/limits.h"
#include "controller_harness.h"
#include "support/captured_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ringside::discovery {
namespace {

using base::Errc;
using base::Error;
using base::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

class ControllerMembership : public testing::Test, public ControllerHarness {};

TEST_F(ControllerMembership, start_publishes_static_pools_with_their_nodes) {
    start();

    ASSERT_EQ(published.size(), 1U);
    EXPECT_EQ(published[0]->version, 1U);
    EXPECT_EQ(pool(kStatic).nodes.size(), 2U);
    EXPECT_FALSE(pool(kStatic).ring.empty());
    EXPECT_TRUE(pool(kDynamic).ring.empty());
    EXPECT_THAT(controller.pool_names(), ElementsAre("fixed", "moving"));
}

TEST_F(ControllerMembership, the_first_answer_is_published_at_once) {
    start();

    controller.on_membership(kDynamic, membership({"a", "b", "c"}), now);

    ASSERT_EQ(published.size(), 2U);
    EXPECT_THAT(ring(), ElementsAre("a", "b", "c"));
    EXPECT_EQ(member_counts, (std::vector<std::size_t>{3}));
}

TEST_F(ControllerMembership, pools_that_did_not_change_are_shared_between_snapshots) {
    start_with({"a"});

    EXPECT_EQ(published[0]->pools[kStatic], published[1]->pools[kStatic]);
    EXPECT_NE(published[0]->pools[kDynamic], published[1]->pools[kDynamic]);
}

TEST_F(ControllerMembership, changes_in_quick_succession_become_one_snapshot) {
    start_with({"a=10.0.0.1"});
    find_names();
    controller.on_membership(kDynamic, membership({"a=10.0.0.1", "x=10.0.0.24"}), now);
    const std::size_t before = published.size();
    const base::TimePoint forgotten_at = now + milliseconds(10) + base::kAbsenceMax;  // x

    controller.on_membership(kDynamic, membership({"a=10.0.0.1", "b=10.0.0.2"}),
                             now + milliseconds(10));
    controller.on_membership(kDynamic, membership({"a=10.0.0.1", "b=10.0.0.2", "c=10.0.0.3"}),
                             now + milliseconds(20));
    EXPECT_EQ(published.size(), before);
    EXPECT_EQ(controller.next_deadline(), now + milliseconds(100));
    advance(milliseconds(100));

    EXPECT_EQ(published.size(), before + 1);
    EXPECT_THAT(ring(), ElementsAre("a", "b", "c"));
    EXPECT_EQ(controller.next_deadline(), forgotten_at);
}

TEST_F(ControllerMembership, the_same_list_again_publishes_nothing) {
    start_with({"a", "b"});

    controller.on_membership(kDynamic, membership({"b", "a"}, 2), now + milliseconds(500));

    EXPECT_EQ(published.size(), 2U);
    EXPECT_EQ(controller.view("moving", at())->answers, 2U);
    EXPECT_EQ(controller.view("moving", at())->source_version, 2U);
}

TEST_F(ControllerMembership, a_failing_source_changes_nothing_and_is_counted) {
    start_with({"a", "b"});

    controller.on_source_failure(kDynamic, Error{Errc::timed_out, "no answer"}, now);

    EXPECT_EQ(published.size(), 2U);
    EXPECT_THAT(ring(), ElementsAre("a", "b"));
    EXPECT_EQ(controller.view("moving", at())->failures, 1U);
    EXPECT_EQ(controller.view("moving", at())->last_failure, "no answer");
}

TEST_F(ControllerMembership, requests_are_told_why_a_pool_has_no_nodes) {
    start();
    EXPECT_EQ(pool().no_node_reason,
              "pool moving has no nodes yet: no answer from elasticache cfg.example:11211");
    EXPECT_EQ(pool(kStatic).no_node_reason, "") << "it has some";

    controller.on_source_failure(kDynamic, Error{Errc::timed_out, "connect: refused"}, now);
    advance(milliseconds(100));
    const std::uint64_t version = controller.snapshot()->version;
    controller.on_source_failure(kDynamic, Error{Errc::timed_out, "connect: refused"}, now);
    advance(milliseconds(100));

    EXPECT_EQ(
        pool().no_node_reason,
        "pool moving has no nodes yet: no answer from elasticache cfg.example:11211 (connect: "
        "refused)");
    EXPECT_EQ(controller.snapshot()->version, version) << "the same again";
    EXPECT_FALSE(controller.is_ready(kDynamic));

    controller.on_membership(kDynamic, membership({"a=10.0.0.1"}), now);
    EXPECT_EQ(pool().no_node_reason, "");
    EXPECT_TRUE(controller.is_ready(kDynamic));
    EXPECT_FALSE(controller.is_ready(77)) << "nobody knows it";
}

TEST_F(ControllerMembership, the_first_nodes_do_not_wait_behind_the_news_that_there_are_none) {
    start();
    controller.on_source_failure(kDynamic, Error{Errc::timed_out, "no answer"}, now);

    controller.on_membership(kDynamic, membership({"a=10.0.0.1"}), now);

    EXPECT_THAT(ring(), ElementsAre("a"));
}

TEST_F(ControllerMembership, a_reason_of_any_length_fits_into_a_line_of_an_error) {
    start();

    controller.on_source_failure(kDynamic, Error{Errc::io, std::string(1000, 'x')}, now);
    advance(milliseconds(100));

    EXPECT_EQ(pool().no_node_reason.size(), 250U);
    EXPECT_TRUE(pool().no_node_reason.ends_with("xxx..."));
}

TEST_F(ControllerMembership, an_empty_list_is_a_failure) {
    start_with({"a", "b"});

    controller.on_membership(kDynamic, membership({}, 9), now);

    EXPECT_THAT(ring(), ElementsAre("a", "b"));
    EXPECT_EQ(controller.view("moving", at())->failures, 1U);
    EXPECT_EQ(controller.view("moving", at())->last_failure, "the list has no nodes");
    EXPECT_EQ(controller.view("moving", at())->source_version, 1U);
}

TEST_F(ControllerMembership, a_list_with_a_node_twice_is_a_failure) {
    start_with({"a", "b"});

    controller.on_membership(kDynamic, membership({"a", "c", "c"}), now);

    EXPECT_THAT(ring(), ElementsAre("a", "b"));
    EXPECT_EQ(controller.view("moving", at())->last_failure, "node c is listed twice");
}

TEST_F(ControllerMembership, a_usable_answer_ends_the_failure) {
    start_with({"a"});
    controller.on_source_failure(kDynamic, Error{Errc::io, "refused"}, now);

    controller.on_membership(kDynamic, membership({"a"}), now);

    EXPECT_EQ(controller.view("moving", at())->last_failure, "");
    EXPECT_EQ(controller.view("moving", at())->failures, 1U);
}

TEST_F(ControllerMembership, failures_are_logged_once_per_streak) {
    start_with({"a"});
    base::CapturedLog log;

    controller.on_source_failure(kDynamic, Error{Errc::io, "refused"}, now);
    controller.on_source_failure(kDynamic, Error{Errc::io, "refused"}, now);
    controller.on_membership(kDynamic, membership({"a"}), now);
    controller.on_membership(kDynamic, membership({"a"}), now);

    const std::string logged = log.take();
    EXPECT_EQ(std::count(logged.begin(), logged.end(), '\n'), 2) << logged;
    EXPECT_THAT(logged, testing::HasSubstr("pool moving: elasticache cfg.example:11211 gave no "
                                           "usable list: refused; 1 nodes are known and stay"));
    EXPECT_THAT(logged, testing::HasSubstr("gives a usable list again"));
}

TEST_F(ControllerMembership, a_new_address_keeps_name_and_id_and_moves_no_point) {
    start_with({"a=10.0.0.1", "b=10.0.0.2"});
    const routing::NodeId id_before = id("a");
    const auto points_before = pool().ring.points();
    const std::vector<routing::Ring::Point> points(points_before.begin(), points_before.end());

    controller.on_membership(kDynamic, membership({"a=10.0.0.9", "b=10.0.0.2"}),
                             now + milliseconds(200));

    EXPECT_EQ(find("a").node.address.host, "10.0.0.9");
    EXPECT_EQ(id("a"), id_before);
    const auto points_after = pool().ring.points();
    ASSERT_EQ(points_after.size(), points.size());
    for (std::size_t i = 0; i < points.size(); ++i) {
        EXPECT_EQ(points_after[i].value, points[i].value);
        EXPECT_EQ(points_after[i].node_index, points[i].node_index);
    }
    EXPECT_THAT(controller.view("moving", at())->last_changed, ElementsAre("a"));
}

TEST_F(ControllerMembership, a_node_that_leaves_and_returns_has_its_old_id) {
    start_with({"a", "b"});
    const routing::NodeId id_before = id("b");

    controller.on_membership(kDynamic, membership({"a"}, 2), now);
    controller.on_membership(kDynamic, membership({"a", "c"}, 3), now);
    controller.on_membership(kDynamic, membership({"a", "b", "c"}, 4), now);
    advance(milliseconds(100));

    EXPECT_EQ(id("b"), id_before);
    EXPECT_NE(id("c"), id_before);
}

TEST_F(ControllerMembership, changes_are_logged_with_the_ring_they_led_to) {
    start_with({"a", "b"});
    advance(milliseconds(1000));
    base::CapturedLog log;

    controller.on_membership(kDynamic, membership({"b=10.0.0.2", "c=10.0.0.3"}, 2), now);

    const std::string logged = log.take();
    const std::string ring = "; 2 of 2 nodes in the ring, version 3, fingerprint ";
    EXPECT_THAT(logged, testing::HasSubstr("pool moving: node a removed" + ring));
    EXPECT_THAT(logged, testing::HasSubstr("pool moving: node c added" + ring));
    EXPECT_THAT(logged, testing::HasSubstr(
                            "pool moving: node b moved from b:11211 to 10.0.0.2:11211" + ring));
}

TEST_F(ControllerMembership, a_large_change_does_not_fill_the_log) {
    start_with({"a"});
    advance(milliseconds(1000));
    std::vector<std::string> many;
    for (int i = 0; i < 100; ++i) {
        many.push_back("node-" + std::to_string(i));
    }
    base::CapturedLog log;

    controller.on_membership(kDynamic, membership(many, 2), now);

    const std::string logged = log.take();
    EXPECT_EQ(std::count(logged.begin(), logged.end(), '\n'), 33) << logged;
    EXPECT_THAT(logged, testing::HasSubstr("pool moving: and 69 more changes;"));
}

TEST_F(ControllerMembership, is_ready_when_every_pool_has_had_a_ring_and_stays_so) {
    start();
    found("a", {"10.0.0.1"});
    found("b", {"10.0.0.2"});
    advance(base::milliseconds(100));
    EXPECT_FALSE(controller.ready());

    controller.on_membership(kDynamic, membership({"a"}), now);
    EXPECT_TRUE(controller.ready());
    ASSERT_TRUE(controller.eject("moving", "a", {}, true, now));

    EXPECT_TRUE(pool().ring.empty());
    EXPECT_TRUE(controller.ready());
    EXPECT_THAT(controller.readiness_report(), IsEmpty());
}

TEST_F(ControllerMembership, tells_why_it_is_not_ready) {
    start();
    find_names();
    EXPECT_THAT(controller.readiness_report(),
                ElementsAre("pool moving: no answer yet from elasticache cfg.example:11211"));

    controller.on_source_failure(kDynamic, Error{Errc::io, "connection refused"}, now);

    EXPECT_THAT(controller.readiness_report(),
                ElementsAre("pool moving: no answer yet from elasticache cfg.example:11211 "
                            "(connection refused)"));
}

TEST_F(ControllerMembership, the_view_is_complete) {
    start_with({"a", "b"});
    advance(milliseconds(5000));

    const PoolView view = *controller.view("moving", at());

    EXPECT_EQ(view.pool->name, "moving");
    EXPECT_EQ(view.source, "elasticache cfg.example:11211");
    EXPECT_TRUE(view.discovered);
    EXPECT_THAT(view.last_added, ElementsAre("a", "b"));
    ASSERT_EQ(view.nodes.size(), 2U);
    EXPECT_EQ(view.nodes[0].points, 160U);
    EXPECT_EQ(view.nodes[0].reason, "");
    EXPECT_NEAR(view.nodes[0].share + view.nodes[1].share, 1.0, 1e-9);
    const auto age = std::chrono::system_clock::now() - view.last_change.value();
    EXPECT_GE(age, milliseconds(5000));
    EXPECT_EQ(controller.view("fixed", at())->source, "static");
    EXPECT_EQ(controller.view("fixed", at())->listen, "127.0.0.1:11211");
    EXPECT_FALSE(controller.view("unknown", at()).has_value());
}

TEST_F(ControllerMembership, refresh_asks_the_source_of_the_pool) {
    start();

    EXPECT_TRUE(controller.refresh("moving", now));
    EXPECT_EQ(refreshes, (std::vector<routing::PoolId>{kDynamic}));
    EXPECT_EQ(controller.refresh("unknown", now).error().code, Errc::not_found);
    EXPECT_EQ(controller.refresh("fixed", now).error().code, Errc::conflict);
}

}  // namespace
}  // namespace ringside::discovery
