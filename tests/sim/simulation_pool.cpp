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

PoolWorld& Simulation::begin_pool(std::size_t place) {
    PoolWorld& pool = pools_.emplace_back();
    pool.id = static_cast<routing::PoolId>(pools_.size());
    pool.place = place;
    pool.protocol = place == 1 ? routing::ProtocolKind::redis : routing::ProtocolKind::memcached;
    return pool;
}

// One that is not there may be forgotten before it comes back.
routing::NodeId Simulation::id_of_node(PoolWorld& pool, int place) {
    routing::NodeId& id = pool.ids[place];
    const bool is_absent = id != 0 && !pool.history.is_in(id);
    if (is_absent && pool.last_id < kNodeIds && dice_.chance(40)) {
        forget(pool, id);
        id = 0;
    }
    if (id == 0) {
        id = ++pool.last_id;
    }
    return id;
}

// --- counters ---

void Simulation::forget(const PoolWorld& pool) {
    count(pool);
    for (const auto& [place, node] : pool.ids) {
        count(pool, node);
    }
    bench_.registry.forget(pool.id);
    ++result_.forgotten;
}

void Simulation::forget(const PoolWorld& pool, routing::NodeId node) {
    count(pool, node);
    bench_.registry.forget(pool.id, node);
    ++result_.forgotten;
}

void Simulation::count(const PoolWorld& pool) {
    const auto counted = bench_.registry.sum_pool(pool.id);
    result_.cuts += counted[static_cast<std::size_t>(metrics::PoolMetric::answers_cut)];
    result_.raced += counted[static_cast<std::size_t>(metrics::PoolMetric::drain_raced)];
}

void Simulation::count(const PoolWorld& pool, routing::NodeId node) {
    const auto counted = bench_.registry.sum_node(pool.id, node);
    result_.late_replies += counted[static_cast<std::size_t>(metrics::NodeMetric::late_replies)];
    result_.links_silent += counted[static_cast<std::size_t>(metrics::NodeMetric::links_silent)];
    misfits_ += counted[static_cast<std::size_t>(metrics::NodeMetric::protocol_errors)];
}

// Once all is forgotten there are the cells that the worker still uses.
void Simulation::check_cells() {
    std::size_t in_use = 0;
    for (const PoolWorld* pool : pool_at_place_) {
        in_use += pool->history.is_gone() ? 0 : 1 + pool->history.latest()->nodes.size();
        forget(*pool);
    }
    if (bench_.registry.size() != in_use) {
        violation(
            fmt::format("the worker uses {} cells instead of {}", bench_.registry.size(), in_use));
    }
    if (misfits_ != 0) {
        violation("a link was closed for an answer that does not fit");
    }
}

routing::PoolPtr Simulation::make_pool(PoolWorld& pool) {
    routing::PoolPolicy policy;
    policy.protocol = pool.protocol;
    policy.timeout = base::milliseconds(kTimeoutsMs[dice_.pick(kTimeoutsMs.size())]);
    policy.connections_per_node = 1 + static_cast<std::uint32_t>(dice_.pick(2));
    policy.preconnect = dice_.chance(20);
    policy.auto_eject = dice_.chance(50);
    policy.flush_all = true;
    policy.value_bytes_max = kValueBytesMax;
    if (pool.place == 2) {
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
        node.node.id = id_of_node(pool, i);
        node.node.name = fmt::format("cache-{}", node.node.id);
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
