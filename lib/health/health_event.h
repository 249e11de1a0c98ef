// What a worker tells the controller about a node. The controller alone judges.
#pragma once

#include "health/failure_count.h"
#include "routing/snapshot.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace ringside::health {

enum class HealthKind : std::uint8_t {
    refused,          // no connection: refused
    no_connection,    // no connection for another reason, which `cause` names
    name_not_found,   // no connection: nobody knows the address of this name
    connect_timeout,  // no connection within the limit
    lost,             // the connection broke, or the node closed it, with requests under way
    timed_out,        // requests were not answered in time
    turned_away,      // an error was all that the node said before it closed: `cause`
    not_ready,        // the node has no data to answer from yet: -LOADING, -MASTERDOWN
    protocol_error,   // an answer that fits no request
    auth_failed,      // AUTH or SELECT was refused
    readonly,         // a write was refused, as by a replica: no failure, and not ejected for
    writable,         // a write was done, the first after that
    own_shortage,     // no socket, for a lack of ours: no fault of the node
    recovered,        // the first answer after any of the above
};

std::string_view to_string(HealthKind kind) noexcept;

// Sent on edges: once for each failed attempt that may count (FailureCount), once per recovery, and
// once more when that has lasted.
struct HealthEvent {
    routing::PoolId pool = 0;
    routing::NodeId node = 0;
    HealthKind kind = HealthKind::recovered;
    std::uint32_t link_epoch = 0;  // of the links that it is about; see routing::PoolNode
    bool counts = true;            // else it is told, and held neither against the node nor for it
    Attempt attempt{};             // that has failed; of a recovery: of no meaning
    std::string cause{};           // in the words that clients get; empty: those of the kind
};

// What has happened, for the log: "connection refused", "no connection: Permission denied".
std::string describe(const HealthEvent& event);

}  // namespace ringside::health
