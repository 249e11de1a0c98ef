// What the pools of the simulation are like.
#include "sim/fake_values.h"
#include "sim/simulation.h"

#include <fmt/format.h>

#include <array>
#include <utility>
#include <vector>

namespace ringside::sim {
namespace {

// Of a pool, drawn anew with each change; 0: none. Deadlines on a link need not ascend then.
constexpr std::array<int, 8> kTimeoutsMs{100, 100, 100, 100, 40, 200, 600, 0};

}  // namespace

routing::PoolPtr Simulation::make_pool(PoolWorld& pool) {
    routing::PoolPolicy policy;
    policy.protocol = pool.protocol;
    policy.timeout = base::milliseconds(kTimeoutsMs[dice_.pick(kTimeoutsMs.size())]);
    policy.connections_per_node = 1 + static_cast<std::uint32_t>(dice_.pick(2));
    policy.preconnect = dice_.chance(20);
    policy.auto_eject = dice_.chance(50);
    policy.flush_all = true;
    policy.value_bytes_max = kValueBytesMax;
    if (pool.id == 3) {
        policy.distribution = routing::Distribution::modula;
        policy.failure_mode = routing::FailureMode::miss;
    }
    pool.link_epoch += dice_.chance(20) ? 1 : 0;
    std::vector<routing::PoolNode> nodes;
    for (int i = 1; i <= kNodes; ++i) {
        if (!dice_.chance(70) && i != 1) {
            continue;
        }
        routing::PoolNode node;
        node.node.id = static_cast<routing::NodeId>(i);
        node.node.name = fmt::format("cache-{}", i);
        // A node has one or both of its two addresses at a time, of which it can be reached at
        // each.
        const auto port = static_cast<std::uint16_t>(kFirstPort + pool.id);
        node.node.address = {fmt::format("cache-{}.example", i), port};
        const std::size_t first = dice_.pick(2);
        node.addresses.push_back({fmt::format("10.0.{}.{}", first, i), port});
        if (dice_.chance(30)) {
            node.addresses.push_back({fmt::format("10.0.{}.{}", 1 - first, i), port});
        }
        node.link_epoch = pool.link_epoch;
        node.state = i != 1 && dice_.chance(20) ? routing::NodeState::ejected_by_health
                                                : routing::NodeState::in_ring;
        nodes.push_back(std::move(node));
    }
    return routing::build_pool(pool.id, fmt::format("pool-{}", pool.id), policy, std::move(nodes));
}

}  // namespace ringside::sim
