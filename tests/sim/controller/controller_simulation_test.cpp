// The controller under seeded days: lists, names, health, operator, loads and time in any order.
// Every seed must keep the invariants that world.h names; tests/sim/planted shows what that would
// find.
#include "sim/controller/plan.h"

#include <gtest/gtest.h>

namespace ringside::sim {
namespace {

// In each of the tests that run side by side.
#ifdef RINGSIDE_SANITIZED
constexpr std::uint64_t kSeeds = 10;
#else
constexpr std::uint64_t kSeeds = 25;
#endif
constexpr int kLines = 300;

class SimulatedController : public testing::TestWithParam<std::uint64_t> {};

TEST_P(SimulatedController, is_always_what_lists_health_and_operator_make_of_it) {
    const std::uint64_t first_seed = GetParam() * kSeeds;
    for (std::uint64_t seed = first_seed; seed < first_seed + kSeeds; ++seed) {
        const ControllerResult result = run_controller(seed, kLines);
        ASSERT_EQ(result.violation, "") << report_of(seed, result);
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, SimulatedController, testing::Range<std::uint64_t>(0, 8));

TEST(ControllerSimulation, the_same_seed_or_script_gives_the_same_snapshots) {
    const ControllerResult first = run_controller(42, kLines);
    const ControllerResult again = run_controller(42, kLines);
    const ControllerResult played = replay(first.script);
    const ControllerResult other = run_controller(43, kLines);

    EXPECT_EQ(first.script, again.script);
    EXPECT_EQ(first.trace, again.trace);
    EXPECT_EQ(first.trace, played.trace);
    EXPECT_NE(first.trace, other.trace);
}

TEST(ControllerSimulation, meets_what_it_is_made_for) {
    ControllerCounts sum;
    for (std::uint64_t seed = 1'000; seed < 1'030; ++seed) {
        const ControllerResult result = run_controller(seed, kLines);
        ASSERT_EQ(result.violation, "") << report_of(seed, result);
        sum.add(result.counts);
    }

    // What the seeds draw differs from compiler to compiler.
    EXPECT_GT(sum.published, 1'000u);
    EXPECT_GT(sum.superseded, 500u);
    EXPECT_GT(sum.refused_lists, 50u);
    EXPECT_GT(sum.changed_lists, 300u);
    EXPECT_GT(sum.ejected_by_health, 50u);
    EXPECT_GT(sum.kept, 15u);
    EXPECT_GT(sum.back, 60u);
    EXPECT_GT(sum.operator_ejections, 200u);
    EXPECT_GT(sum.conflicts, 10u);
    EXPECT_GT(sum.late_events, 100u);
    EXPECT_GT(sum.loads, 200u);
    EXPECT_GT(sum.returns, 20u);
    EXPECT_GT(sum.forgotten_nodes, 30u);
    EXPECT_GT(sum.forgotten_pools, 20u);
    EXPECT_GT(sum.degraded, 20u);
    EXPECT_GT(sum.held_back, 100u);
    EXPECT_GT(sum.doubted_lists, 30u);
    EXPECT_GT(sum.agreements, 0u);
    EXPECT_GT(sum.questions, 10u);
    EXPECT_GT(sum.holds, 50u);
    EXPECT_GT(sum.emptied, 5u);
    EXPECT_GT(sum.kept_out, 5u);
    EXPECT_GT(sum.joining, 5u);
}

}  // namespace
}  // namespace ringside::sim
