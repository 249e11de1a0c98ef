// What a worker tells the controller about a node. The controller alone judges.
#pragma once

#include "routing/snapshot.h"

#include <cstdint>
#include <string_view>

namespace ringside::health {

enum class HealthKind : std::uint8_t {
    refused,          // no connection: refused or unreachable
    name_not_found,   // no connection: nobody knows the address of this name
    connect_timeout,  // no connection within the limit
    lost,             // the connection broke, or the node closed it, with requests under way
    timed_out,        // requests were not answered in time
    protocol_error,   // an answer that fits no request
    auth_failed,      // AUTH or SELECT was refused
    readonly,         // a write was refused, as by a replica: no failure, and not ejected for
    writable,         // a write was done, the first after that
    recovered,        // the first answer after any of the above
};

std::string_view to_string(HealthKind kind) noexcept;

// Sent on edges: once per lost connection or batch of timeouts, once per recovery.
struct HealthEvent {
    routing::PoolId pool = 0;
    routing::NodeId node = 0;
    HealthKind kind = HealthKind::recovered;
    std::uint32_t link_epoch = 0;  // of the links that it is about; see routing::PoolNode
};

}  // namespace ringside::health
