// A Redis node of the simulation.
#pragma once

#include "sim/fake_node.h"

#include <string_view>

namespace ringside::sim {

// Looks for one request at the start of `bytes`. HELLO 3 sets `resp3`.
Served serve_redis(std::string_view bytes, bool& resp3);

}  // namespace ringside::sim
