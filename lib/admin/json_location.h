// Where a key lives, why there, and how the nodes are that it concerns: as JSON text.
#pragma once

#include "base/expected.h"
#include "discovery/pool_view.h"
#include "routing/snapshot.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::admin {

// A node that owns the key, or would.
struct Owner {
    const routing::Node* node = nullptr;
    discovery::NodeStanding standing;
    std::int64_t in_flight = 0;  // requests that wait to be written or answered
};

// GET /pools/{pool}/locate.
struct Location {
    std::string pool;
    std::string key;
    std::string hashed_part;
    std::optional<routing::HashKind> hash_kind;  // none: the pool does not hash
    std::uint32_t hash = 0;
    std::optional<std::uint32_t> point;  // the ring point, or the last slot of the node
    std::optional<Owner> owner;          // none: the ring is empty, or the choice is random
    // Who would have the key if those before it left the ring, the next one first. Of a ketama
    // ring.
    std::vector<Owner> next_owners;
    std::string why;           // one sentence
    std::string problem = {};  // not empty: the proxy refuses this key
};
std::string location_json(const Location& location);
// POST: the same, a list.
std::string locations_json(const std::vector<Location>& locations);

// A list of strings: the error says what else it is.
base::Expected<std::vector<std::string>> read_keys_json(std::string_view text);

}  // namespace ringside::admin
