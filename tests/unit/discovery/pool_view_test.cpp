#include "discovery/pool_view.h"

#include "controller_harness.h"
#include "discovery/pool_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace ringside::discovery {
namespace {

using base::seconds;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::IsEmpty;

using WallTime = std::chrono::system_clock::time_point;

class AView : public testing::Test {
  protected:
    AView() : pool_(0, ControllerHarness::config().pools[1]) {
        pool_.configure(ControllerHarness::config().pools[1], start_);
    }

    PoolView view(seconds later) const {
        return view_of(pool_, pool_.build(), {start_ + later, wall_start_ + later});
    }

    const base::TimePoint start_{seconds(1000)};
    const WallTime wall_start_{seconds(1'700'000'000)};
    PoolState pool_;
};

TEST_F(AView, before_the_first_answer_shows_whom_was_asked_and_why_nothing_came) {
    pool_.on_failure({base::Errc::timed_out, "no answer"}, start_);

    const PoolView seen = view(seconds(1));

    EXPECT_EQ(seen.source, "elasticache cfg.example:11211");
    EXPECT_FALSE(seen.discovered);
    EXPECT_EQ(seen.last_answer, std::nullopt);
    EXPECT_EQ(seen.last_change, std::nullopt);
    EXPECT_EQ(seen.failures, 1U);
    EXPECT_EQ(seen.last_failure, "no answer");
    EXPECT_THAT(seen.nodes, IsEmpty());
}

TEST_F(AView, shows_when_things_have_happened_by_the_clock_on_the_wall_of_who_looks) {
    pool_.on_membership(membership({"a", "b"}, 7), start_);
    pool_.on_membership(membership({"a", "b"}, 8), start_ + seconds(60));

    const PoolView seen = view(seconds(90));
    EXPECT_EQ(seen.last_change, wall_start_);
    EXPECT_EQ(seen.last_answer, wall_start_ + seconds(60));
    EXPECT_EQ(seen.source_version, 8U);
    EXPECT_THAT(seen.last_added, ElementsAre("a", "b"));

    // The clock was put back by an hour: the time between the events stays.
    const base::Moment later{start_ + seconds(90), wall_start_ - seconds(3600)};
    const PoolView put_back = view_of(pool_, pool_.build(), later);
    EXPECT_EQ(*put_back.last_answer - *put_back.last_change, seconds(60));
}

TEST_F(AView, shows_each_node_with_its_share_and_what_is_wrong_with_it) {
    pool_.on_membership(membership({"a", "b=10.0.0.2"}), start_);
    pool_.nodes().on_name("a", {.problem = "no such name", .problem_since = start_ + seconds(5)},
                          start_ + seconds(5));
    pool_.nodes().on_health(
        {.node = pool_.nodes().id_of("b"), .kind = health::HealthKind::readonly},
        start_ + seconds(7), 0.5);
    ASSERT_TRUE(pool_.nodes().eject("b", {start_ + seconds(60)}, false, start_));

    const PoolView seen = view(seconds(10));

    ASSERT_EQ(seen.nodes.size(), 2U);
    EXPECT_EQ(seen.nodes[0].address_problem, "no such name");
    EXPECT_EQ(seen.nodes[0].address_problem_since, wall_start_ + seconds(5));
    EXPECT_THAT(seen.nodes[0].share, DoubleNear(1.0, 1e-9));
    EXPECT_EQ(seen.nodes[1].state, routing::NodeState::ejected_by_operator);
    EXPECT_EQ(seen.nodes[1].remaining, seconds(50));
    EXPECT_EQ(seen.nodes[1].problem, "refuses writes as a replica does (READONLY)");
    EXPECT_EQ(seen.nodes[1].problem_since, wall_start_ + seconds(7));
    EXPECT_EQ(seen.nodes[1].points, 0U);
}

}  // namespace
}  // namespace ringside::discovery
