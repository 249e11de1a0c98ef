#include "discovery/pool_view.h"

#include "discovery/pool_state.h"

#include <algorithm>
#include <utility>

namespace ringside::discovery {
namespace {

using base::Moment;
using base::TimePoint;
using WallTime = std::chrono::system_clock::time_point;

WallTime wall_time(TimePoint event, const Moment& at) {
    return at.wall -
           std::chrono::duration_cast<std::chrono::system_clock::duration>(at.steady - event);
}

std::optional<WallTime> wall_time(std::optional<TimePoint> event, const Moment& at) {
    return event ? std::optional(wall_time(*event, at)) : std::nullopt;
}

void add_sources(PoolView& view, const PoolSources& sources, const Moment& at) {
    for (std::size_t place = 0; place < sources.size(); ++place) {
        const SourceState& source = sources.at(place);
        const bool decides = sources.decides(place);
        view.sources.push_back(
            {.name = source.name(),
             .state = words_of(source.standing()),
             .is_authority = decides,
             .authority_since =
                 decides ? std::optional(wall_time(sources.order().since(), at)) : std::nullopt,
             .last_answer = wall_time(source.last_answer(), at),
             .nodes = source.said().members.size(),
             .answers = source.answers(),
             .failures = source.failures(),
             .last_failure = source.last_failure()});
    }
}

void add_nodes(PoolView& view, const NodeBook& nodes, const Moment& at) {
    const routing::Pool& pool = *view.pool;
    std::vector<std::size_t> points(pool.nodes.size());
    for (const routing::Ring::Point& point : pool.ring.points()) {
        ++points[point.node_index];
    }
    const std::vector<double> shares = pool.ring.shares(pool.nodes.size());
    for (std::size_t i = 0; i < pool.nodes.size(); ++i) {
        const NodeRecord& record = nodes.record_of(pool.nodes[i].node.id);
        const auto& problem = record.problem;
        view.nodes.push_back(
            {.node = pool.nodes[i].node,
             .state = pool.nodes[i].state,
             .reason = reason(record),
             .is_drained = record.ejected_until && record.is_drained,
             .state_since = wall_time(record.state_shown_since, at),
             .failing_since = wall_time(record.outage.on_since(), at),
             .remaining = remaining(record, at.steady),
             .problem = problem ? std::string(words_of(*problem)) : std::string(),
             .problem_since = problem ? std::optional(wall_time(problem->since, at)) : std::nullopt,
             .link_epoch = record.link_epoch,
             .failures = record.ejector.failures(),
             .failures_of_any_kind = record.outage.failures(),
             .share = shares[i],
             .points = points[i],
             .addresses = pool.nodes[i].addresses,
             .address_problem = pool.nodes[i].address_problem});
        if (!record.address_problem.empty()) {
            view.nodes.back().address_problem_since = wall_time(record.address_problem_since, at);
        }
    }
}

}  // namespace

NodeStanding standing_of(const NodeRecord& record, const Moment& at) {
    const bool has_failed = !record.last_failure.empty();
    return {.state = record.state(),
            .reason = reason(record),
            .failing_since = wall_time(record.outage.on_since(), at),
            .last_failure = record.last_failure,
            .last_failure_at =
                has_failed ? std::optional(wall_time(record.last_failure_at, at)) : std::nullopt};
}

PoolView view_of(const PoolState& pool, const routing::PoolPtr& published, const Moment& at) {
    const SourceState& source = pool.source();
    PoolView view;
    view.pool = published;
    view.listen = pool.listen();
    view.fingerprint = routing::fingerprint(*published);
    view.ring_state_since = wall_time(pool.ring_state_since(), at);
    view.generation = pool.journal().generation();
    view.source = source.name();
    view.source_version = pool.nodes().members().source_version;
    view.discovered = pool.sources().has_discovered();
    view.last_change = wall_time(pool.sources().last_change(), at);
    view.last_answer = wall_time(source.last_answer(), at);
    view.answers = source.answers();
    view.failures = source.failures();
    view.last_failure = source.last_failure();
    view.last_error = source.last_error();
    view.last_error_at = wall_time(source.last_error_at(), at);
    view.facts = source.facts();
    view.source_state = words_of(source.standing());
    view.source_state_since = wall_time(source.standing_since(), at);
    view.stale_since = pool.stale_since();
    for (FlapRule::KeptOut& node : pool.flaps().kept_out()) {
        const auto left = std::chrono::ceil<base::milliseconds>(node.until - at.steady);
        view.kept_out.push_back({.name = std::move(node.name),
                                 .returns = node.returns,
                                 .remaining = std::max(left, base::milliseconds(0))});
    }
    view.last_added = pool.sources().last_diff().added;
    view.last_removed = pool.sources().last_diff().removed;
    view.last_changed = pool.sources().last_diff().changed;
    add_sources(view, pool.sources(), at);
    add_nodes(view, pool.nodes(), at);
    return view;
}

}  // namespace ringside::discovery
