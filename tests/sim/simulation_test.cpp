// The worker under seeded faults: cut reads, short writes, slow, silent and breaking nodes, leaving
// clients, changing rings, pools that go and a worker that is drained. Every seed must keep the
// invariants that simulation.h names; tests/sim/planted shows what that would find.
#include "sim/simulation.h"

#include <gtest/gtest.h>

namespace ringside::sim {
namespace {

// In each of the tests that run side by side.
#ifdef RINGSIDE_SANITIZED
constexpr std::uint64_t kSeeds = 8;
#else
constexpr std::uint64_t kSeeds = 16;
#endif
constexpr int kTurns = 400;

class Simulated : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Simulated, every_request_gets_its_own_answer_or_its_session_ends) {
    const std::uint64_t first_seed = GetParam() * kSeeds;
    for (std::uint64_t seed = first_seed; seed < first_seed + kSeeds; ++seed) {
        Simulation simulation(seed);
        const Simulation::Result result = simulation.run(kTurns);
        ASSERT_EQ(result.violation, "") << "seed " << seed;
        ASSERT_EQ(result.requests_left, 0u) << "seed " << seed;
        ASSERT_GT(result.answers, 0u) << "seed " << seed;
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, Simulated, testing::Range<std::uint64_t>(0, 12));

TEST(Simulation, the_same_seed_gives_the_same_trace) {
    const Simulation::Result first = Simulation(42).run(kTurns);
    const Simulation::Result second = Simulation(42).run(kTurns);
    const Simulation::Result other = Simulation(43).run(kTurns);

    EXPECT_EQ(first.trace, second.trace);
    EXPECT_NE(first.trace, other.trace);
}

TEST(Simulation, meets_the_faults_it_is_made_for) {
    Simulation::Result sum;
    for (std::uint64_t seed = 1000; seed < 1040; ++seed) {
        const Simulation::Result result = Simulation(seed).run(kTurns);
        ASSERT_EQ(result.violation, "") << "seed " << seed;
        sum.answers += result.answers;
        sum.errors += result.errors;
        sum.adoptions += result.adoptions;
        sum.removals += result.removals;
        sum.forgotten += result.forgotten;
        sum.drains += result.drains;
        sum.partings += result.partings;
        sum.raced += result.raced;
        sum.late_replies += result.late_replies;
        sum.cuts += result.cuts;
        sum.links_broken += result.links_broken;
        sum.links_given_up += result.links_given_up;
        sum.links_silent += result.links_silent;
        sum.failures += result.failures;
        sum.clients_left += result.clients_left;
        sum.holds += result.holds;
        sum.arrivals += result.arrivals;
    }

    EXPECT_GT(sum.answers, 10'000u);
    EXPECT_GT(sum.errors, 1'000u);
    EXPECT_GT(sum.adoptions, 100u);
    EXPECT_GT(sum.removals, 10u);
    EXPECT_GT(sum.forgotten, 200u);
    EXPECT_GT(sum.drains, 10u);
    EXPECT_GT(sum.partings, 100u);
    EXPECT_GT(sum.raced, 10);
    EXPECT_GT(sum.late_replies, 100);
    EXPECT_GT(sum.cuts, 10);
    EXPECT_GT(sum.links_broken, 100u);
    EXPECT_GT(sum.links_given_up, 50u);
    EXPECT_GT(sum.links_silent, 50);
    EXPECT_GT(sum.failures, 500u);
    EXPECT_GT(sum.clients_left, 100u);
    EXPECT_GT(sum.holds, 1'000u);
    EXPECT_GT(sum.arrivals, 1'000u);
}

}  // namespace
}  // namespace ringside::sim
