#include "discovery/pool_state.h"

#include "base/check.h"
#include "config/source_rows.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace ringside::discovery {
namespace {

using base::Errc;
using base::Error;
using base::TimePoint;
using routing::Membership;

// How long a pool that has its first nodes is not ready because of their names: each lookup ends
// some time, but a name whose DNS server is silent shall not keep the whole process from serving.
constexpr base::seconds kNamesWaitMax{5};

// The members by the ring names that `identity` gives them.
base::Expected<Membership> named(Membership said, routing::Identity identity) {
    name_members(said, identity);
    const std::vector<std::string> duplicates = normalize(said);
    if (said.members.empty()) {
        return Error{Errc::malformed, "the list has no nodes"};
    }
    if (!duplicates.empty()) {
        return Error{Errc::malformed, fmt::format("node {} is listed twice", duplicates.front())};
    }
    return said;
}

}  // namespace

PoolState::PoolState(routing::PoolId id, const config::PoolConfig& config)
    : id_(id), name_(config.name), nodes_(config.name, config.policy, lines_) {}

bool PoolState::configure(const config::PoolConfig& config, TimePoint now) {
    CHECK(config.name == name_ && config.policy.protocol == nodes_.policy().protocol);
    listen_ = config.listen.text;
    source_.set_name(describe(config.source));
    bool changed = nodes_.set_policy(config.policy, now);
    changed = nodes_.end_ejections(now) || changed;  // while it was not there
    const bool other_identity = std::exchange(identity_, config.identity) != config.identity;
    const Membership* const list = listed_members(config.source);
    is_static_ = list != nullptr;
    if (is_static_) {
        // The configuration was checked: it has nodes and no name twice.
        const auto taken = take_list(*list, now);
        CHECK(taken.has_value());
        changed = *taken || changed;
    } else if (other_identity) {
        changed = rename_members(now) || changed;
    }
    return nodes_.keep_what_must_not_leave(now) || changed;
}

// --- the source ---

bool PoolState::on_membership(Membership said, TimePoint now) {
    const auto changed = take_list(std::move(said), now);
    if (!changed) {
        on_failure(changed.error());
        source_.note_error(changed.error(), now);
    }
    return changed && *changed;
}

void PoolState::on_failure(const Error& error) {
    source_.on_failure(error, nodes_.members().members.size(), lines_);
}

base::Expected<bool> PoolState::take_list(Membership said, TimePoint now) {
    auto members = named(said, identity_);
    if (!members) {
        return members.error();
    }
    source_.on_list(std::move(said), now, lines_);
    return take_members(std::move(*members), now);
}

bool PoolState::take_members(Membership members, TimePoint now) {
    routing::MembershipDiff changes = nodes_.take_members(std::move(members), now);
    if (changes.empty()) {
        return false;
    }
    source_.on_change(std::move(changes), now, lines_);
    return true;
}

// The same nodes under the names of another identity. If two would have the same, all keep theirs,
// and the source's next answer fails for it.
bool PoolState::rename_members(TimePoint now) {
    auto renamed = named(source_.said(), identity_);
    return renamed && take_members(std::move(*renamed), now);
}

// --- results ---

routing::PoolPtr PoolState::build() const {
    return build_pool(id_, name_, nodes_.policy(), nodes_.nodes());
}

void PoolState::on_published(const routing::Pool& pool) {
    has_had_ring_ = has_had_ring_ || !pool.ring.empty();
    for (std::string& advice : advice_.take(pool)) {
        lines_.add({.text = std::move(advice), .warning = true});
    }
}

// When the names are waited for no longer; kNever if they are not.
TimePoint PoolState::end_of_wait() const noexcept {
    return !ready_ && has_had_ring_ ? source_.first_change() + kNamesWaitMax : base::kNever;
}

TimePoint PoolState::next_deadline() const noexcept {
    return std::min(nodes_.next_deadline(), end_of_wait());
}

void PoolState::update_ready(TimePoint now) {
    ready_ = ready_ || (has_had_ring_ && (!nodes_.waits_for_names() || now >= end_of_wait()));
}

std::string PoolState::why_not_ready() const {
    if (has_had_ring_) {
        return fmt::format("pool {}: names of nodes are being looked up", name_);
    }
    if (source_.has_discovered()) {
        return fmt::format("pool {}: no node is in the ring", name_);
    }
    const std::string text = fmt::format("pool {}: no answer yet from {}", name_, source_.name());
    return source_.last_failure().empty() ? text
                                          : fmt::format("{} ({})", text, source_.last_failure());
}

}  // namespace ringside::discovery
