// What outlives the process: the last good list of each pool, and the operator's ejections. A pure
// value, in wall time, as no other clock means the same to the next process.
//
// Taken from and given to the controller; what it looks like in a file is saved_state_text.h.
#pragma once

#include "base/clock.h"
#include "base/moment.h"
#include "routing/membership.h"
#include "routing/snapshot.h"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::discovery {

using WallTime = std::chrono::system_clock::time_point;

// The nodes of a pool as a source has listed them, and what decides whether the list is of use.
struct SavedList {
    std::string source;    // who has said it: config::describe()
    std::string identity;  // by which its members have their names: routing::to_string()
    std::string identity_template = {};
    WallTime said_at{};
    routing::Membership membership;  // sorted, by ring names
    // Where host names of members led last: IPs, in the order to try.
    std::map<std::string, std::vector<std::string>> ips = {};

    bool operator==(const SavedList&) const = default;
};

struct SavedEjection {
    std::string node;               // its ring name; a member or one that has left
    std::optional<WallTime> until;  // nothing: until it is restored
    std::string remark = {};        // the operator's
    bool is_drained = false;        // its links were closed as well

    bool operator==(const SavedEjection&) const = default;
};

struct SavedPool {
    std::string name;
    std::string protocol;  // protocol_text()
    std::optional<SavedList>
        list;  // nothing: its nodes are in the configuration, or there are none
    std::vector<SavedEjection> ejections = {};

    bool operator==(const SavedPool&) const = default;
};

struct SavedState {
    std::vector<SavedPool> pools;

    bool operator==(const SavedState&) const = default;
};

// "memcached", "redis".
std::string_view protocol_text(routing::ProtocolKind protocol) noexcept;

// Whether writing `b` over `a` would be of no use: they differ in no more than when the lists were
// said, and by what two readings of two clocks differ.
bool says_the_same(const SavedState& a, const SavedState& b);

// Null if there is none of this name and protocol.
const SavedPool* find(const SavedState& state, std::string_view name, std::string_view protocol);

// From one clock to the other, as of `at`. Of an end that is too far away for the clocks: kNever.
WallTime to_wall(base::TimePoint event, const base::Moment& at);
base::TimePoint to_steady(WallTime event, const base::Moment& at);

}  // namespace ringside::discovery
