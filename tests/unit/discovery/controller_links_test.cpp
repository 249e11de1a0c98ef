// When links are replaced: by the operator's word, and for a node that refuses
// writes; and what is shown of a node that does not do all that it should.
#include "unit/discovery/controller_harness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ringside::discovery {
namespace {

using base::milliseconds;
using base::seconds;
using health::HealthKind;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

class ControllerLinks : public testing::Test, public ControllerHarness {
  protected:
    ControllerLinks() { start_with({"a", "b"}); }

    // Of a and of b, as the workers have them.
    std::vector<std::uint32_t> epochs() const {
        return {find("a").link_epoch, find("b").link_epoch};
    }
};

TEST_F(ControllerLinks, are_replaced_when_the_operator_says_so) {
    ASSERT_TRUE(controller.reconnect("moving", "a", now));
    EXPECT_THAT(epochs(), ElementsAre(1, 0));

    ASSERT_TRUE(controller.reconnect("moving", now));
    EXPECT_THAT(epochs(), ElementsAre(2, 1));

    ASSERT_TRUE(controller.restore("moving", "b", now));
    EXPECT_THAT(epochs(), ElementsAre(2, 2));

    ASSERT_TRUE(controller.refresh("moving", now));
    EXPECT_THAT(epochs(), ElementsAre(3, 3));
    EXPECT_THAT(refreshes, ElementsAre(kDynamic));
    EXPECT_THAT(doubted, ElementsAre("a", "a", "b", "b", "a", "b")) << "names are asked again";
}

TEST_F(ControllerLinks, of_what_is_not_known_cannot_be_replaced) {
    EXPECT_EQ(controller.reconnect("other", now).error().code, base::Errc::not_found);
    EXPECT_EQ(controller.reconnect("other", "a", now).error().code, base::Errc::not_found);
    EXPECT_EQ(controller.reconnect("moving", "x", now).error().code, base::Errc::not_found);
    EXPECT_EQ(controller.refresh("fixed", now).error().code, base::Errc::conflict);
    EXPECT_EQ(pool(kStatic).nodes.front().link_epoch, 0U);
}

TEST_F(ControllerLinks, are_replaced_at_once_when_a_node_refuses_writes_and_then_ever_more_seldom) {
    std::vector<std::uint32_t> epochs_of_a;
    for (int i = 0; i < 16; ++i) {
        report("a", HealthKind::readonly);
        advance(milliseconds(500));
        epochs_of_a.push_back(epochs().front());
    }

    EXPECT_THAT(doubted, ElementsAre("a", "a", "a", "a"));
    EXPECT_THAT(epochs_of_a, ElementsAre(1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4));
    EXPECT_EQ(epochs().back(), 0U);
}

TEST_F(ControllerLinks, that_are_gone_by_now_have_no_say) {
    const routing::NodeId a = id("a");
    report("a", HealthKind::readonly);
    advance(seconds(10));

    controller.on_health(
        {.pool = kDynamic, .node = a, .kind = HealthKind::readonly, .link_epoch = 0}, now);
    advance(seconds(10));

    EXPECT_THAT(epochs(), ElementsAre(1, 0));
}

TEST_F(ControllerLinks, a_node_that_refuses_writes_is_degraded_and_neither_failing_nor_ejected) {
    for (int i = 0; i < 10; ++i) {
        report("a", HealthKind::readonly);
    }

    EXPECT_THAT(ring(), ElementsAre("a", "b"));
    EXPECT_EQ(view("a").failures, 0U);
    EXPECT_THAT(view("a").problem, StartsWith("refuses writes"));
    EXPECT_TRUE(view("a").problem_since);
    EXPECT_TRUE(degraded[id("a")]);
    EXPECT_THAT(view("b").problem, IsEmpty());

    report("a", HealthKind::writable);
    EXPECT_THAT(view("a").problem, IsEmpty());
    EXPECT_FALSE(view("a").problem_since);
    EXPECT_FALSE(degraded[id("a")]);
}

TEST_F(ControllerLinks, a_node_that_refuses_the_password_is_degraded_until_a_probe_says_otherwise) {
    find_names();
    report("a", HealthKind::auth_failed);
    report("a", HealthKind::auth_failed);
    ASSERT_THAT(ring(), ElementsAre("b"));
    EXPECT_EQ(view("a").problem, "refuses redis_auth or redis_db");
    EXPECT_TRUE(controller.ready());

    advance(seconds(2));
    controller.on_probe(kDynamic, id("a"), true, now);

    EXPECT_THAT(view("a").problem, IsEmpty());
    EXPECT_FALSE(degraded[id("a")]);
}

TEST_F(ControllerLinks, a_node_that_leaves_takes_its_problem_with_it) {
    report("a", HealthKind::readonly);
    const routing::NodeId a = id("a");

    controller.on_membership(kDynamic, membership({"b"}, 2), now);
    advance(seconds(1));

    EXPECT_FALSE(degraded[a]);
}

}  // namespace
}  // namespace ringside::discovery
