#include "discovery/pool_state.h"

#include "base/check.h"
#include "config/source_rows.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace ringside::discovery {
namespace {

using base::Error;
using base::TimePoint;
using routing::Membership;

// How long a pool that has its first nodes is not ready because of their names: each lookup ends
// some time, but a name whose DNS server is silent shall not keep the whole process from serving.
constexpr base::seconds kNamesWaitMax{5};

}  // namespace

PoolState::PoolState(routing::PoolId id, const config::PoolConfig& config)
    : id_(id), name_(config.name), nodes_(config.name, config.policy, lines_) {}

bool PoolState::configure(const config::PoolConfig& config, TimePoint now) {
    CHECK(config.name == name_ && config.policy.protocol == nodes_.policy().protocol);
    listen_ = config.listen.text;
    sources_.configure(config, now);
    bool changed = nodes_.set_policy(config.policy, now);
    changed = nodes_.end_ejections(now) || changed;  // while it was not there
    const bool other_identity =
        identity_ != config.identity || identity_template_ != config.identity_template;
    identity_ = config.identity;
    identity_template_ = config.identity_template;
    const std::vector<const config::Source*> sources = sources_of(config);
    is_static_ = sources.size() == 1 && listed_members(config.source) != nullptr;
    nodes_.gate().set_allowed(is_static_ ? std::vector<routing::IpRange>() : config.allow);
    nodes_.gate().set_own(is_static_ ? nullptr : own_listeners_);
    if (!is_static_ && other_identity) {
        changed = rename_members(now) || changed;
    }
    for (std::size_t place = 0; place < sources.size(); ++place) {
        if (const Membership* const list = listed_members(*sources[place])) {
            // The configuration was checked: it has nodes and no name twice.
            const auto taken = take_list(place, *list, now);
            CHECK(taken.has_value());
            changed = *taken || changed;
        }
    }
    return nodes_.keep_what_must_not_leave(now) || changed;
}

// --- the source ---

bool PoolState::on_membership(Membership said, TimePoint now, std::string_view source) {
    const auto place = sources_.find(source);
    if (!place) {
        return false;
    }
    const base::Status may_be = nodes_.gate().check(said);
    const auto changed =
        may_be ? take_list(*place, std::move(said), now) : base::Expected<bool>(may_be.error());
    if (!changed) {
        on_failure(changed.error(), now, source);
    }
    return changed && *changed;
}

void PoolState::on_failure(const Error& error, TimePoint now, std::string_view source) {
    if (const auto place = sources_.find(source)) {
        sources_.on_failure(*place, error, nodes_.members().members.size(), now, lines_);
    }
}

void PoolState::on_facts(SourceFacts facts, std::string_view source) {
    if (const auto place = sources_.find(source)) {
        sources_.on_facts(*place, std::move(facts));
    }
}

base::Expected<bool> PoolState::take_list(std::size_t source, Membership said, TimePoint now) {
    auto members = ring_members(said, identity_, identity_template_);
    if (!members) {
        return members.error();
    }
    sources_.on_list(source, std::move(said), now, lines_);
    return sources_.decides(source) ? take_members(std::move(*members), now) : follow_sources(now);
}

bool PoolState::follow_sources(TimePoint now) {
    for (const auto& [place, must_agree] : sources_.candidates(has_nodes(), now)) {
        auto members = ring_members(sources_.at(place).said(), identity_, identity_template_);
        if (members && (!must_agree || names_agree(nodes_.members(), *members))) {
            sources_.give_to(place, now, lines_);
            return take_members(std::move(*members), now);
        }
    }
    return false;
}

bool PoolState::take_members(Membership members, TimePoint now) {
    routing::MembershipDiff changes = nodes_.take_members(std::move(members), now);
    if (changes.empty()) {
        return false;
    }
    sources_.on_change(std::move(changes), now, lines_);
    return true;
}

// The same nodes under the names of another identity. If two would have the same, all keep theirs,
// and the source's next answer fails for it.
bool PoolState::rename_members(TimePoint now) {
    auto renamed = ring_members(source().said(), identity_, identity_template_);
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
    return !ready_ && has_had_ring_ ? sources_.first_change() + kNamesWaitMax : base::kNever;
}

TimePoint PoolState::next_deadline() const noexcept {
    return std::min({nodes_.next_deadline(), end_of_wait(), sources_.next_deadline(has_nodes())});
}

void PoolState::update_ready(TimePoint now) {
    ready_ = ready_ || (has_had_ring_ && (!nodes_.waits_for_names() || now >= end_of_wait()));
}

std::string PoolState::why_not_ready() const {
    if (has_had_ring_) {
        return fmt::format("pool {}: names of nodes are being looked up", name_);
    }
    if (sources_.has_discovered()) {
        return fmt::format("pool {}: no node is in the ring", name_);
    }
    std::string text = fmt::format("pool {}: no answer yet", name_);
    for (std::size_t place = 0; place < sources_.size(); ++place) {
        const SourceState& each = sources_.at(place);
        text += fmt::format("{}from {}", place == 0 ? " " : ", ", each.name());
        if (!each.last_failure().empty()) {
            text += fmt::format(" ({})", each.last_failure());
        }
    }
    return text;
}

}  // namespace ringside::discovery
