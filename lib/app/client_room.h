// How many clients the limit of open files leaves room for.
//
// Links to nodes, listeners and the admin API come first: a worker that finds no descriptor for a
// link fails every request for that node, and takes a node for lost that is not. twemproxy keeps
// descriptors back too (nc_core.c, core_calc_connections). Owned by App; control thread only.
#pragma once

#include "admin/server.h"
#include "routing/snapshot.h"

#include <cstdint>
#include <limits>

namespace ringside::app {

class ClientRoom {
  public:
    // `files_max`: of this process; 0 if it is not known, and clients are as many as come.
    ClientRoom(std::uint64_t files_max, std::uint32_t worker_count);

    // Pools and nodes come and go, and the links to them.
    void adopt(const routing::Snapshot& snapshot);

    // Of all pools together; at least a quarter of the limit. Over it: the client is closed.
    std::uint64_t clients_max() const noexcept { return clients_max_; }

    // Of the listeners of the admin API and of the probes, and of the statistics: a share of the
    // limit of open files.
    const http::ServerLimits& admin_limits() const noexcept { return admin_limits_; }
    const http::ServerLimits& stats_limits() const noexcept { return stats_limits_; }

    // Whether more is needed than can be kept back: the limit of open files is too low.
    bool is_too_small() const noexcept { return is_too_small_; }

  private:
    const std::uint64_t files_max_;
    const std::uint32_t worker_count_;
    http::ServerLimits admin_limits_;
    http::ServerLimits stats_limits_ = admin::kStatsLimits;
    std::uint64_t clients_max_ = std::numeric_limits<std::uint64_t>::max();
    bool is_too_small_ = false;
};

}  // namespace ringside::app
