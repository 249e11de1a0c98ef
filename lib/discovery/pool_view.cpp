// What an operator sees of a pool: the part of PoolState that only shows.
#include "discovery/pool_state.h"

namespace ringside::discovery {
namespace {

using base::TimePoint;

// Wall time is for the eyes of people only; kept as monotonic time, a step of the clock cannot
// make an event look newer than another one.
std::chrono::system_clock::time_point wall_time(TimePoint event, TimePoint now) {
    return std::chrono::system_clock::now() -
           std::chrono::duration_cast<std::chrono::system_clock::duration>(now - event);
}

}  // namespace

PoolView PoolState::view(const routing::PoolPtr& published, TimePoint now) const {
    PoolView view;
    view.pool = published;
    view.listen = listen_;
    view.source = source_;
    view.source_version = members_.source_version;
    view.discovered = discovered_;
    if (last_change_) {
        view.last_change = wall_time(*last_change_, now);
    }
    if (last_answer_) {
        view.last_answer = wall_time(*last_answer_, now);
    }
    view.answers = answers_;
    view.failures = failures_;
    view.last_failure = last_failure_;
    view.last_added = last_diff_.added;
    view.last_removed = last_diff_.removed;
    view.last_changed = last_diff_.changed;
    add_nodes(view, now);
    return view;
}

void PoolState::add_nodes(PoolView& view, TimePoint now) const {
    const routing::Pool& pool = *view.pool;
    std::vector<std::size_t> points(pool.nodes.size());
    for (const routing::Ring::Point& point : pool.ring.points()) {
        ++points[point.node_index];
    }
    const std::vector<double> shares = pool.ring.shares(pool.nodes.size());
    for (std::size_t i = 0; i < pool.nodes.size(); ++i) {
        const NodeRecord& record = *record_by_id_[pool.nodes[i].node.id];
        const auto& problem = record.problem;
        view.nodes.push_back({.node = pool.nodes[i].node,
                              .state = pool.nodes[i].state,
                              .reason = reason(record),
                              .remaining = remaining(record, now),
                              .problem = problem ? std::string(words_of(*problem)) : std::string(),
                              .problem_since = problem
                                                   ? std::optional(wall_time(problem->since, now))
                                                   : std::nullopt,
                              .link_epoch = record.link_epoch,
                              .failures = record.ejector.failures(),
                              .share = shares[i],
                              .points = points[i],
                              .addresses = pool.nodes[i].addresses,
                              .address_problem = pool.nodes[i].address_problem});
        if (!record.address_problem.empty()) {
            view.nodes.back().address_problem_since = wall_time(record.address_problem_since, now);
        }
    }
}

}  // namespace ringside::discovery
