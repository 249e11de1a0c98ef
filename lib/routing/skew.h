// How far a pool's hash and ring are from giving each node its share of typical keys, measured on
// samples. Pure; some milliseconds for a pool, however many nodes it has.
//
// Hashes that are kept for twemproxy's sake spread similar keys badly, which nobody notices until
// one node is full. No theory about which do: the pool's own ring is asked.
#pragma once

#include "routing/snapshot.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ringside::routing {

// Keys as applications have them: a prefix and a number from 0 on.
struct KeySample {
    std::string_view prefix;
    std::size_t count;
};

struct Skew {
    KeySample sample;              // of several the one that shows it most
    std::uint32_t node_index = 0;  // into Pool::nodes: who gets too many of them
    double share = 0;              // what it gets of them, 0..1
    double fair_share = 0;         // what it should get by its weight
};

// Nothing if keys are spread about as well as a good hash spreads them on the same ring, or if the
// pool does not hash (random, a single node, no node in the ring).
std::optional<Skew> measure_skew(const Pool& pool);

}  // namespace ringside::routing
