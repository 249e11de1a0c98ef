// Which share of the keys lives elsewhere by another ring, and where. Pure.
//
// Two ketama rings with the same hash are laid over each other: exact, whatever the keys are. Where
// the hash, its tag or the distribution differs, or with modula, sample keys are placed by both.
// With the random distribution no key has a home.
#pragma once

#include "routing/snapshot.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::routing {

enum class MovedBy : std::uint8_t {
    arcs,     // exact
    samples,  // of so many keys that the share is right within a percent
};

std::string_view to_string(MovedBy by) noexcept;

// Keys that live on `to` instead of on `from`, by ring names; empty: on no node, as none is in the
// ring.
struct KeyFlow {
    std::string from;
    std::string to;
    double share = 0;  // of all keys, 0..1
};

struct MovedKeys {
    double share = 0;  // of all keys, 0..1
    MovedBy by = MovedBy::arcs;
    // The largest first; at most as many as were wanted.
    std::vector<KeyFlow> flows = {};
    std::size_t flows_left_out = 0;
};

// A node is the same if its ring name is. Nothing: one of them is random, or neither has a node in
// its ring. At 1,000 nodes this takes about 2 ms, with flows up to 15 ms.
[[nodiscard]] std::optional<MovedKeys> moved_keys(const Pool& from, const Pool& to,
                                                  std::size_t flows_max = 0);

}  // namespace ringside::routing
