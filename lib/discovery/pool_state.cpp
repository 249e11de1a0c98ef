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
using health::HealthKind;
using Change = health::Ejector::Change;
using routing::Membership;
using routing::NodeId;

// A pool of thousands must not fill the log when it changes; the rest is counted in one line.
constexpr std::size_t kNotesMax = 32;

std::string duration_text(base::Duration duration) {
    const auto whole = std::chrono::ceil<base::milliseconds>(duration);
    return whole.count() % 1000 == 0 ? fmt::format("{} s", whole.count() / 1000)
                                     : fmt::format("{} ms", whole.count());
}

}  // namespace

PoolState::PoolState(routing::PoolId id, const config::PoolConfig& config)
    : id_(id), name_(config.name), policy_(config.policy) {}

bool PoolState::configure(const config::PoolConfig& config, TimePoint now) {
    CHECK(config.name == name_ && config.policy.protocol == policy_.protocol);
    listen_ = config.listen.text;
    const std::string source = describe(config.source);
    if (source != std::exchange(source_, source)) {
        failing_ = false;  // that was the other source
        last_failure_.clear();
    }
    const bool policy_changed = config.policy != policy_;
    const bool other_links = links_differ(config.policy, policy_);
    const routing::PoolPolicy before = std::exchange(policy_, config.policy);
    if (other_links) {
        on_link_settings(now);
    }
    on_ejection_settings(before, now);
    const bool other_identity = std::exchange(identity_, config.identity) != config.identity;
    const routing::Membership* const list = listed_members(config.source);
    is_static_ = list != nullptr;
    if (!is_static_) {
        const bool renamed = other_identity && rename_members(now);
        return keep_what_must_not_leave(now) || renamed || policy_changed;
    }
    // The configuration was checked: it has nodes and no name twice.
    const auto outcome = on_membership(*list, now);
    CHECK(outcome.has_value());
    return keep_what_must_not_leave(now) || outcome->changed || policy_changed;
}

// What the old settings have led to says nothing about the new ones.
void PoolState::on_link_settings(TimePoint now) {
    for (auto& [name, record] : records_) {
        ++record.link_epoch;
        record.ejector.on_new_settings(now);
        end_problem(record, HealthKind::auth_failed);
    }
}

// Nobody shall wait for a delay that comes from the settings before.
void PoolState::on_ejection_settings(const routing::PoolPolicy& before, TimePoint now) {
    const bool may_be_well =
        policy_.timeout != before.timeout || (before.auto_eject && !policy_.auto_eject);
    for (auto& [name, record] : records_) {
        if (policy_.retry_timeout != before.retry_timeout) {
            record.ejector.on_new_retry_timeout(policy_.retry_timeout, now);
        }
        if (may_be_well && record.ejector.state() == health::Ejector::State::ejected) {
            record.ejector.on_new_settings(now);
        }
    }
}

// --- the source ---

base::Expected<ListOutcome> PoolState::on_membership(Membership membership, TimePoint now) {
    Membership said = membership;
    name_members(membership, identity_);
    const std::vector<std::string> duplicates = normalize(membership);
    if (membership.members.empty()) {
        return Error{Errc::malformed, "the list has no nodes"};
    }
    if (!duplicates.empty()) {
        return Error{Errc::malformed, fmt::format("node {} is listed twice", duplicates.front())};
    }
    said_ = std::move(said);
    ++answers_;
    last_answer_ = now;
    last_failure_.clear();
    const ListOutcome outcome{.changed = !diff(members_, membership).empty(),
                              .source_is_back = std::exchange(failing_, false)};
    if (outcome.changed) {
        take_members(std::move(membership), now);
    } else {
        members_.source_version = membership.source_version;
    }
    return outcome;
}

// The same nodes under the names of another identity. If two would have the same, all keep theirs,
// and the source's next answer fails for it.
bool PoolState::rename_members(TimePoint now) {
    Membership renamed = said_;
    name_members(renamed, identity_);
    if (!normalize(renamed).empty() || diff(members_, renamed).empty()) {
        return false;
    }
    take_members(std::move(renamed), now);
    return true;
}

void PoolState::take_members(Membership membership, TimePoint now) {
    routing::MembershipDiff changes = diff(members_, membership);
    for (const std::string& name : changes.removed) {
        NodeRecord& record = record_of(name);
        record.member = false;
        record.ejector.reset(now);  // it starts over if it comes back
        record.outage = {};
        record.renewal = {};
        if (record.problem) {
            end_problem(record, record.problem->kind);
        }
    }
    note_members(changes);
    for (const routing::Member& member : membership.members) {
        update(member, now);
    }
    members_ = std::move(membership);
    last_diff_ = std::move(changes);
    last_change_ = now;
    first_members_at_ = first_members_at_.value_or(now);
    discovered_ = true;
    keep_what_must_not_leave(now);
}

void PoolState::update(const routing::Member& member, TimePoint now) {
    NodeRecord& record = record_of(member.name);
    if (record.member && record.node.address != member.address) {
        note(fmt::format("node {} moved from {} to {}", member.name, to_string(record.node.address),
                         to_string(member.address)));
        record.ejector.on_new_address(now);
    }
    if (record.member && record.node.weight != member.weight) {
        note(fmt::format("node {} has weight {} instead of {}", member.name, member.weight,
                         record.node.weight));
    }
    const std::vector<routing::Address> known = known_addresses(member);
    const bool other_ips = !known.empty() && record.addresses != known;
    if (!record.member || record.node.address != member.address || other_ips) {
        record.addresses = known;
        record.address_problem = {};
    }
    record.member = true;
    record.node.address = member.address;
    record.node.weight = member.weight;
}

void PoolState::note_members(const routing::MembershipDiff& changes) {
    if (!discovered_) {
        note(fmt::format("{} nodes from {}", changes.added.size(), source_));
        return;
    }
    for (const std::string& name : changes.added) {
        note(fmt::format("node {} added", name));
    }
    for (const std::string& name : changes.removed) {
        note(fmt::format("node {} removed", name));
    }
}

bool PoolState::on_failure(const Error& error) {
    ++failures_;
    last_failure_ = error.message;
    return !std::exchange(failing_, true);
}

// --- the operator ---

base::Expected<bool> PoolState::eject(std::string_view node, TimePoint until, bool force,
                                      TimePoint now) {
    const auto found = records_.find(node);
    if (found == records_.end() || !found->second.member) {
        return Error{Errc::not_found, fmt::format("pool {} has no node {}", name_, node)};
    }
    NodeRecord& record = found->second;
    if (record.in_ring() && nodes_in_ring() == 1 && !force) {
        return Error{Errc::conflict,
                     fmt::format("node {} is the last one in the ring of pool {}: without it every "
                                 "request fails; use force to eject it nevertheless",
                                 node, name_)};
    }
    if (record.ejected_until == until) {
        return false;
    }
    const bool changes = !record.ejected_until;
    record.ejected_until = until;
    note(fmt::format("node {} ejected by the operator, {}", node,
                     until == base::kNever ? std::string("until restored")
                                           : "for " + duration_text(until - now)),
         true);
    return changes;
}

base::Expected<bool> PoolState::restore(std::string_view node, TimePoint now) {
    const auto found = records_.find(node);
    if (found == records_.end()) {
        return Error{Errc::not_found, fmt::format("pool {} has no node {}", name_, node)};
    }
    NodeRecord& record = found->second;
    ++record.link_epoch;
    if (record.state() == routing::NodeState::in_ring && !record.ejector.is_kept()) {
        note(fmt::format("links to node {} replaced by the operator", node));
        return record.member;
    }
    record.ejected_until.reset();
    record.ejector.reset(now);
    note(fmt::format("node {} restored by the operator", node));
    return record.member;
}

base::Status PoolState::reconnect(std::string_view node) {
    const auto found = records_.find(node);
    if (found == records_.end() || !found->second.member) {
        return Error{Errc::not_found, fmt::format("pool {} has no node {}", name_, node)};
    }
    ++found->second.link_epoch;
    note(fmt::format("links to node {} replaced by the operator", node));
    return base::Done{};
}

void PoolState::reconnect_all() {
    for (auto& [name, record] : records_) {
        ++record.link_epoch;
    }
    note("links to all nodes replaced by the operator");
}

bool PoolState::end_ejections(TimePoint now) {
    bool changed = false;
    for (auto& [name, record] : records_) {
        if (!record.ejected_until || now < *record.ejected_until) {
            continue;
        }
        record.ejected_until.reset();
        if (record.member) {
            note(fmt::format("node {} restored: the time of its ejection is over", name));
            changed = true;
        }
    }
    return changed;
}

TimePoint PoolState::next_deadline() const noexcept {
    TimePoint next = base::kNever;
    for (const auto& [name, record] : records_) {
        next = std::min(next, record.next_deadline());
    }
    return std::min(next, end_of_wait());
}

// --- results ---

routing::PoolPtr PoolState::build() const {
    std::vector<routing::PoolNode> nodes;
    nodes.reserve(members_.members.size());
    for (const auto& [name, record] : records_) {
        if (record.member) {
            nodes.push_back(published(record));
        }
    }
    return build_pool(id_, name_, policy_, std::move(nodes));
}

void PoolState::on_published(const routing::Pool& pool) {
    has_had_ring_ = has_had_ring_ || !pool.ring.empty();
    for (std::string& advice : advice_.take(pool)) {
        news_.push_back({.warning = true, .text = std::move(advice)});
    }
}

std::string PoolState::why_not_ready() const {
    if (has_had_ring_) {
        return fmt::format("pool {}: names of nodes are being looked up", name_);
    }
    if (discovered_) {
        return fmt::format("pool {}: no node is in the ring", name_);
    }
    return last_failure_.empty()
               ? fmt::format("pool {}: no answer yet from {}", name_, source_)
               : fmt::format("pool {}: no answer yet from {} ({})", name_, source_, last_failure_);
}

std::vector<Note> PoolState::take_notes() {
    if (notes_left_out_ > 0) {
        notes_.push_back(
            {.text = fmt::format("and {} more changes", std::exchange(notes_left_out_, 0))});
    }
    return std::exchange(notes_, {});
}

std::vector<Note> PoolState::take_news() {
    return std::exchange(news_, {});
}

std::vector<std::pair<NodeId, bool>> PoolState::take_degraded() {
    return std::exchange(degraded_, {});
}

NodeId PoolState::id_of(std::string_view node) const {
    const auto found = records_.find(node);
    CHECK(found != records_.end());
    return found->second.node.id;
}

NodeRecord& PoolState::record_of(const std::string& name) {
    const auto [position, is_new] = records_.try_emplace(name);
    NodeRecord& record = position->second;
    if (is_new) {
        record.node.id = static_cast<NodeId>(record_by_id_.size());
        record.node.name = name;
        record_by_id_.push_back(&record);  // a map's values never move
    }
    return record;
}

NodeRecord& PoolState::record_of(NodeId node) {
    CHECK(node < record_by_id_.size());
    return *record_by_id_[node];
}

void PoolState::note(std::string text, bool warning) {
    if (notes_.size() == kNotesMax) {
        ++notes_left_out_;
        return;
    }
    notes_.push_back({.warning = warning, .text = std::move(text)});
}

std::size_t PoolState::nodes_in_ring() const noexcept {
    return static_cast<std::size_t>(
        std::count_if(records_.begin(), records_.end(),
                      [](const auto& entry) { return entry.second.in_ring(); }));
}

}  // namespace ringside::discovery
