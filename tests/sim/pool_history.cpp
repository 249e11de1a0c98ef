#include "sim/pool_history.h"

#include <algorithm>
#include <utility>

namespace ringside::sim {
namespace {

bool has(const routing::PoolNode& node, const routing::Address& address) {
    return std::find(node.addresses.begin(), node.addresses.end(), address) != node.addresses.end();
}

}  // namespace

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
        if (has(each, address)) {
            return each.node.id;
        }
    }
    return 0;
}

bool PoolHistory::keeps_links(routing::NodeId node, const routing::Address& address) const {
    if (now() == 0) {
        return true;
    }
    const routing::Pool& before = pool(now() - 1);
    const routing::PoolNode* was = find(before, node);
    const routing::PoolNode* is = find(*latest(), node);
    return was != nullptr && is != nullptr && has(*is, address) &&
           was->link_epoch == is->link_epoch &&
           before.policy.connections_per_node == latest()->policy.connections_per_node;
}

const routing::PoolNode* PoolHistory::find(const routing::Pool& pool, routing::NodeId node) {
    for (const routing::PoolNode& each : pool.nodes) {
        if (each.node.id == node) {
            return &each;
        }
    }
    return nullptr;
}

}  // namespace ringside::sim
