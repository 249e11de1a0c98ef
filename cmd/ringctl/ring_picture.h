// ringctl ring: the ring as a circle of letters, one letter per node, and each node's share.
#pragma once

#include "verbs.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace ringside::ctl {

// A part of the circle that begins after the one before and ends at `value`, included: 0 to 2^32-1.
struct Arc {
    std::uint32_t value = 0;
    std::size_t node = 0;
};

// Who owns the most of each of `count` equal parts of the circle. `arcs` in ascending order, not
// empty; the hashes above the last one belong to the first.
std::vector<std::size_t> owners_of_parts(std::span<const Arc> arcs, std::size_t count);

base::Expected<Shown> run_ring(Api& api, const Options& options);

}  // namespace ringside::ctl
