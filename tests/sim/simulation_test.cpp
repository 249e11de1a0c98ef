// The worker under seeded faults: cut reads, short writes, slow, silent and breaking nodes, leaving
// clients, changing rings. Every seed must keep the invariants that simulation.h names.
#include "sim/simulation.h"

#include <gtest/gtest.h>

namespace ringside::sim {
namespace {

class Simulated : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Simulated, every_request_gets_its_own_answer_or_its_session_ends) {
    const std::uint64_t first_seed = GetParam() * 50;
    for (std::uint64_t seed = first_seed; seed < first_seed + 50; ++seed) {
        Simulation simulation(seed);
        const Simulation::Result result = simulation.run(1500);
        ASSERT_EQ(result.violation, "") << "seed " << seed;
        ASSERT_EQ(result.requests_left, 0u) << "seed " << seed;
        ASSERT_GT(result.answers, 0u) << "seed " << seed;
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, Simulated, testing::Range<std::uint64_t>(0, 12));

TEST(Simulation, the_same_seed_gives_the_same_trace) {
    const Simulation::Result first = Simulation(42).run(2000);
    const Simulation::Result second = Simulation(42).run(2000);
    const Simulation::Result other = Simulation(43).run(2000);

    EXPECT_EQ(first.trace, second.trace);
    EXPECT_NE(first.trace, other.trace);
}

TEST(Simulation, meets_the_faults_it_is_made_for) {
    Simulation::Result sum;
    for (std::uint64_t seed = 1000; seed < 1040; ++seed) {
        const Simulation::Result result = Simulation(seed).run(1500);
        sum.answers += result.answers;
        sum.errors += result.errors;
        sum.adoptions += result.adoptions;
        sum.late_replies += result.late_replies;
        sum.links_broken += result.links_broken;
        sum.clients_left += result.clients_left;
    }

    EXPECT_GT(sum.answers, 10'000u);
    EXPECT_GT(sum.errors, 100u);
    EXPECT_GT(sum.adoptions, 100u);
    EXPECT_GT(sum.late_replies, 10u);
    EXPECT_GT(sum.links_broken, 100u);
    EXPECT_GT(sum.clients_left, 100u);
}

}  // namespace
}  // namespace ringside::sim
