// Which settings are in force, and who has set each: for `ringside --explain-config`, and to tell
// what a changed file asks for that only a restart can give.
#pragma once

#include <string>
#include <vector>

namespace ringside::config {

struct EffectiveSetting {
    std::string path;    // "alpha.timeout", "alpha.servers[0]"
    std::string value;   // as written; "none" without any, and a secret is only shown as "***"
    std::string source;  // "default", "pools.yml:12", "variable RINGSIDE_WORKERS", "option -s"
    bool needs_restart = false;  // a reload does not change it

    bool operator==(const EffectiveSetting&) const = default;
};

// Of every pool in the order of the file, then of the process; the keys in the order of their
// table.
using Explanation = std::vector<EffectiveSetting>;

// One line for each: path, value and source in columns.
std::string explanation_text(const Explanation& explanation);

// The paths of the settings that need a restart and have another value in `wanted`.
std::vector<std::string> waiting_for_restart(const Explanation& running, const Explanation& wanted);

}  // namespace ringside::config
