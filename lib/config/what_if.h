// Pools as somebody imagines them: other nodes, other weights, to see what would become of the keys
// before anything is done. Pure.
#pragma once

#include "base/expected.h"
#include "routing/snapshot.h"

#include <span>
#include <string>

namespace ringside::config {

// As people write them.
struct WhatIf {
    std::span<const std::string> add;           // "HOST:PORT:WEIGHT [NAME]", as in `servers:`
    std::span<const std::string> remove;        // ring names
    std::span<const std::string> weight;        // "NAME:WEIGHT"
    std::span<const std::string> eject = {};    // ring names; they stay nodes
    std::span<const std::string> restore = {};  // ring names
};

// The same pool with these changes. Nodes that are ejected stay so unless they are restored, and
// those that are added are in the ring. The error names the change, what is wrong and what to do.
// `pool` is left as it is.
base::Expected<routing::PoolPtr> pool_as_asked(const routing::Pool& pool, const WhatIf& changes);

}  // namespace ringside::config
