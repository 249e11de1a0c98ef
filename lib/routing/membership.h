// Who should be in a pool according to its source, and what changed since the last time.
#pragma once

#include "routing/node.h"

#include <string>
#include <vector>

namespace ringside::routing {

// What a source says of one node. The name is the identity.
struct Member {
    std::string name;
    Address address;
    std::uint32_t weight = 1;

    bool operator==(const Member&) const = default;
};

// The complete list, never a delta. Sorted by ring_name_less, names unique.
struct Membership {
    std::vector<Member> members;
    // The source's own version (ElastiCache: the first line of its answer), or 0 if it has none.
    std::uint64_t source_version = 0;

    bool operator==(const Membership&) const = default;
};

struct MembershipDiff {
    std::vector<std::string> added;
    std::vector<std::string> removed;
    std::vector<std::string> changed;  // same name, other address or weight

    bool empty() const noexcept { return added.empty() && removed.empty() && changed.empty(); }
};

// Sorts by ring_name_less. Names that occur twice are returned (the first stays in the list).
std::vector<std::string> normalize(Membership& membership);

MembershipDiff diff(const Membership& before, const Membership& after);

}  // namespace ringside::routing
