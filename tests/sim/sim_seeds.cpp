// Runs a range of seeds and stops at the first violation: sim_seeds FIRST COUNT TURNS. Says which
// seed it was and what it found, and ends with 1; with 0 if there was none.
#include "sim/simulation.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>

int main(int count, char** words) {
    if (count != 4) {
        std::fputs("usage: sim_seeds FIRST COUNT TURNS\n", stderr);
        return 2;
    }
    const std::uint64_t first = std::strtoull(words[1], nullptr, 10);
    const std::uint64_t seeds = std::strtoull(words[2], nullptr, 10);
    const int turns = std::atoi(words[3]);
    for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
        std::printf("seed %ju\n", static_cast<std::uintmax_t>(seed));
        std::fflush(stdout);  // a crash must not hide which seed it was
        const auto result = ringside::sim::Simulation(seed).run(turns);
        if (!result.violation.empty()) {
            std::printf("violation: %s\n", result.violation.c_str());
            return 1;
        }
    }
    return 0;
}
