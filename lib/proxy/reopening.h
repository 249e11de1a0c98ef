// Which nodes of pools with `preconnect` have lost a link that is to be opened again, and when.
//
// Owned by Links. Short: each node is in it once at most, and only until it is back.
#pragma once

#include "base/clock.h"
#include "proxy/pool_runtime.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace ringside::proxy {

class Reopening {
  public:
    void schedule(PoolRuntime& pool, NodeRuntime& node, base::TimePoint when) {
        forget(node);
        waiting_.push_back({&pool, &node, when});
    }

    // The node may cease to exist.
    void forget(const NodeRuntime& node) noexcept {
        std::erase_if(waiting_, [&node](const Entry& entry) { return entry.node == &node; });
    }

    // Calls open(pool, node) for each node whose time has come; it may schedule and forget.
    template <typename Open>
    void take_due(base::TimePoint now, Open&& open) {
        for (std::size_t i = 0; i < waiting_.size();) {
            const Entry entry = waiting_[i];
            if (now < entry.when) {
                ++i;
                continue;
            }
            waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
            open(*entry.pool, *entry.node);
        }
    }

    base::TimePoint next() const noexcept {
        base::TimePoint soonest = base::kNever;
        for (const Entry& entry : waiting_) {
            soonest = std::min(soonest, entry.when);
        }
        return soonest;
    }

  private:
    struct Entry {
        PoolRuntime* pool;
        NodeRuntime* node;
        base::TimePoint when;
    };

    std::vector<Entry> waiting_;
};

}  // namespace ringside::proxy
