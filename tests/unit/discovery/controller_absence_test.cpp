// What the controller remembers of nodes and pools that have left, and when it forgets them.
#include "base/limits.h"
#include "unit/discovery/controller_harness.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace ringside::discovery {
namespace {

using namespace std::chrono_literals;
using routing::NodeState;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

class Absences : public testing::Test, public ControllerHarness {
  protected:
    Absences() { start_with({"a=10.0.0.1", "b=10.0.0.2"}); }

    void list(const std::vector<std::string>& nodes) {
        controller.on_membership(kDynamic, membership(nodes), now);
        advance(200ms);
    }
    void reload(const config::Config& next) { controller.configure(next, now); }
    static config::Config without_moving() {
        config::Config next = config();
        next.pools.pop_back();
        return next;
    }
};

// --- nodes ---

TEST_F(Absences, a_node_that_is_back_within_the_hour_is_the_same) {
    const routing::NodeId a = id("a");
    list({"b"});

    advance(base::kAbsenceMax - 1min);
    list({"a", "b"});
    advance(base::kAbsenceMax * 2);

    EXPECT_EQ(id("a"), a);
    EXPECT_THAT(forgotten_nodes, IsEmpty());
}

TEST_F(Absences, a_node_that_is_back_after_the_hour_is_a_new_one) {
    const routing::NodeId a = id("a");
    const routing::NodeId b = id("b");
    list({"b=10.0.0.2"});

    advance(base::kAbsenceMax + 1s);
    EXPECT_THAT(forgotten_nodes, ElementsAre(a));
    list({"a=10.0.0.1", "b=10.0.0.2"});

    EXPECT_GT(id("a"), b);
    EXPECT_EQ(id("b"), b);
    EXPECT_THAT(ring(), ElementsAre("a", "b"));
}

TEST_F(Absences, an_ejection_that_ends_later_is_found_until_then) {
    ASSERT_TRUE(controller.eject("moving", "a", {5h}, false, now));
    const routing::NodeId a = id("a");
    list({"b=10.0.0.2"});

    advance(4h);
    list({"a=10.0.0.1", "b=10.0.0.2"});
    EXPECT_EQ(id("a"), a);
    EXPECT_EQ(find("a").state, NodeState::ejected_by_operator);

    list({"b=10.0.0.2"});
    advance(4h);
    EXPECT_THAT(forgotten_nodes, ElementsAre(a));
}

TEST_F(Absences, an_ejection_without_an_end_is_found_after_days) {
    ASSERT_TRUE(controller.eject("moving", "a", {}, false, now));
    list({"b=10.0.0.2"});

    advance(24h * 30);
    list({"a=10.0.0.1", "b=10.0.0.2"});

    EXPECT_EQ(find("a").state, NodeState::ejected_by_operator);
    EXPECT_THAT(forgotten_nodes, IsEmpty());
}

TEST_F(Absences, a_node_that_is_restored_while_it_is_away_is_forgotten_like_others) {
    ASSERT_TRUE(controller.eject("moving", "a", {}, false, now));
    const routing::NodeId a = id("a");
    list({"b"});

    ASSERT_TRUE(controller.restore("moving", "a", now));
    advance(base::kAbsenceMax + 1s);

    EXPECT_THAT(forgotten_nodes, ElementsAre(a));
    EXPECT_FALSE(controller.restore("moving", "a", now));
    EXPECT_FALSE(controller.eject("moving", "a", {}, false, now));
}

TEST_F(Absences, late_news_of_a_forgotten_node_are_dropped) {
    list({"b=10.0.0.2", "x=10.0.0.24"});
    const routing::PoolNode node = find("x");
    const routing::NodeId x = node.node.id;
    list({"b=10.0.0.2"});
    advance(base::kAbsenceMax + 1s);
    ASSERT_THAT(forgotten_nodes, Contains(x));
    const auto version = controller.snapshot()->version;

    for (const auto kind : {health::HealthKind::refused, health::HealthKind::recovered,
                            health::HealthKind::auth_failed, health::HealthKind::readonly,
                            health::HealthKind::writable}) {
        controller.on_health({.pool = kDynamic,
                              .node = x,
                              .kind = kind,
                              .link_epoch = node.link_epoch,
                              .attempt = {now, now}},
                             now);
    }
    controller.on_probe(kDynamic, x, true, now);
    controller.on_probe(kDynamic, x, false, now);
    found("x", {"10.0.0.1"});
    failed("x", "no such name");
    advance(1min);

    EXPECT_EQ(controller.snapshot()->version, version);
    EXPECT_THAT(ring(), ElementsAre("b"));
}

TEST_F(Absences, of_a_whole_pool_of_nodes_at_once_leaves_those_that_there_is_room_for) {
    std::vector<std::string> before;
    for (int i = 0; i < 3000; ++i) {
        before.push_back(fmt::format("old-{}", i));
    }
    list(before);
    forgotten_nodes.clear();

    controller.on_membership(kDynamic, membership({"new"}), now);
    // The snapshot has them still, until the change is published.
    EXPECT_TRUE(controller.view("moving", at()));
    advance(200ms);

    EXPECT_THAT(ring(), ElementsAre("new"));
    EXPECT_EQ(forgotten_nodes.size(), 3002 - base::kAbsentNodesMax);
}

// --- pools ---

TEST_F(Absences, a_pool_that_is_back_within_the_hour_finds_its_ejections) {
    ASSERT_TRUE(controller.eject("moving", "a", {}, false, now));
    const routing::NodeId a = id("a");
    reload(without_moving());

    advance(base::kAbsenceMax - 1min);
    reload(config());

    EXPECT_EQ(pool().id, kDynamic);
    EXPECT_EQ(id("a"), a);
    EXPECT_EQ(find("a").state, NodeState::ejected_by_operator);
    EXPECT_THAT(forgotten_pools, IsEmpty());
}

TEST_F(Absences, a_pool_that_is_back_after_the_hour_is_a_new_one) {
    reload(without_moving());

    advance(base::kAbsenceMax + 1s);
    EXPECT_THAT(forgotten_pools, ElementsAre(kDynamic));
    reload(config());

    const routing::PoolId next = controller.id_of(config().pools[1], now);
    EXPECT_GT(next, kDynamic);
    EXPECT_TRUE(controller.snapshot()->find(next)->nodes.empty());  // its source is to be asked
    controller.on_membership(next, membership({"a"}), now);
    EXPECT_EQ(controller.snapshot()->find(next)->nodes.size(), 1U);
}

TEST_F(Absences, a_pool_with_an_ejection_that_lasts_is_remembered_as_long) {
    ASSERT_TRUE(controller.eject("moving", "a", {5h}, false, now));
    reload(without_moving());

    advance(4h);
    EXPECT_THAT(forgotten_pools, IsEmpty());
    advance(1h);

    EXPECT_THAT(forgotten_pools, ElementsAre(kDynamic));
}

TEST_F(Absences, late_news_of_a_forgotten_pool_are_dropped) {
    list({"x"});
    const routing::NodeId x = id("x");
    reload(without_moving());
    advance(base::kAbsenceMax + 1s);
    ASSERT_THAT(forgotten_pools, ElementsAre(kDynamic));
    const auto version = controller.snapshot()->version;

    controller.on_membership(kDynamic, membership({"z"}), now);
    controller.on_source_failure(kDynamic, base::Error{base::Errc::malformed, "no"}, now);
    controller.on_health({.pool = kDynamic, .node = x, .kind = health::HealthKind::refused}, now);
    controller.on_probe(kDynamic, x, true, now);
    found("x", {"10.0.0.1"});
    advance(1min);

    EXPECT_EQ(controller.snapshot()->version, version);
}

// Each asks for an id of its own, and none comes to anything.
TEST_F(Absences, configurations_that_were_refused_are_forgotten) {
    constexpr std::size_t kRefused = 3 * base::kAbsentPoolsMax;
    for (std::size_t i = 0; i < kRefused; ++i) {
        config::PoolConfig pool = config().pools[1];
        pool.name = fmt::format("refused-{}", i);
        controller.id_of(pool, now);
    }

    reload(config());
    EXPECT_EQ(forgotten_pools.size(), kRefused - base::kAbsentPoolsMax);
    advance(base::kAbsenceMax + 1s);

    EXPECT_EQ(forgotten_pools.size(), kRefused);
    EXPECT_EQ(pool().id, kDynamic);
}

TEST_F(Absences, renamed_pools_are_remembered_as_far_as_there_is_room) {
    constexpr std::size_t kNames = 2 * base::kAbsentPoolsMax;
    std::set<routing::PoolId> ids;

    for (std::size_t i = 0; i < kNames; ++i) {
        config::Config next = config();
        next.pools[1].name = fmt::format("name-{}", i);
        reload(next);
        ids.insert(controller.id_of(next.pools[1], now));
        advance(1s);
    }

    EXPECT_EQ(ids.size(), kNames);
    // "moving" has left, and all but the last name.
    EXPECT_EQ(forgotten_pools.size(), kNames - base::kAbsentPoolsMax);
    EXPECT_EQ(forgotten_pools.front(), kDynamic);
}

}  // namespace
}  // namespace ringside::discovery
