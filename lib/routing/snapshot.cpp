#include "routing/snapshot.h"

#include <algorithm>

namespace ringside::routing {
namespace {

// twemproxy counts, weighs and places the live nodes only, so an ejection changes every share.
std::vector<RingMember> ring_members(const std::vector<PoolNode>& nodes) {
    std::vector<RingMember> members;
    members.reserve(nodes.size());
    for (std::uint32_t index = 0; index < nodes.size(); ++index) {
        if (nodes[index].state == NodeState::in_ring) {
            members.push_back({nodes[index].node.name, nodes[index].node.weight, index});
        }
    }
    return members;
}

Ring build_ring(const std::vector<PoolNode>& nodes, Distribution distribution, const Pool* before) {
    const bool is_like = before != nullptr && distribution == Distribution::ketama &&
                         before->ring.distribution() == Distribution::ketama;
    return is_like
               ? Ring::build_like(before->ring, ring_members(before->nodes), ring_members(nodes))
               : Ring::build_from(ring_members(nodes), distribution);
}

}  // namespace

bool links_differ(const PoolPolicy& a, const PoolPolicy& b) noexcept {
    return a.redis_auth != b.redis_auth || a.redis_db != b.redis_db;
}

std::string_view to_string(NodeState state) noexcept {
    switch (state) {
        case NodeState::in_ring:
            return "in_ring";
        case NodeState::joining:
            return "joining";
        case NodeState::ejected_by_health:
            return "ejected_by_health";
        case NodeState::ejected_by_operator:
            return "ejected_by_operator";
    }
    return "unknown";
}

std::optional<std::uint32_t> Pool::owner_of(std::string_view key,
                                            std::uint32_t random) const noexcept {
    if (ring.empty()) {
        return std::nullopt;
    }
    if (nodes.size() == 1) {
        return 0;  // nc_server.c, server_pool_idx: a pool with one configured server never hashes
    }
    if (policy.distribution == Distribution::random) {
        return ring.find(random);
    }
    return ring.find(hash_key(policy.hash, hashed_part(key, policy.hash_tag)));
}

const Pool* Snapshot::find(PoolId id) const noexcept {
    const auto found = std::find_if(pools.begin(), pools.end(),
                                    [id](const PoolPtr& pool) { return pool->id == id; });
    return found == pools.end() ? nullptr : found->get();
}

const Pool* Snapshot::find(std::string_view name) const noexcept {
    const auto found = std::find_if(pools.begin(), pools.end(),
                                    [name](const PoolPtr& pool) { return pool->name == name; });
    return found == pools.end() ? nullptr : found->get();
}

PoolPtr build_pool(PoolId id, std::string name, PoolPolicy policy, std::vector<PoolNode> nodes,
                   PoolBackground background) {
    std::sort(nodes.begin(), nodes.end(), [](const PoolNode& a, const PoolNode& b) {
        return ring_name_less(a.node.name, b.node.name);
    });
    for (PoolNode& each : nodes) {
        if (!each.node.address.is_name()) {
            each.address_problem = {};
            if (each.addresses.empty()) {
                each.addresses.push_back(each.node.address);
            }
        }
    }
    auto pool = std::make_shared<Pool>();
    pool->id = id;
    pool->name = std::move(name);
    pool->ring = build_ring(nodes, policy.distribution, background.before);
    pool->policy = std::move(policy);
    pool->nodes = std::move(nodes);
    pool->no_node_reason =
        pool->ring.empty() ? std::move(background.no_node_reason) : std::string();
    return pool;
}

}  // namespace ringside::routing
