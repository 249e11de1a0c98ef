#include "discovery/pool_state.h"

#include "base/check.h"
#include "config/address_text.h"
#include "config/source_rows.h"
#include "health/backoff.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <string_view>
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

// In bytes: an error of memcached is one line, and some clients have room for 350.
constexpr std::size_t kNoNodeReasonMax = 250;

// All sidecars may have heard at once that there are no nodes. When the hold is over they ask
// within a tenth of it, and at most within this.
constexpr base::seconds kHoldSpreadMax{10};

}  // namespace

PoolState::PoolState(routing::PoolId id, const config::PoolConfig& config)
    : id_(id), name_(config.name), nodes_(config.name, config.policy, lines_) {}

bool PoolState::configure(const config::PoolConfig& config, TimePoint now) {
    CHECK(config.name == name_ && config.policy.protocol == nodes_.policy().protocol);
    listen_ = listen_text(config);
    const std::string before = sources_.size() == 0 ? std::string() : source().name();
    sources_.configure(config, now);
    if (source().name() != before) {
        begin_with_other_source(now);
    }
    hold_asked_ = hold_asked_ && rules_.hold == config.rules.hold;
    rules_ = config.rules;
    change_rule_.set_limits(rules_.change);
    flap_rule_.set_limits(rules_.returns_max, rules_.change.nodes_min);
    bool changed = nodes_.set_policy(config.policy, now);
    changed = nodes_.end_ejections(now) || changed;  // while it was not there
    const auto before_it = std::exchange(identity_, config.identity);
    const auto template_before = std::exchange(identity_template_, config.identity_template);
    const bool other_identity = identity_ != before_it || identity_template_ != template_before;
    const std::vector<const config::Source*> sources = sources_of(config);
    is_static_ = sources.size() == 1 && listed_members(config.source) != nullptr;
    nodes_.gate().set_allowed(is_static_ ? std::vector<routing::IpRange>() : config.allow);
    nodes_.gate().set_own(is_static_ ? nullptr : own_listeners_);
    if (!is_static_ && other_identity) {
        flap_rule_.forget();
        if (is_last_said(ring_members(source().said(), before_it, template_before))) {
            changed = rename_members(now) || changed;
        }
    }
    for (std::size_t place = 0; place < sources.size(); ++place) {
        if (const Membership* const list = listed_members(*sources[place])) {
            // The configuration was checked: it has nodes and no name twice.
            const auto taken = take_list(place, *list, now, 0);
            CHECK(taken.has_value());
            changed = *taken || changed;
        }
    }
    changed = follow_sources(now) || changed;  // their order may be another one
    return nodes_.keep_what_must_not_leave(now) || changed;
}

// Whether the nodes are those of a list; else they are of another source, or were dropped.
bool PoolState::is_last_said(const base::Expected<Membership>& named) const {
    if (!named || !has_nodes()) {
        return false;
    }
    std::set<std::string_view> names;
    for (const routing::Member& member : named->members) {
        names.insert(member.name);
    }
    const auto& members = nodes_.members().members;
    return std::all_of(members.begin(), members.end(), [&names](const routing::Member& member) {
        return names.contains(member.name);
    });
}

// --- the source ---

bool PoolState::on_membership(Membership said, TimePoint now, std::string_view source,
                              double random) {
    const auto place = sources_.find(source);
    if (!place) {
        return false;
    }
    const base::Status may_be = nodes_.gate().check(said);
    const auto changed = may_be ? take_list(*place, std::move(said), now, random)
                                : base::Expected<bool>(may_be.error());
    if (!changed && changed.error().code == Errc::conflict) {
        sources_.on_refused(*place, changed.error(), nodes_.members().members.size(), now, lines_);
        return false;
    }
    return changed ? *changed : on_failure(changed.error(), now, source, random);
}

bool PoolState::on_failure(const Error& error, TimePoint now, std::string_view source,
                           double random) {
    const auto place = sources_.find(source);
    if (!place) {
        return false;
    }
    if (error.code == Errc::not_found && sources_.leads(*place)) {
        return on_nothing(error, now, random);
    }
    sources_.on_failure(*place, error, nodes_.members().members.size(), now, lines_);
    return false;
}

void PoolState::on_facts(SourceFacts facts, std::string_view source) {
    if (const auto place = sources_.find(source)) {
        sources_.on_facts(*place, std::move(facts));
    }
}

// Of the source that decides, or will.
bool PoolState::on_nothing(const Error& error, TimePoint now, double random) {
    const bool is_over = is_hold_over(now);
    const bool was_held = source().standing() == SourceStanding::held;
    const std::size_t known = nodes_.members().members.size();
    change_rule_.on_other_answer();
    flap_rule_.on_nothing(now);
    sources_.on_nothing(error, known, now, lines_);
    if (!was_held) {
        hold_spread_ = random;
        hold_asked_ = false;
    }
    if (!is_over) {
        return false;
    }
    sources_.on_hold_over(known, now, lines_);
    flap_rule_.forget();
    nodes_.drop_members(now);
    stale_since_.reset();
    unused_.reset();
    follow_sources(now);
    return true;
}

bool PoolState::is_hold_over(TimePoint now) const noexcept {
    return source().standing() == SourceStanding::held && rules_.hold &&
           now >= hold_began() + *rules_.hold;
}

TimePoint PoolState::hold_ask_at() const noexcept {
    if (source().standing() != SourceStanding::held || !rules_.hold || hold_asked_) {
        return base::kNever;
    }
    const auto width = std::min<base::milliseconds>(*rules_.hold / 10, kHoldSpreadMax);
    return hold_began() + *rules_.hold + health::jitter(width, hold_spread_);
}

// What a source has said while another one decided does not count.
TimePoint PoolState::hold_began() const noexcept {
    return std::max(*source().standing_since(), leads_since_);
}

bool PoolState::take_ask_again(TimePoint now) noexcept {
    const bool is_in_doubt = now >= change_rule_.ask_again_at();
    const bool is_held_long_enough = now >= hold_ask_at();
    if (is_in_doubt) {
        change_rule_.on_asked();
    }
    hold_asked_ = hold_asked_ || is_held_long_enough;
    return is_in_doubt || is_held_long_enough;
}

// Not while the source says that there is nothing: it lists nobody then.
TimePoint PoolState::next_stable() const noexcept {
    const SourceStanding standing = source().standing();
    const bool is_listed = standing == SourceStanding::good || standing == SourceStanding::failing;
    return is_listed ? flap_rule_.next_deadline() : base::kNever;
}

bool PoolState::take_stable(TimePoint now) {
    if (now < next_stable()) {
        return false;
    }
    auto members = ring_members(source().said(), identity_, identity_template_);
    return members && take_settled(std::move(*members), now);
}

base::Expected<bool> PoolState::take_list(std::size_t source, Membership said, TimePoint now,
                                          double random) {
    auto members = ring_members(said, identity_, identity_template_);
    if (!members) {
        return members.error();
    }
    if (const base::Status believed = judge(source, *members, now, random); !believed) {
        return believed.error();
    }
    sources_.on_list(source, std::move(said), now, lines_);
    return sources_.decides(source) ? take_settled(std::move(*members), now) : follow_sources(now);
}

// A list in the configuration means what it says.
base::Status PoolState::judge(std::size_t source, const Membership& members, TimePoint now,
                              double random) {
    if (sources_.order().is_listed(source)) {
        return base::Done{};
    }
    if (!sources_.leads(source)) {
        return change_rule_.is_long_enough(members);
    }
    const Membership& measure = is_new_source_ ? members : nodes_.members();
    const base::Status believed = change_rule_.judge(measure, members, now, random);
    is_new_source_ = is_new_source_ && !believed;
    return believed;
}

// What the one before has said is no measure of what the other one says first.
void PoolState::begin_with_other_source(TimePoint now) {
    is_new_source_ = true;
    hold_asked_ = false;
    leads_since_ = now;
    change_rule_.on_other_answer();
    flap_rule_.forget();
}

bool PoolState::follow_sources(TimePoint now) {
    for (const auto& [place, must_agree] : sources_.candidates(has_nodes(), now)) {
        auto members = ring_members(sources_.at(place).said(), identity_, identity_template_);
        if (members && nodes_.gate().check(sources_.at(place).said()) &&
            (!must_agree || stale_since_ || names_agree(nodes_.members(), *members))) {
            if (!sources_.leads(place)) {
                begin_with_other_source(now);
            }
            is_new_source_ = false;  // this is its first list
            sources_.give_to(place, now, lines_);
            return take_settled(std::move(*members), now);
        }
    }
    return false;
}

bool PoolState::take_settled(Membership named, TimePoint now) {
    unused_.reset();
    origin_ = {.source = source().name(),
               .identity = std::string(to_string(identity_)),
               .identity_template = identity_template_,
               .membership = {}};
    end_staleness();
    if (sources_.order().is_listed(sources_.leading_place())) {
        flap_rule_.forget();  // who lists a node in the configuration means it
        return take_members(std::move(named), now);
    }
    return take_members(flap_rule_.take(std::move(named), now, lines_), now);
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
    return renamed && take_settled(std::move(*renamed), now);
}

// --- results ---

routing::PoolPtr PoolState::build(const routing::Pool* before) const {
    return build_pool(id_, name_, nodes_.policy(), nodes_.nodes(),
                      {.no_node_reason = no_node_reason(), .before = before});
}

void PoolState::on_published(const routing::Pool& pool, TimePoint now) {
    has_had_ring_ = has_had_ring_ || !pool.ring.empty();
    if (!ring_state_since_ || ring_is_empty_ != pool.ring.empty()) {
        ring_is_empty_ = pool.ring.empty();
        ring_state_since_ = now;
    }
    nodes_.on_published(pool, now);
    for (std::string& advice : advice_.take(pool)) {
        lines_.add({.about = {base::LogEvent::advice}, .text = std::move(advice), .warning = true});
    }
}

// When the names are waited for no longer; kNever if they are not.
TimePoint PoolState::end_of_wait() const noexcept {
    return !ready_ && has_had_ring_ ? sources_.first_change() + kNamesWaitMax : base::kNever;
}

TimePoint PoolState::next_deadline() const noexcept {
    return std::min({nodes_.next_deadline(), end_of_wait(), change_rule_.ask_again_at(),
                     hold_ask_at(), next_stable(), sources_.next_deadline(has_nodes())});
}

void PoolState::update_ready(TimePoint now) {
    ready_ = ready_ || (has_had_ring_ && (!nodes_.waits_for_names() || now >= end_of_wait()));
}

std::string PoolState::why_not_ready() const {
    if (source().standing() == SourceStanding::empty) {
        return fmt::format(
            "pool {}: {} {} ({})", name_, source().name(),
            source().says_nothing() ? "says that there are no nodes" : "gives no usable list",
            source().last_failure());
    }
    if (has_had_ring_) {
        return fmt::format("pool {}: names of nodes are being looked up", name_);
    }
    if (sources_.has_discovered()) {
        return fmt::format("pool {}: no node is in the ring", name_);
    }
    return fmt::format("pool {}: no answer yet {}", name_, sources_with_failures());
}

std::string PoolState::no_node_reason() const {
    const std::size_t known = nodes_.members().members.size();
    std::string text;
    if (known > 0) {
        text = fmt::format("pool {}: no node is in the ring, all {} are ejected or have no address",
                           name_, known);
    } else if (source().standing() == SourceStanding::empty) {
        text = fmt::format(
            "pool {} has no nodes: {} {} ({})", name_, source().name(),
            source().says_nothing() ? "says that there are none" : "gives no usable list",
            source().last_failure());
    } else {
        text =
            fmt::format("pool {} has no nodes yet: no answer {}", name_, sources_with_failures());
    }
    if (text.size() > kNoNodeReasonMax) {
        text.resize(kNoNodeReasonMax - 3);
        text += "...";
    }
    return text;
}

std::string PoolState::sources_with_failures() const {
    std::string text;
    for (std::size_t place = 0; place < sources_.size(); ++place) {
        const SourceState& each = sources_.at(place);
        text += fmt::format("{}from {}", place == 0 ? "" : ", ", each.name());
        if (!each.last_failure().empty()) {
            text += fmt::format(" ({})", each.last_failure());
        }
    }
    return text;
}

}  // namespace ringside::discovery
