// A memcached node of the simulation.
#pragma once

#include "sim/fake_node.h"

#include <string_view>

namespace ringside::sim {

// Looks for one request at the start of `bytes`. The node counts 1 << id items in its statistics,
// so that a sum tells which nodes are in it.
Served serve_memcached(std::string_view bytes, routing::NodeId id);

}  // namespace ringside::sim
