#include "discovery/pool_health.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

namespace ringside::discovery {
namespace {

using routing::NodeState;
using WallTime = std::chrono::system_clock::time_point;

// So many of them are named; of the others there is the number.
constexpr std::size_t kNodesNamed = 3;

// So many in a row, each node, are no accident of one request.
constexpr std::uint32_t kFailuresOfOutage = 2;

// One of the things that may be wrong with a node.
struct NodeFault {
    std::string_view type;
    std::string_view text;  // behind the number of nodes
    bool (*applies)(const NodeView& node);
    std::string_view (*detail)(const NodeView& node);  // of the first one; may be empty
    std::optional<WallTime> (*since)(const NodeView& node);
};

std::optional<WallTime> state_since(const NodeView& node) {
    return node.state_since;
}
std::string_view reason_of(const NodeView& node) {
    return node.reason;
}

constexpr auto kNodeFaults = std::to_array<NodeFault>({
    {"NodesEjected", "out of the ring, as they fail",
     [](const NodeView& node) { return node.state == NodeState::ejected_by_health; }, reason_of,
     state_since},
    {"NodesFailing", "in the ring, and failing",
     [](const NodeView& node) {
         return node.state == NodeState::in_ring && node.failing_since.has_value();
     },
     reason_of, [](const NodeView& node) { return node.failing_since; }},
    {"NodesJoining", "kept out of the ring until their names lead to an address",
     [](const NodeView& node) { return node.state == NodeState::joining; }, reason_of, state_since},
    {"NodeNamesNotFound", "with a name whose last lookup has failed",
     [](const NodeView& node) {
         return node.state != NodeState::joining && !node.address_problem.empty();
     },
     [](const NodeView& node) { return node.address_problem; },
     [](const NodeView& node) { return node.address_problem_since; }},
    {"NodesRefuse", "there, and not doing what they should",
     [](const NodeView& node) { return !node.problem.empty(); },
     [](const NodeView& node) { return std::string_view(node.problem); },
     [](const NodeView& node) { return node.problem_since; }},
    {"NodesEjectedByOperator", "out of the ring by the operator's word",
     [](const NodeView& node) { return node.state == NodeState::ejected_by_operator; }, reason_of,
     state_since},
});

std::optional<WallTime> earlier(std::optional<WallTime> a, std::optional<WallTime> b) {
    if (!a || !b) {
        return a ? a : b;
    }
    return std::min(*a, *b);
}

void add_fault(const PoolView& view, const NodeFault& fault, PoolHealth& health) {
    std::string names;
    std::string named_with_details;
    std::string_view detail;
    bool is_one_detail = true;
    std::size_t count = 0;
    std::optional<WallTime> since;
    for (const NodeView& node : view.nodes) {
        if (!fault.applies(node)) {
            continue;
        }
        const std::string_view own = fault.detail(node);
        detail = count == 0 ? own : detail;
        is_one_detail = is_one_detail && own == detail;
        if (count < kNodesNamed) {
            names += (count == 0 ? "" : ", ") + node.node.name;
            named_with_details += (count == 0 ? "" : ", ") + node.node.name;
            named_with_details += own.empty() ? "" : fmt::format(" ({})", own);
        }
        ++count;
        since = earlier(since, fault.since(node));
    }
    if (count == 0) {
        return;
    }
    names = is_one_detail ? names : named_with_details;
    if (count > kNodesNamed) {
        names += fmt::format(" and {} more", count - kNodesNamed);
    }
    if (is_one_detail && !detail.empty()) {
        names += fmt::format("; {}", detail);
    }
    health.reasons.push_back(
        {HealthGrade::degraded, fault.type,
         fmt::format("{} of {} nodes {}: {}", count, view.nodes.size(), fault.text, names), since});
}

// No node of the ring answers: each request fails, as with an empty one.
void add_outage(const PoolView& view, PoolHealth& health) {
    std::optional<WallTime> since;
    std::size_t in_ring = 0;
    for (const NodeView& node : view.nodes) {
        if (node.state != NodeState::in_ring) {
            continue;
        }
        if (!node.failing_since || node.failures_of_any_kind < kFailuresOfOutage) {
            return;
        }
        since = std::max(since, node.failing_since);  // that of the last one
        ++in_ring;
    }
    if (in_ring > 0) {
        health.reasons.push_back({HealthGrade::down, "AllNodesFail",
                                  fmt::format("none of the {} nodes in the ring answers", in_ring),
                                  since});
    }
}

void add_source_faults(const PoolView& view, PoolHealth& health) {
    const auto add = [&health](std::string_view type, std::string text,
                               std::optional<WallTime> since) {
        health.reasons.push_back({HealthGrade::degraded, type, std::move(text), since});
    };
    if (!view.last_failure.empty()) {
        add("SourceFails",
            fmt::format("{} is {}: {}", view.source, view.source_state, view.last_failure),
            view.source_state_since);
    }
    if (view.stale_since) {
        add("ListIsSaved", "the nodes are those of a saved list: no source has answered yet",
            view.stale_since);
    }
    if (!view.sources.empty() && !view.sources.front().is_authority && view.discovered) {
        const auto decides =
            std::find_if(view.sources.begin(), view.sources.end(),
                         [](const SourceView& source) { return source.is_authority; });
        if (decides != view.sources.end()) {
            add("OtherSourceDecides",
                fmt::format("{} decides on the nodes instead of {}", decides->name,
                            view.sources.front().name),
                decides->authority_since);
        }
    }
    if (!view.kept_out.empty()) {
        add("NodesComeAndGo",
            fmt::format(
                "{} listed nodes are kept out of the ring as they come and go, {} among them",
                view.kept_out.size(), view.kept_out.front().name),
            std::nullopt);
    }
}

}  // namespace

std::string_view to_string(HealthGrade grade) noexcept {
    switch (grade) {
        case HealthGrade::ok:
            return "ok";
        case HealthGrade::degraded:
            return "degraded";
        case HealthGrade::down:
            return "down";
    }
    return {};
}

PoolHealth health_of(const PoolView& view) {
    PoolHealth health;
    if (view.pool->ring.empty()) {
        const std::string_view cause =
            view.nodes.empty() ? "no source has named one" : "all nodes are out of it";
        health.reasons.push_back({HealthGrade::down, "RingIsEmpty",
                                  fmt::format("no node is in the ring: {}", cause),
                                  view.ring_state_since});
    }
    add_outage(view, health);
    for (const NodeFault& fault : kNodeFaults) {
        add_fault(view, fault, health);
    }
    add_source_faults(view, health);
    for (const HealthReason& reason : health.reasons) {
        health.grade = std::max(health.grade, reason.grade);
    }
    for (const HealthReason& reason : health.reasons) {
        if (reason.grade == health.grade) {
            health.since = earlier(health.since, reason.since);
        }
    }
    return health;
}

}  // namespace ringside::discovery
