#include "app/client_room.h"

#include "protocol/protocol.h"

#include <algorithm>

namespace ringside::app {
namespace {

// Standard streams, log, signals, the watched file, the control thread's loop and listeners.
constexpr std::uint64_t kOfProcess = 24;

// A loop, its waker and its timer.
constexpr std::uint64_t kOfWorker = 4;

// Each listener of the admin API can serve a probe beside a person, however low the limit is.
constexpr std::uint64_t kAdminConnectionsMin = 4;

// A source asks one node at a time, and an ejected node is probed.
constexpr std::uint64_t kOfPool = 4;

std::uint64_t links_of(const routing::Pool& pool) {
    const std::uint64_t kinds =
        pool.policy.protocol == routing::ProtocolKind::redis ? protocol::kLinkKinds : 1;
    return pool.nodes.size() * pool.policy.connections_per_node * kinds;
}

}  // namespace

ClientRoom::ClientRoom(std::uint64_t files_max, std::uint32_t worker_count)
    : files_max_(files_max), worker_count_(worker_count) {
    if (files_max == 0) {
        return;
    }
    const auto share = [files_max](std::size_t& connections_max, std::uint64_t parts) {
        const std::uint64_t most = std::max(files_max / parts, kAdminConnectionsMin);
        connections_max = static_cast<std::size_t>(std::min<std::uint64_t>(connections_max, most));
    };
    share(admin_limits_.connections_max, 128);
    share(stats_limits_.connections_max, 32);
}

void ClientRoom::adopt(const routing::Snapshot& snapshot) {
    if (files_max_ == 0) {
        return;
    }
    const std::uint64_t of_admin =
        2 * admin_limits_.connections_max + stats_limits_.connections_max;
    std::uint64_t needed = kOfProcess + of_admin + worker_count_ * kOfWorker;
    for (const routing::PoolPtr& pool : snapshot.pools) {
        needed += kOfPool + worker_count_ * links_of(*pool);
    }
    const std::uint64_t kept_back = std::min(needed, files_max_ - files_max_ / 4);
    is_too_small_ = kept_back < needed;
    clients_max_ = files_max_ - kept_back;
}

}  // namespace ringside::app
