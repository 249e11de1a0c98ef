// The controller's part of the journals: which changes of rings are news, and what the log says of
// them.
#include "discovery/controller.h"
#include "discovery/journal.h"
#include "discovery/pool_state.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace ringside::discovery {

using base::TimePoint;
using routing::PoolId;

namespace {

// What something else has said was said by no source.
void blame(RingChange& change, ChangeCause cause) {
    std::replace(change.causes.begin(), change.causes.end(), ChangeCause::source, cause);
}

}  // namespace

void Controller::note_changes(const std::map<PoolId, routing::PoolPtr>& before, TimePoint now,
                              bool is_configured) {
    MovedCounting counting;
    for (PoolState* const state : pools_) {
        if (!changed_.contains(state->id())) {
            continue;
        }
        const auto found = before.find(state->id());
        const routing::Pool* const old = found == before.end() ? nullptr : found->second.get();
        const routing::Pool& pool = *published(*state);
        auto change = ring_change(old, pool);
        if (!change) {
            continue;
        }
        if (is_configured) {
            blame(*change, ChangeCause::configuration);
        }
        if (state->stale_since()) {
            blame(*change, ChangeCause::saved_list);
        }
        if (old != nullptr) {
            counting.count(*old, pool, *change);
        }
        change->version = snapshot_->version;
        change->at = now;
        change->source = state->source().name();
        state->journal().add(std::move(*change));
    }
}

void Controller::on_adopted(std::uint32_t worker, std::uint64_t version, TimePoint at) {
    for (PoolState* const state : pools_) {
        state->journal().on_adopted(version, {worker, at});
    }
}

void Controller::on_source_facts(PoolId pool, SourceFacts facts, std::string_view source) {
    if (PoolState* const state = present(pool)) {
        state->on_facts(std::move(facts), source);
    }
}

const Journal* Controller::history(std::string_view pool) const {
    const PoolState* const found = find(pool);
    return found == nullptr ? nullptr : &found->journal();
}

// Behind a change of it.
std::string Controller::ring_text(const PoolState& pool, const routing::Pool& ring) const {
    const auto in_ring = std::count_if(
        ring.nodes.begin(), ring.nodes.end(),
        [](const routing::PoolNode& node) { return node.state == routing::NodeState::in_ring; });
    std::string text = fmt::format("; {} of {} nodes in the ring, version {}, fingerprint {}",
                                   in_ring, ring.nodes.size(), snapshot_->version,
                                   routing::to_hex(routing::fingerprint(ring)));
    const auto& changes = pool.journal().changes();
    if (!changes.empty() && changes.back().version == snapshot_->version && changes.back().moved) {
        text += fmt::format(", {}{:.2f} % of the keys moved",
                            changes.back().moved_by == routing::MovedBy::samples ? "about " : "",
                            *changes.back().moved * 100);
    }
    return text;
}

}  // namespace ringside::discovery
