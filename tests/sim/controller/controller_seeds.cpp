// Runs seeds of the controller's simulation and stops at the first violation:
//
//   controller_seeds FIRST COUNT LINES
//   controller_seeds --replay FILE      plays a script, as one that failed was printed
//
// Says which seed it was, what it found and the shortest script that shows it, and ends with 1;
// with 0 if there was none.
#include "sim/controller/plan.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

namespace {

int replay_file(const char* path) {
    std::ifstream file(path);
    ringside::sim::Script script;
    for (std::string line; std::getline(file, line);) {
        script.push_back(line);
    }
    const auto result = ringside::sim::replay(script);
    if (!result.violation.empty()) {
        std::printf("violation: %s\nat: %s\n", result.violation.c_str(),
                    result.script.empty() ? "" : result.script.back().c_str());
    }
    return result.violation.empty() ? 0 : 1;
}

}  // namespace

int main(int count, char** words) {
    if (count == 3 && std::string_view(words[1]) == "--replay") {
        return replay_file(words[2]);
    }
    if (count != 4) {
        std::fputs(
            "usage: controller_seeds FIRST COUNT LINES\n"
            "       controller_seeds --replay FILE\n",
            stderr);
        return 2;
    }
    const std::uint64_t first = std::strtoull(words[1], nullptr, 10);
    const std::uint64_t seeds = std::strtoull(words[2], nullptr, 10);
    const int lines = std::atoi(words[3]);
    for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
        std::printf("seed %ju\n", static_cast<std::uintmax_t>(seed));
        std::fflush(stdout);  // a crash must not hide which seed it was
        const auto result = ringside::sim::run_controller(seed, lines);
        if (!result.violation.empty()) {
            std::printf("violation: %s\n", report_of(seed, result).c_str());
            return 1;
        }
    }
    return 0;
}
