// What stands between the lists of a source and the ring: what the configuration says of it. The
// same for all sources, and not for a list in the configuration.
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <optional>

namespace ringside::config {

// Whether a list is believed that takes many nodes away at once (discovery/change_rule.h).
struct ChangeLimits {
    std::uint32_t nodes_min = 1;
    std::uint32_t leave_percent_max = 50;  // of the nodes that are there; 100: all may
    std::uint32_t answers = 3;             // that have to agree on more; at least 1

    bool operator==(const ChangeLimits&) const = default;
};

// A value.
struct SourceRules {
    ChangeLimits change;
    // How long the last list stays when the source says that there are no nodes. None: for ever.
    std::optional<base::milliseconds> hold;
    // How often a node may come back in a while (discovery/flap_rule.h). 0: as often as it likes.
    std::uint32_t returns_max = 3;

    bool operator==(const SourceRules&) const = default;
};

}  // namespace ringside::config
