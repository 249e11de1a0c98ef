#include "discovery/node_record.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace ringside::discovery {

using health::Ejector;
using routing::NodeState;

std::string_view words_of(const NodeProblem& problem) noexcept {
    return problem.kind == health::HealthKind::readonly
               ? "refuses writes as a replica does (READONLY)"
               : "refuses redis_auth or redis_db";
}

NodeState NodeRecord::state() const noexcept {
    if (ejected_until) {
        return NodeState::ejected_by_operator;
    }
    if (joining_since) {
        return NodeState::joining;
    }
    return ejector.is_in_ring() ? NodeState::in_ring : NodeState::ejected_by_health;
}

void NodeRecord::begin_join(base::TimePoint now) {
    joining_since = now;
    join_told = false;
}

base::TimePoint NodeRecord::next_of_join(bool auto_eject) const noexcept {
    if (!joining_since) {
        return base::kNever;
    }
    if (!join_told) {
        return *joining_since + kJoinHold;
    }
    return auto_eject ? base::kNever : *joining_since + kJoinWaitMax;
}

bool NodeRecord::take_addresses(const NameState& state, base::TimePoint now) {
    std::vector<routing::Address> found;
    for (const std::string& ip : state.ips) {
        found.push_back({ip, node.address.port});
    }
    address_problem_since = state.problem_since;
    // The book of names forgets what nobody uses, as the names of a pool that has left: the record
    // still has the last good ones when it is back.
    const bool has_moved = !found.empty() && addresses != found;
    const bool changed = has_moved || address_problem != state.problem;
    address_problem = state.problem;
    if (has_moved) {
        addresses = std::move(found);
        ejector.on_new_address(now);
    }
    return changed;
}

bool NodeRecord::begin_probe(base::TimePoint now) noexcept {
    if (is_trusted()) {
        return outage.take_silence(now) && ejector.begin_check();
    }
    return member && ejector.begin_probe(now);
}

base::TimePoint NodeRecord::next_deadline() const noexcept {
    const base::TimePoint by_health =
        member ? std::min({ejector.next_deadline(), outage.next_deadline(), renewal.next_deadline(),
                           is_trusted() ? outage.next_silence() : base::kNever})
               : base::kNever;
    return std::min(ejected_until.value_or(base::kNever), by_health);
}

routing::PoolNode published(const NodeRecord& record) {
    return {.node = record.node,
            .state = record.state(),
            .addresses = record.addresses,
            .address_problem = record.address_problem,
            .link_epoch = record.link_epoch,
            .fails_with =
                record.in_ring() && record.ejector.is_kept() ? record.last_cause : std::string()};
}

static std::string probe_text(const NodeRecord& record) {
    return record.ejector.state() == Ejector::State::probing ? "; a probe is under way"
                                                             : "; waits for a probe";
}

std::string problem_text(const NodeRecord& record) {
    return record.address_problem.empty() ? std::string()
                                          : fmt::format(" ({})", record.address_problem);
}

std::string reason(const NodeRecord& record) {
    const std::string failures = fmt::format("{} failures in a row, the last known: {}",
                                             record.ejector.failures(), record.last_failure);
    switch (record.state()) {
        case NodeState::in_ring:
            if (record.ejector.is_kept()) {
                return failures +
                       "; kept in the ring by max_ejected: its requests fail at once until a probe "
                       "is answered" +
                       probe_text(record);
            }
            return record.ejector.failures() == 0 ? std::string() : failures;
        case NodeState::joining:
            return "its name has led to no address yet" + problem_text(record);
        case NodeState::ejected_by_health:
            return failures + probe_text(record);
        case NodeState::ejected_by_operator:
            return fmt::format(
                "{}by the operator, {}{}{}", record.is_drained ? "drained " : "",
                *record.ejected_until == base::kNever ? "until restored" : "for a time",
                record.ejection_remark.empty() ? "" : ": ", record.ejection_remark);
    }
    return {};
}

std::optional<base::milliseconds> remaining(const NodeRecord& record, base::TimePoint now) {
    const base::TimePoint end =
        record.ejected_until ? *record.ejected_until : record.ejector.next_deadline();
    if (end == base::kNever) {
        return std::nullopt;
    }
    return std::max(std::chrono::ceil<base::milliseconds>(end - now), base::milliseconds(0));
}

}  // namespace ringside::discovery
