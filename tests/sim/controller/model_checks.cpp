// What must be true of the snapshots: the part of ControllerModel that judges them.
#include "sim/controller/model.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace ringside::sim {
namespace {

using routing::NodeState;
using routing::PoolNode;

bool is_given_up(const PoolNode& node) {
    return node.state == NodeState::ejected_by_health || !node.fails_with.empty();
}

std::vector<std::size_t> points_of(const routing::Pool& pool) {
    std::vector<std::size_t> points(pool.nodes.size());
    for (const routing::Ring::Point& point : pool.ring.points()) {
        ++points[point.node_index];
    }
    return points;
}

// One that was forgotten has an id that nobody had.
std::string take_id(ModelPool& pool, ModelNode& node, const PoolNode& published) {
    if (node.id == published.node.id) {
        return {};
    }
    if (node.id) {
        return fmt::format("node {} has another id than before", published.node.name);
    }
    if (!pool.ids.insert(published.node.id).second) {
        return fmt::format("node {} has the id {}, which another had", published.node.name,
                           published.node.id);
    }
    node.id = published.node.id;
    return {};
}

// Of one node, from one snapshot to the next.
std::string see_node(ModelPool& pool, ModelNode& node, const PoolNode& published) {
    const std::string& name = published.node.name;
    if (std::string wrong = take_id(pool, node, published); !wrong.empty()) {
        return wrong;
    }
    if (published.link_epoch < std::exchange(node.link_epoch, published.link_epoch)) {
        return fmt::format("the link epoch of node {} goes back", name);
    }
    if (published.state == NodeState::ejected_by_operator) {
        return {};  // hides what health says
    }
    const bool is_out = is_given_up(published);
    if (is_out && !node.given_up) {
        if (!node.failures.were_enough) {
            return fmt::format("node {} is given up without enough failures", name);
        }
        node.may_be_back = node.must_be_given_up = false;
    }
    if (!is_out && node.given_up) {
        if (!node.may_be_back) {
            return fmt::format("node {} is back, and neither a probe nor anybody said so", name);
        }
        node.failures = node.failures_since;
    }
    node.given_up = is_out;
    return {};
}

// How many nodes are off the ring, how health and the operator have changed that.
struct OffRing {
    std::size_t all = 0;
    std::size_t by_operator = 0;
    std::size_t ejected_now = 0;    // by the operator, in this snapshot
    std::size_t taken_off_now = 0;  // by health
};

std::string check_room(const ModelPool& pool, const OffRing& off) {
    const std::size_t most = pool.most_off_ring();
    if (off.taken_off_now > 0 && off.all - off.ejected_now > most) {
        return fmt::format("pool {}: {} nodes off the ring, and health may take {}",
                           pool.config.name, off.all, most);
    }
    if (off.all == pool.member_count() - pool.joining_count() && off.by_operator == 0 &&
        most < off.all) {
        return fmt::format("pool {}: the ring is empty, not by the operator's word",
                           pool.config.name);
    }
    return {};
}

std::string see_pool(ModelPool& pool, const routing::Pool& published) {
    OffRing off;
    for (const PoolNode& each : published.nodes) {
        ModelNode* const node = ControllerModel::find_member(pool, each.node.name);
        if (node == nullptr) {
            return fmt::format("pool {}: node {} is no member", published.name, each.node.name);
        }
        if (std::string wrong = see_node(pool, *node, each); !wrong.empty()) {
            return fmt::format("pool {}: {}", published.name, wrong);
        }
        const auto before = std::exchange(node->seen, each.state).value_or(NodeState::in_ring);
        const bool is_off = each.state != NodeState::in_ring && each.state != NodeState::joining;
        off.all += is_off && !node->joining_since ? 1 : 0;
        if (each.state == NodeState::ejected_by_operator) {
            ++off.by_operator;
            off.ejected_now += before != NodeState::ejected_by_operator ? 1 : 0;
        }
        if (each.state == NodeState::ejected_by_health && before == NodeState::in_ring) {
            ++off.taken_off_now;
        }
    }
    pool.has_had_ring = pool.has_had_ring || !published.ring.empty();
    return published.nodes.size() == pool.member_count() ? check_room(pool, off) : std::string();
}

// What lists, names and the operator lead to, and nothing else.
std::string disagreement_of(const ModelNode& node, const PoolNode& published) {
    const routing::Member& member = node.member;
    const std::string name = published.node.name;
    if (published.node.address != member.address || published.node.weight != member.weight) {
        return fmt::format("node {} has another address or weight than its source says", name);
    }
    if (published.addresses != node.addresses) {
        return fmt::format("node {} has {} addresses, not the {} that are known", name,
                           published.addresses.size(), node.addresses.size());
    }
    if (published.address_problem != node.address_problem) {
        return fmt::format("node {} has the address problem '{}', not '{}'", name,
                           published.address_problem, node.address_problem);
    }
    const bool is_ejected = published.state == NodeState::ejected_by_operator;
    if (is_ejected != node.ejected_until.has_value()) {
        return fmt::format("node {} is {}ejected by the operator, who wants it otherwise", name,
                           is_ejected ? "" : "not ");
    }
    if ((published.state == NodeState::joining) != (node.joining_since && !is_ejected)) {
        return fmt::format("node {} is {}", name, to_string(published.state));
    }
    if (node.must_be_given_up && !is_ejected && !is_given_up(published)) {
        return fmt::format("node {} is not given up after {} failures", name, node.failures.count);
    }
    return {};
}

std::string disagreement_of(const ModelPool& pool, const routing::Pool& published) {
    if (published.id != pool.id || published.name != pool.config.name ||
        published.policy != pool.config.policy) {
        return "another id, name or policy than configured";
    }
    if (published.nodes.size() != pool.member_count()) {
        return fmt::format("{} nodes, not {}", published.nodes.size(), pool.member_count());
    }
    const std::vector<std::size_t> points = points_of(published);
    std::size_t index = 0;
    for (const auto& [name, node] : pool.nodes) {
        if (!node.is_member) {
            continue;
        }
        const PoolNode& each = published.nodes[index];
        if (each.node.name != name) {
            return fmt::format("node {} where {} should be", each.node.name, name);
        }
        if (std::string wrong = disagreement_of(node, each); !wrong.empty()) {
            return wrong;
        }
        if ((points[index] > 0) != (each.state == NodeState::in_ring)) {
            return fmt::format("node {} is {} and has {} points", name, to_string(each.state),
                               points[index]);
        }
        ++index;
    }
    return {};
}

}  // namespace

std::string ControllerModel::see(const routing::Snapshot& snapshot) {
    for (const routing::PoolPtr& published : snapshot.pools) {
        ModelPool* const pool = find(published->name);
        if (pool == nullptr || pool->id != published->id) {
            return fmt::format("pool {} is not configured", published->name);
        }
        // Another pool's change leaves alone a list that waits for nodes that join.
        const bool is_as_before = std::exchange(pool->seen, published) == published;
        if (is_as_before && pool->joining_count() > 0) {
            continue;
        }
        if (std::string wrong = see_pool(*pool, *published); !wrong.empty()) {
            return wrong;
        }
    }
    return {};
}

std::string ControllerModel::disagreement(const routing::Snapshot& snapshot,
                                          base::TimePoint now) const {
    if (snapshot.pools.size() != present_.size()) {
        return fmt::format("{} pools, not {}", snapshot.pools.size(), present_.size());
    }
    for (std::size_t i = 0; i < present_.size(); ++i) {
        const std::string wrong = disagreement_of(*present_[i], *snapshot.pools[i]);
        auto& since = present_[i]->disagrees_since;
        since = wrong.empty() ? std::nullopt : std::optional(since.value_or(now));
        const bool may_wait = present_[i]->may_wait(now) && since && now - *since < Joining::kHold;
        if (!wrong.empty() && !may_wait) {
            return fmt::format("pool {}: {}", present_[i]->config.name, wrong);
        }
    }
    return {};
}

}  // namespace ringside::sim
