// What a worker keeps of a pool from one snapshot to the next.
#pragma once

#include "base/clock.h"
#include "metrics/metrics.h"
#include "protocol/protocol.h"
#include "proxy/link.h"
#include "routing/snapshot.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace ringside::proxy {

// A node as seen by one worker. Lives while the node is in the pool or a link to it is open.
struct NodeRuntime {
    routing::Node node;
    std::string label;  // "server1 (10.0.0.1:6379)", for messages
    metrics::NodeCells* cells = nullptr;

    // By slot, one kind behind the other; a null handle: dialled at first use.
    std::vector<LinkHandle> links;
    std::size_t open_links = 0;  // in `links` or retired

    // After a failed connection the node is left alone until `retry_at`.
    base::TimePoint retry_at{};
    base::milliseconds backoff{0};
    std::string_view last_cause;  // why, static text
    bool failing = false;         // a failure was reported and no recovery since
    bool present = true;          // in the current snapshot

    std::uint32_t links_per_kind() const noexcept {
        return static_cast<std::uint32_t>(links.size() / protocol::kLinkKinds);
    }
};

// A pool as seen by one worker. Lives as long as the worker, so that sessions may point to it.
struct PoolRuntime {
    routing::PoolPtr pool;
    const protocol::Protocol* protocol = nullptr;
    metrics::PoolCells* cells = nullptr;
    std::map<routing::NodeId, std::unique_ptr<NodeRuntime>> nodes;
    std::vector<NodeRuntime*> by_index;  // parallel to pool->nodes
    bool removed = false;                // not in the current snapshot: accepts nobody

    const routing::PoolPolicy& policy() const noexcept { return pool->policy; }
};

}  // namespace ringside::proxy
