// Whether the same keys live on the same nodes by two descriptions of a pool: what changes when a
// program or a file takes the place of another. Pure.
#pragma once

#include "routing/snapshot.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::routing {

// So many moved keys are kept as examples.
inline constexpr std::size_t kMoveExamplesMax = 5;

// A key that lives elsewhere; nodes by their ring names.
struct Move {
    std::string key;
    std::string from;
    std::string to;
};

// Something that decides where keys live, and is not the same: "hash", "node cache-1". "-": there
// is none.
struct Difference {
    std::string what;
    std::string from;
    std::string to;

    bool operator==(const Difference&) const = default;
};

struct Comparison {
    std::size_t keys = 0;
    std::size_t moved = 0;
    std::vector<Move> examples = {};  // the first ones
    std::vector<Difference> differences = {};
};

// A node is the same if its ring name is: another address under the same name is a difference, but
// moves no key. With the random distribution a key lives on all nodes alike; it has moved if these
// are others, or if it now has one node.
Comparison compare_pools(const Pool& from, const Pool& to, std::span<const std::string_view> keys);

}  // namespace ringside::routing
