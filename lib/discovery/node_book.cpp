#include "discovery/node_book.h"

#include "base/check.h"
#include "base/limits.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace ringside::discovery {

using base::Errc;
using base::Error;
using base::LogEvent;
using base::TimePoint;
using health::HealthKind;
using routing::NodeId;

NodeBook::NodeBook(std::string pool, const routing::PoolPolicy& policy, LogLines& lines)
    : pool_(std::move(pool)), policy_(policy), lines_(lines) {}

// --- the policy ---

bool NodeBook::set_policy(const routing::PoolPolicy& policy, TimePoint now) {
    const routing::PoolPolicy before = std::exchange(policy_, policy);
    if (links_differ(policy_, before)) {
        on_link_settings(now);
    }
    on_ejection_settings(before, now);
    return policy_ != before;
}

void NodeBook::on_link_settings(TimePoint now) {
    for (auto& [name, record] : records_) {
        ++record.link_epoch;
        record.ejector.on_new_settings(now);
        end_problem(record, HealthKind::auth_failed);
    }
}

// Nobody shall wait for a delay that comes from the settings before.
void NodeBook::on_ejection_settings(const routing::PoolPolicy& before, TimePoint now) {
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

// --- members ---

routing::MembershipDiff NodeBook::take_members(routing::Membership membership, TimePoint now) {
    routing::MembershipDiff changes = diff(members_, membership);
    if (changes.empty()) {
        members_.source_version = membership.source_version;
        return changes;
    }
    for (const std::string& name : changes.removed) {
        leave(find_or_add(name), now);
    }
    const bool is_first = members_.members.empty();
    if (!is_first) {
        tell_members(changes);
    }
    for (const routing::Member& member : membership.members) {
        update(member, now);
    }
    members_ = std::move(membership);
    if (is_first || !has_others_than_joining()) {
        end_joins();  // there are no others to take their keys
    }
    keep_what_must_not_leave(now);
    return changes;
}

void NodeBook::drop_members(TimePoint now) {
    tell_members(diff(members_, {}));
    for (const routing::Member& member : std::exchange(members_.members, {})) {
        leave(find_or_add(member.name), now);
    }
}

void NodeBook::leave(NodeRecord& record, TimePoint now) {
    record.member = false;
    record.left_at = now;
    record.end_join();
    record.state_shown_since.reset();
    record.ejector.reset(now);  // it starts over if it comes back
    record.outage = {};
    record.renewal = {};
    if (record.problem) {
        end_problem(record, record.problem->kind);
    }
}

void NodeBook::tell_members(const routing::MembershipDiff& changes) {
    for (const std::string& name : changes.added) {
        tell_change({.event = LogEvent::node_added, .node = name},
                    fmt::format("node {} added", name));
    }
    for (const std::string& name : changes.removed) {
        tell_change({.event = LogEvent::node_removed, .node = name},
                    fmt::format("node {} removed", name));
    }
}

void NodeBook::update(const routing::Member& member, TimePoint now) {
    NodeRecord& record = find_or_add(member.name);
    if (record.member && record.node.address != member.address) {
        const std::string from = to_string(record.node.address);
        const std::string to = to_string(member.address);
        tell_change({.event = LogEvent::node_moved, .node = member.name, .from = from, .to = to},
                    fmt::format("node {} moved from {} to {}", member.name, from, to));
        record.ejector.on_new_address(now);
    }
    if (record.member && record.node.weight != member.weight) {
        tell_change({.event = LogEvent::node_reweighted,
                     .node = member.name,
                     .from = std::to_string(record.node.weight),
                     .to = std::to_string(member.weight)},
                    fmt::format("node {} has weight {} instead of {}", member.name, member.weight,
                                record.node.weight));
    }
    const std::vector<routing::Address> known = known_addresses(member);
    const bool other_ips = !known.empty() && record.addresses != known;
    if (!record.member || record.node.address != member.address || other_ips) {
        record.addresses = known;
        record.address_problem = {};
    }
    if (!known.empty()) {
        end_join(record, "it is listed at");
    } else if (!record.member && member.address.is_name()) {
        record.begin_join(now);
    }
    record.member = true;
    record.node.address = member.address;
    record.node.weight = member.weight;
}

std::vector<routing::PoolNode> NodeBook::nodes() const {
    std::vector<routing::PoolNode> nodes;
    nodes.reserve(members_.members.size());
    for (const auto& [name, record] : records_) {
        if (record.member) {
            nodes.push_back(published(record));
        }
    }
    return nodes;
}

NodeId NodeBook::id_of(std::string_view node) const {
    const auto found = records_.find(node);
    CHECK(found != records_.end());
    return found->second.node.id;
}

void NodeBook::on_published(const routing::Pool& pool, TimePoint now) {
    for (const routing::PoolNode& node : pool.nodes) {
        NodeRecord* const record = find(node.node.id);
        CHECK(record != nullptr);
        if (!record->state_shown_since || record->state_shown != node.state) {
            record->state_shown = node.state;
            record->state_shown_since = now;
        }
    }
}

const NodeRecord& NodeBook::record_of(NodeId node) const {
    const NodeRecord* const record = find(node);
    CHECK(record != nullptr);
    return *record;
}

NodeRecord* NodeBook::find(NodeId node) const {
    const auto found = record_by_id_.find(node);
    return found == record_by_id_.end() ? nullptr : found->second;
}

NodeRecord& NodeBook::find_or_add(const std::string& name) {
    const auto [position, is_new] = records_.try_emplace(name);
    NodeRecord& record = position->second;
    if (is_new) {
        record.node.id = next_id_++;
        record.node.name = name;
        record_by_id_.emplace(record.node.id, &record);  // a map's values never move
    }
    return record;
}

NodeRecord* NodeBook::find_member(std::string_view node) {
    const auto found = records_.find(node);
    return found == records_.end() || !found->second.member ? nullptr : &found->second;
}

Error NodeBook::unknown(std::string_view node) const {
    return Error{Errc::not_found, fmt::format("pool '{}' has no node '{}'", pool_, node)};
}

// --- nodes that have left ---

static Absence absence_of(const NodeRecord& record) noexcept {
    Absence absence{.id = record.node.id, .since = record.left_at};
    if (record.ejected_until) {
        absence.hold_until(*record.ejected_until);
    }
    return absence;
}

bool NodeBook::has_absent() const noexcept {
    return records_.size() > members_.members.size();
}

std::vector<NodeId> NodeBook::forget_absent(TimePoint now) {
    if (!has_absent()) {
        return {};
    }
    std::vector<Absence> absences;
    for (const auto& [name, record] : records_) {
        if (!record.member) {
            absences.push_back(absence_of(record));
        }
    }
    const std::vector<NodeId> ids = forgotten(std::move(absences), base::kAbsentNodesMax, now);
    for (const NodeId id : ids) {
        const auto found = record_by_id_.find(id);
        records_.erase(records_.find(found->second->node.name));
        record_by_id_.erase(found);
        std::erase_if(degraded_, [id](const auto& news) { return news.first == id; });
    }
    return ids;
}

TimePoint NodeBook::next_forgotten() const noexcept {
    TimePoint next = base::kNever;
    if (!has_absent()) {
        return next;  // this is asked for often
    }
    for (const auto& [name, record] : records_) {
        next = record.member ? next : std::min(next, end_of(absence_of(record)));
    }
    return next;
}

Absence NodeBook::absence_of_all(std::uint32_t id, TimePoint now) const noexcept {
    Absence absence{.id = id, .since = now};
    for (const auto& [name, record] : records_) {
        if (record.ejected_until) {
            absence.hold_until(*record.ejected_until);
        }
    }
    return absence;
}

// --- names ---

void NodeBook::add_names(std::set<std::string>& names) const {
    for (const auto& [name, record] : records_) {
        if (record.member && record.node.address.is_name()) {
            names.insert(record.node.address.host);
        }
    }
}

// Without the addresses that it may not have; a problem that was there before is the same one.
NameState NodeBook::allowed(const NodeRecord& record, const NameState& state, TimePoint now) const {
    NameState left = gate_.filter(state, record.node.address.port, now);
    if (!left.problem.empty() && left.problem != state.problem &&
        left.problem == record.address_problem) {
        left.problem_since = record.address_problem_since;
    }
    return left;
}

NameChange NodeBook::take_name(NodeRecord& record, const NameState& state, TimePoint now) {
    const bool was_joining = record.joining_since.has_value();
    const std::vector<routing::Address> before = record.addresses;
    const bool changed = record.take_addresses(allowed(record, state, now), now);
    if (was_joining && !record.addresses.empty()) {
        end_join(record, "its name leads to");
    }
    if (!was_joining && record.addresses != before) {
        return NameChange::moved;
    }
    return changed ? NameChange::of_list : NameChange::none;
}

NameChange NodeBook::on_name(const std::string& host, const NameState& state, TimePoint now) {
    auto changed = NameChange::none;
    for (auto& [name, record] : records_) {
        if (record.member && record.node.address.host == host) {
            changed = std::max(changed, take_name(record, state, now));
        }
    }
    return changed;
}

bool NodeBook::take_names(const std::map<std::string, NameState>& names, TimePoint now) {
    bool changed = false;
    for (auto& [name, record] : records_) {
        const auto found = record.member ? names.find(record.node.address.host) : names.end();
        if (found != names.end() && !found->second.is_pending()) {
            changed = take_name(record, found->second, now) != NameChange::none || changed;
        }
    }
    return changed;
}

std::vector<NodeId> NodeBook::nodes_named(const std::string& host) const {
    std::vector<NodeId> nodes;
    for (const auto& [name, record] : records_) {
        if (record.member && record.node.address.host == host) {
            nodes.push_back(record.node.id);
        }
    }
    return nodes;
}

bool NodeBook::waits_for_names() const noexcept {
    return std::any_of(records_.begin(), records_.end(),
                       [](const auto& entry) { return entry.second.waits_for_address(); });
}

// --- nodes that join by a name ---

bool NodeBook::holds_list() const noexcept {
    return std::any_of(records_.begin(), records_.end(),
                       [](const auto& entry) { return entry.second.holds_list(); });
}

bool NodeBook::check_joins(TimePoint now) {
    bool changed = false;
    for (auto& [name, record] : records_) {
        if (now < record.next_of_join(policy_.auto_eject)) {
            continue;
        }
        record.join_told = true;
        if (now < record.next_of_join(policy_.auto_eject)) {
            tell_change({.event = LogEvent::node_waits,
                         .node = name,
                         .cause = std::string(record.address_problem)},
                        fmt::format("node {} stays out of the ring: its name has led to no address "
                                    "yet{}",
                                    name, problem_text(record)),
                        true);
        } else {
            record.end_join();
            tell_change({.event = LogEvent::node_joined,
                         .node = name,
                         .cause = std::string(record.address_problem)},
                        fmt::format("node {} joins the ring, though its name has led to no address "
                                    "in {} s{}: its requests fail",
                                    name, kJoinWaitMax.count(), problem_text(record)),
                        true);
        }
        changed = true;
    }
    return changed;
}

// Not for those that the operator wants out.
bool NodeBook::has_others_than_joining() const noexcept {
    return std::any_of(records_.begin(), records_.end(), [](const auto& entry) {
        const NodeRecord& record = entry.second;
        return record.member && !record.joining_since && !record.ejected_until;
    });
}

void NodeBook::end_join(NodeRecord& record, std::string_view how) {
    if (record.joining_since && record.join_told) {
        tell_change({.event = LogEvent::node_joined, .node = record.node.name},
                    fmt::format("node {} joins the ring: {} {}", record.node.name, how,
                                to_string(record.addresses.front())));
    }
    record.end_join();
}

void NodeBook::end_joins() noexcept {
    for (auto& [name, record] : records_) {
        record.end_join();
    }
}

// --- all of them ---

std::size_t NodeBook::nodes_in_ring() const noexcept {
    return static_cast<std::size_t>(
        std::count_if(records_.begin(), records_.end(),
                      [](const auto& entry) { return entry.second.in_ring(); }));
}

TimePoint NodeBook::next_deadline() const noexcept {
    TimePoint next = base::kNever;
    for (const auto& [name, record] : records_) {
        next = std::min({next, record.next_deadline(), record.next_of_join(policy_.auto_eject)});
    }
    return next;
}

void NodeBook::tell_change(base::LogFields about, std::string text, bool warning) {
    lines_.add(
        {.about = std::move(about), .text = std::move(text), .warning = warning, .of_ring = true});
}

void NodeBook::tell_news(base::LogFields about, std::string text, bool warning) {
    lines_.add({.about = std::move(about), .text = std::move(text), .warning = warning});
}

}  // namespace ringside::discovery
