// What a worker has known of one pool, from snapshot to snapshot.
#pragma once

#include "routing/snapshot.h"

#include <cstddef>
#include <set>
#include <string_view>
#include <vector>

namespace ringside::sim {

// The time between two changes of the pool, by their number.
using Epoch = std::size_t;

// The epochs in which a request may have been sent on its way, both included.
struct Window {
    Epoch first = 0;
    Epoch last = 0;
};

class PoolHistory {
  public:
    // A snapshot with this pool has been adopted, or one without it (null).
    void adopt(routing::PoolPtr pool);

    Epoch now() const { return epochs_.size() - 1; }
    bool is_empty() const { return epochs_.empty(); }
    // Not in the present snapshot.
    bool is_gone() const { return is_empty() || removed(now()); }
    bool removed(Epoch epoch) const { return epochs_[epoch].removed; }
    // A pool that was removed is what it was last: its clients' last requests go by that.
    const routing::Pool& pool(Epoch epoch) const { return *epochs_[epoch].pool; }
    const routing::PoolPtr& latest() const { return epochs_.back().pool; }

    routing::NodeId owner(std::string_view key, Epoch epoch) const;
    // Whether the node is in the present snapshot.
    bool is_in(routing::NodeId node) const {
        return !is_gone() && find(*latest(), node) != nullptr;
    }
    std::set<routing::NodeId> in_ring(Epoch epoch) const;
    // The node with this address, beside others perhaps, at present; 0 if there is none.
    routing::NodeId node_at(const routing::Address& address) const;
    // Whether links to the node at this address that were open before the present epoch take
    // requests in it: those of a removed pool do, from clients that are leaving.
    bool keeps_links(routing::NodeId node, const routing::Address& address) const;

  private:
    struct Change {
        routing::PoolPtr pool;
        bool removed = false;
    };

    static const routing::PoolNode* find(const routing::Pool& pool, routing::NodeId node);

    std::vector<Change> epochs_;
};

}  // namespace ringside::sim
