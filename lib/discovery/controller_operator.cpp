// The operator's words: a part of Controller.
#include "discovery/controller.h"
#include "discovery/pool_state.h"

#include <fmt/core.h>

#include <string>

namespace ringside::discovery {
namespace {

using base::Errc;
using base::Error;
using base::TimePoint;

// Longer ejections have no end that anybody would wait for, and larger numbers overflow the clock.
constexpr base::milliseconds kEjectionMax = std::chrono::hours(24 * 365);

Error unknown(std::string_view pool) {
    return Error{Errc::not_found, fmt::format("there is no pool '{}'", pool)};
}

}  // namespace

base::Status Controller::eject(std::string_view pool, std::string_view node, TakeOut how,
                               bool force, TimePoint now) {
    PoolState* const found = find(pool);
    if (found == nullptr) {
        return unknown(pool);
    }
    const auto& duration = how.duration;
    if (duration && (duration->count() <= 0 || *duration > kEjectionMax)) {
        return Error{Errc::invalid_argument,
                     "the time of an ejection is more than 0 and at most 365 days"};
    }
    const auto changed = found->nodes().eject(
        node, {duration ? now + *duration : base::kNever, std::move(how.remark)}, force, now);
    if (!changed) {
        return changed.error();
    }
    if (*changed) {
        hooks_.ejected(found->id(), found->nodes().id_of(node));
    }
    on_operator_done(*found, *changed, now);
    return base::Done{};
}

base::Status Controller::drain(std::string_view pool, std::string_view node, TakeOut how,
                               bool force, TimePoint now) {
    base::Status status = eject(pool, node, std::move(how), force, now);
    if (status) {
        PoolState& drained = *find(pool);
        on_operator_done(drained, drained.nodes().close_links(node), now);
    }
    return status;
}

base::Status Controller::restore(std::string_view pool, std::string_view node, TimePoint now) {
    PoolState* const found = find(pool);
    if (found == nullptr) {
        return unknown(pool);
    }
    const auto changed = found->nodes().restore(node, now);
    if (!changed) {
        return changed.error();
    }
    doubt_names(*found, node);
    on_operator_done(*found, *changed, now);
    return base::Done{};
}

bool Controller::may_restore(std::string_view pool, std::string_view node) const {
    const PoolState* const found = find(pool);
    return found != nullptr && found->nodes().knows(node);
}

// Of this node, or of all; who has links replaced wants to be where the name leads now.
void Controller::doubt_names(const PoolState& pool, std::string_view node) const {
    for (const routing::Member& member : pool.nodes().members().members) {
        if (node.empty() || member.name == node) {
            hooks_.doubt_name(member.address.host);
        }
    }
}

void Controller::on_operator_done(PoolState& pool, bool changed, TimePoint now) {
    if (!changed) {
        hooks_.state_changed();
        log_lines(pool, snapshot_->find(pool.id()));
        return;
    }
    // People wait for what they asked for: published at once, with whatever was held back.
    on_change(pool.id());
    publish(now);
}

base::Status Controller::reconnect(std::string_view pool, std::string_view node, TimePoint now) {
    PoolState* const found = find(pool);
    if (found == nullptr) {
        return unknown(pool);
    }
    const base::Status known = found->nodes().reconnect(node);
    if (known) {
        doubt_names(*found, node);
        on_operator_done(*found, true, now);
    }
    return known;
}

base::Status Controller::reconnect(std::string_view pool, TimePoint now) {
    PoolState* const found = find(pool);
    if (found == nullptr) {
        return unknown(pool);
    }
    replace_all_links(*found, now);
    return base::Done{};
}

void Controller::replace_all_links(PoolState& pool, TimePoint now) {
    pool.nodes().reconnect_all();
    doubt_names(pool, {});
    on_operator_done(pool, true, now);
}

base::Status Controller::refresh(std::string_view pool, TimePoint now, RefreshAsked how) {
    PoolState* const found = find(pool);
    if (found == nullptr) {
        return unknown(pool);
    }
    if (found->is_static()) {
        return Error{
            Errc::conflict,
            fmt::format("pool {} has a static list of nodes: there is nobody to ask", pool)};
    }
    hooks_.refresh(found->id(), how);
    replace_all_links(*found, now);
    return base::Done{};
}

}  // namespace ringside::discovery
