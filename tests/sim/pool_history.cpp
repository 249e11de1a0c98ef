#include "sim/pool_history.h"

#include <utility>

namespace ringside::sim {

void PoolHistory::adopt(routing::PoolPtr pool) {
    const bool removed = pool == nullptr;
    epochs_.push_back({removed ? latest() : std::move(pool), removed});
}

routing::NodeId PoolHistory::owner(std::string_view key, Epoch epoch) const {
    const routing::Pool& at = pool(epoch);
    const auto index = at.owner_of(key, 0);
    return index ? at.nodes[*index].node.id : 0;
}

std::set<routing::NodeId> PoolHistory::in_ring(Epoch epoch) const {
    std::set<routing::NodeId> ids;
    for (const routing::PoolNode& each : pool(epoch).nodes) {
        if (each.state == routing::NodeState::in_ring) {
            ids.insert(each.node.id);
        }
    }
    return ids;
}

routing::NodeId PoolHistory::node_at(const routing::Address& address) const {
    for (const routing::PoolNode& each : latest()->nodes) {
        if (each.node.address == address) {
            return each.node.id;
        }
    }
    return 0;
}

bool PoolHistory::keeps_links(routing::NodeId node) const {
    if (now() == 0) {
        return true;
    }
    const routing::Pool& before = pool(now() - 1);
    const routing::Node* was = find(before, node);
    const routing::Node* is = find(*latest(), node);
    return was != nullptr && is != nullptr && was->address == is->address &&
           before.policy.connections_per_node == latest()->policy.connections_per_node;
}

const routing::Node* PoolHistory::find(const routing::Pool& pool, routing::NodeId node) {
    for (const routing::PoolNode& each : pool.nodes) {
        if (each.node.id == node) {
            return &each.node;
        }
    }
    return nullptr;
}

}  // namespace ringside::sim
