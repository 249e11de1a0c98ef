#include "sim/controller/views.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::sim {
namespace {

using discovery::NodeView;
using discovery::PoolView;
using routing::NodeState;

std::uint64_t hash_of(std::string_view text) {
    return std::hash<std::string_view>()(text);
}

std::string check_ejection(const NodeView& view, const ModelNode& node, base::TimePoint now) {
    if (view.state != NodeState::ejected_by_operator || !node.ejected_until) {
        return {};
    }
    const bool is_endless = *node.ejected_until == base::kNever;
    if (view.remaining.has_value() == is_endless) {
        return "an ejection without the end that it has, or with one that it has not";
    }
    const auto left = std::chrono::ceil<base::milliseconds>(*node.ejected_until - now);
    return is_endless || *view.remaining == std::max(left, base::milliseconds(0))
               ? std::string()
               : "an ejection that ends at another time";
}

std::string check_node(const NodeView& view, const routing::PoolNode& published,
                       std::size_t points) {
    if (view.node != published.node || view.state != published.state ||
        view.addresses != published.addresses ||
        view.address_problem != published.address_problem) {
        return "is another than in the snapshot";
    }
    if (view.link_epoch < published.link_epoch) {
        return "has an older link epoch than in the snapshot";
    }
    if (view.points != points || (view.share > 0) != (points > 0) || view.share > 1) {
        return fmt::format("has {} points and a share of {}, not {} points", view.points,
                           view.share, points);
    }
    return {};
}

std::string check_settled(const NodeView& view, const routing::PoolNode& published) {
    if (view.link_epoch != published.link_epoch) {
        return "has another link epoch than in the snapshot";
    }
    if (view.address_problem_since.has_value() == view.address_problem.empty()) {
        return "has a problem with its name and no time of it, or the reverse";
    }
    const bool is_well = view.state == NodeState::in_ring && published.fails_with.empty();
    return !is_well && view.reason.empty() ? "has no reason for not being well" : "";
}

std::string check_source(const PoolView& view, const ModelPool& pool) {
    if (view.source != pool.source || view.listen != pool.config.listen.text) {
        return "another source or listen address";
    }
    if (view.answers != pool.answers || view.failures != pool.failures) {
        return fmt::format("{} answers and {} failures, not {} and {}", view.answers, view.failures,
                           pool.answers, pool.failures);
    }
    if (view.last_failure.empty() == pool.is_failing) {
        return fmt::format("the last failure is '{}'", view.last_failure);
    }
    if (view.source_version != pool.source_version || view.discovered != pool.was_discovered ||
        view.discovered != view.last_change.has_value() ||
        view.discovered != view.last_answer.has_value()) {
        return "another version, or discovered and not changed";
    }
    if ((view.source_state == "held") != pool.held_since.has_value()) {
        return fmt::format("the state '{}'", view.source_state);
    }
    std::set<std::string> kept_out;
    for (const discovery::KeptOutView& node : view.kept_out) {
        kept_out.insert(node.name);
    }
    if (kept_out != pool.kept_out()) {
        return fmt::format("{} nodes that are kept out, not {}", kept_out.size(),
                           pool.kept_out().size());
    }
    return {};
}

}  // namespace

void mix(std::uint64_t& hash, std::uint64_t value) {
    hash = (hash ^ value) * 1'099'511'628'211U + 1;
}

std::uint64_t print_of(const routing::Snapshot& snapshot) {
    std::uint64_t print = snapshot.version;
    for (const routing::PoolPtr& pool : snapshot.pools) {
        mix(print, pool->id);
        mix(print, hash_of(pool->name));
        mix(print, hash_of(pool->policy.redis_auth));
        mix(print, static_cast<std::uint64_t>(pool->policy.timeout.count()));
        mix(print, pool->ring.points().size());
        for (const routing::PoolNode& node : pool->nodes) {
            mix(print, node.node.id);
            mix(print, hash_of(node.node.name));
            mix(print, hash_of(to_string(node.node.address)));
            mix(print, node.node.weight);
            mix(print, static_cast<std::uint64_t>(node.state));
            mix(print, hash_of(node.fails_with));
            mix(print, node.link_epoch);
            for (const routing::Address& address : node.addresses) {
                mix(print, hash_of(address.host));
            }
        }
    }
    return print;
}

PoolView view_of(const discovery::Controller& controller, const std::string& pool,
                 base::TimePoint now) {
    return controller.view(pool, {now, {}}).value_or(PoolView{});
}

std::string check_view(const PoolView& view, const ModelPool& pool,
                       const routing::PoolPtr& published, base::TimePoint now, bool is_settled) {
    if (view.pool != published || view.nodes.size() != published->nodes.size()) {
        return "the view is of another snapshot";
    }
    if (std::string wrong = check_source(view, pool); !wrong.empty()) {
        return "the view has " + wrong;
    }
    std::vector<std::size_t> points(published->nodes.size());
    for (const routing::Ring::Point& point : published->ring.points()) {
        ++points[point.node_index];
    }
    double shares = 0;
    for (std::size_t i = 0; i < view.nodes.size(); ++i) {
        const NodeView& node = view.nodes[i];
        shares += node.share;
        std::string wrong = check_node(node, published->nodes[i], points[i]);
        if (wrong.empty() && is_settled) {
            wrong = check_settled(node, published->nodes[i]);
        }
        const auto known = pool.nodes.find(node.node.name);
        if (wrong.empty() && is_settled && known != pool.nodes.end()) {
            wrong = check_ejection(node, known->second, now);
        }
        if (!wrong.empty()) {
            return fmt::format("in the view node {} {}", node.node.name, wrong);
        }
    }
    return !published->ring.empty() && std::abs(shares - 1) > 1e-6 ? "shares that are not all" : "";
}

}  // namespace ringside::sim
