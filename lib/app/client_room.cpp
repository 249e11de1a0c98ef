#include "app/client_room.h"

#include "admin/server.h"
#include "protocol/protocol.h"

#include <algorithm>

namespace ringside::app {
namespace {

// Standard streams, log, signals, the watched file, the control thread's loop and listeners.
constexpr std::uint64_t kOfProcess = 32;

// A loop, its waker and its timer.
constexpr std::uint64_t kOfWorker = 4;

// A source asks one node at a time, and an ejected node is probed.
constexpr std::uint64_t kOfPool = 4;

constexpr std::uint64_t kOfAdmin =
    2 * admin::AdminLimits{}.connections_max + admin::kStatsLimits.connections_max;

std::uint64_t links_of(const routing::Pool& pool) {
    const std::uint64_t kinds =
        pool.policy.protocol == routing::ProtocolKind::redis ? protocol::kLinkKinds : 1;
    return pool.nodes.size() * pool.policy.connections_per_node * kinds;
}

}  // namespace

void ClientRoom::adopt(const routing::Snapshot& snapshot) {
    if (files_max_ == 0) {
        return;
    }
    std::uint64_t needed = kOfProcess + kOfAdmin + worker_count_ * kOfWorker;
    for (const routing::PoolPtr& pool : snapshot.pools) {
        needed += kOfPool + worker_count_ * links_of(*pool);
    }
    const std::uint64_t kept_back = std::min(needed, files_max_ - files_max_ / 4);
    is_too_small_ = kept_back < needed;
    clients_max_ = files_max_ - kept_back;
}

}  // namespace ringside::app
