// Who should be in a pool according to its source, and what changed since the last time.
#pragma once

#include "routing/node.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::routing {

// Whether a source wants new requests to go to a node.
enum class MemberState : std::uint8_t {
    serving,
    terminating,  // it is on its way out: it still answers, and will not for long
};

// What a source says of one node. Sources that know less leave the defaults.
struct Member {
    // The ring name, its identity. From a source: how that one names it; the pool's `identity` may
    // give it another (routing/identity.h).
    std::string name;
    // Where it is reached: an IP, a unix path, or a host name that is looked up on our side.
    Address address;
    std::uint32_t weight = 1;
    // Its host name if `address` is an IP: what TLS asks for (SNI) and checks. Empty: it is the
    // address's, or it has none.
    std::string host = {};
    // Further IPs of the same node, in the order to try behind an IP in `address`.
    std::vector<std::string> other_ips = {};
    MemberState state = MemberState::serving;
    std::string zone = {};  // of availability: "us-east-1a"; empty: not known

    bool operator==(const Member&) const = default;
};

// The host name of a member, empty if it has none.
std::string_view host_name(const Member& member) noexcept;

// The addresses that the source itself tells, in the order to try; none for a name that has to be
// looked up.
std::vector<Address> known_addresses(const Member& member);

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
    std::vector<std::string> changed;  // same name, and something else is another

    bool empty() const noexcept { return added.empty() && removed.empty() && changed.empty(); }
};

// Sorts by ring_name_less. Names that occur twice are returned (the first stays in the list).
std::vector<std::string> normalize(Membership& membership);

MembershipDiff diff(const Membership& before, const Membership& after);

}  // namespace ringside::routing
