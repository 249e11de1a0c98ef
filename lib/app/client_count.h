// How many clients a pool has, over all workers.
//
// The pool's acceptor adds on the control thread; the worker that serves a client takes it off
// again. So the limit holds exactly, also while a socket is on its way to its worker.
#pragma once

#include "routing/snapshot.h"

#include <atomic>
#include <cstdint>
#include <map>

namespace ringside::app {

class ClientCount {
  public:
    void add() noexcept { value_.fetch_add(1, std::memory_order_relaxed); }
    void remove() noexcept { value_.fetch_sub(1, std::memory_order_relaxed); }
    std::uint32_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::uint32_t> value_{0};
};

// Made at first use, and kept: a pool has clients when it no longer listens, too. Owned by App;
// control thread only.
using ClientCounts = std::map<routing::PoolId, ClientCount>;

}  // namespace ringside::app
