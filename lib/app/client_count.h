// How many clients a pool has, over all workers.
//
// The pool's acceptor adds on the control thread; the worker that serves a client takes it off
// again. So the limit holds exactly, also while a socket is on its way to its worker.
#pragma once

#include "routing/snapshot.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>

namespace ringside::app {

class ClientCount {
  public:
    void add() noexcept { value_.fetch_add(1, std::memory_order_relaxed); }
    // The last thing that a worker does with it: who has seen 0 may free it.
    void remove() noexcept { value_.fetch_sub(1, std::memory_order_release); }
    std::uint32_t value() const noexcept { return value_.load(std::memory_order_acquire); }

  private:
    std::atomic<std::uint32_t> value_{0};
};

// Made at first use. Owned by App; control thread only.
class ClientCounts {
  public:
    // The reference lasts until the pool is forgotten and has no clients.
    ClientCount& operator[](routing::PoolId pool) { return counts_[pool]; }

    // Nobody opens a listener for this pool any more. The last of its clients may still be leaving:
    // then its count goes with a later call.
    void forget(routing::PoolId pool) {
        forgotten_.insert(pool);
        std::erase_if(forgotten_, [this](routing::PoolId each) {
            const auto found = counts_.find(each);
            if (found != counts_.end() && found->second.value() > 0) {
                return false;
            }
            counts_.erase(each);
            return true;
        });
    }

    std::size_t size() const noexcept { return counts_.size(); }

  private:
    std::map<routing::PoolId, ClientCount> counts_;
    std::set<routing::PoolId> forgotten_;
};

}  // namespace ringside::app
