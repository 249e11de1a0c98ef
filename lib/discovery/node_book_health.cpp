// What becomes of a pool's nodes: the part of NodeBook that judges them.
#include "discovery/node_book.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace ringside::discovery {

using base::LogEvent;
using base::TimePoint;
using health::HealthKind;
using routing::NodeId;
using Change = health::Ejector::Change;

Change NodeBook::on_health(const health::HealthEvent& event, TimePoint now, double random) {
    NodeRecord* const found = find(event.node);
    if (found == nullptr) {
        return Change::none;
    }
    NodeRecord& record = *found;
    if (event.kind == HealthKind::recovered) {
        if (event.counts) {
            record.ejector.on_recovered();
        }
        end_problem(record, HealthKind::auth_failed);
        if (record.is_trusted()) {  // else the probe has the word
            on_answer(record, now);
        }
        return Change::none;
    }
    if (event.kind == HealthKind::writable) {
        record.renewal.on_write();
        end_problem(record, HealthKind::readonly);
        return Change::none;
    }
    if (!record.member || event.link_epoch != record.link_epoch) {
        return Change::none;  // late news of links that are going away
    }
    if (event.kind == HealthKind::readonly) {
        record.renewal.on_refused(now);
        begin_problem(record, event.kind, now);
        return Change::none;
    }
    return record.is_trusted() ? on_failure(record, event, now, random) : Change::none;
}

Change NodeBook::on_failure(NodeRecord& record, const health::HealthEvent& event, TimePoint now,
                            double random) {
    record.last_failure = describe(event);
    record.last_failure_at = now;
    record.last_cause = event.cause.empty() ? std::string(to_string(event.kind)) : event.cause;
    const bool is_told =
        event.kind == HealthKind::auth_failed && begin_problem(record, event.kind, now);
    if (record.outage.on_failure(now)) {
        losses_.add({record.node.id, record.node.name, record.last_failure, is_told});
        is_lost_ = is_lost_ || are_all_lost();
    }
    if (!event.counts) {
        return Change::none;
    }
    const Change change = record.ejector.on_failure(ejection_policy(), event.attempt, random);
    if (change == Change::none) {
        return change;
    }
    const bool is_out = change == Change::ejected;
    LogLine line{
        .about = {.event = is_out ? LogEvent::node_ejected : LogEvent::node_given_up,
                  .node = record.node.name,
                  .cause = record.last_failure},
        .text = fmt::format("node {} {} after {} failures in a row, the last: {}", record.node.name,
                            is_out ? "ejected" : "is dead, but kept in the ring by max_ejected,",
                            record.ejector.failures(), record.last_failure),
        .warning = true,
        .of_ring = true};
    if (is_out && has_losses()) {
        losses_.add_ejection(record.node.name, std::move(line));
    } else {
        lines_.add(std::move(line));
    }
    return change;
}

Change NodeBook::on_probe(NodeId node, bool healthy, TimePoint now, double random) {
    NodeRecord* const found = find(node);
    if (found == nullptr) {
        return Change::none;
    }
    NodeRecord& record = *found;
    const Change change = record.ejector.on_probe(ejection_policy(), healthy, now, random);
    if (change == Change::ejected) {
        tell_change({.event = LogEvent::node_ejected,
                     .node = record.node.name,
                     .cause = record.last_failure},
                    fmt::format("node {} ejected after {} failures in a row: the ring can do "
                                "without it now",
                                record.node.name, record.ejector.failures()),
                    true);
    }
    if (change == Change::well) {
        end_problem(record, HealthKind::auth_failed);
        on_answer(record, now);
    }
    if (change != Change::back) {
        return change;
    }
    losses_.tell_ejections(lines_);  // in front of their end
    tell_change({.event = LogEvent::node_well, .node = record.node.name},
                fmt::format("node {} answered a probe and is well again", record.node.name));
    end_problem(record, HealthKind::auth_failed);
    on_answer(record, now);
    return change;
}

void NodeBook::on_answer(NodeRecord& record, TimePoint now) {
    record.outage.on_answer(now);
    is_lost_ = false;
    tell_end_of_outage(record, now);
}

// One line says it of all nodes, or of many.
void NodeBook::tell_losses() {
    losses_.tell(members_.members.size(), is_lost_, lines_);
}

bool NodeBook::are_all_lost() const noexcept {
    return std::all_of(records_.begin(), records_.end(), [](const auto& entry) {
        const NodeRecord& record = entry.second;
        return !record.member || record.joining_since || record.outage.is_on();
    });
}

// The end of a refused password is told as that of an outage.
bool NodeBook::begin_problem(NodeRecord& record, HealthKind kind, TimePoint now) {
    if (record.problem && record.problem->kind == kind) {
        return false;
    }
    record.problem = {.kind = kind, .since = now};
    degraded_.emplace_back(record.node.id, true);
    tell_news({.event = LogEvent::node_degraded,
               .node = record.node.name,
               .cause = std::string(words_of(*record.problem))},
              fmt::format("node {} {}{}", record.node.name, words_of(*record.problem),
                          kind == HealthKind::readonly
                              ? ": links to it are replaced, not more often than every second, in "
                                "case its address is another's now"
                              : ": requests for it fail until it takes them"),
              true);
    return true;
}

void NodeBook::end_problem(NodeRecord& record, HealthKind kind) {
    if (!record.problem || record.problem->kind != kind) {
        return;
    }
    record.problem.reset();
    degraded_.emplace_back(record.node.id, false);
    if (kind == HealthKind::readonly && record.member) {
        tell_news({.event = LogEvent::node_not_degraded, .node = record.node.name},
                  fmt::format("node {} takes writes again", record.node.name));
    }
}

std::vector<std::pair<NodeId, bool>> NodeBook::take_degraded() {
    return std::exchange(degraded_, {});
}

std::vector<routing::Node> NodeBook::renew_links(TimePoint now) {
    std::vector<routing::Node> renewed;
    for (auto& [name, record] : records_) {
        if (record.member && record.renewal.take(now)) {
            ++record.link_epoch;
            renewed.push_back(record.node);
        }
    }
    return renewed;
}

void NodeBook::end_outages(TimePoint now) {
    for (auto& [name, record] : records_) {
        tell_end_of_outage(record, now);
    }
}

void NodeBook::tell_end_of_outage(NodeRecord& record, TimePoint now) {
    const auto end = record.outage.take_end(now);
    if (!end) {
        return;
    }
    losses_.tell_one(record.node.id, lines_);
    std::string text = fmt::format("node {} back after {:.1f} s", record.node.name,
                                   std::chrono::duration<double>(end->lasted).count());
    if (end->relapses > 0) {
        text += fmt::format(", in which it came and went {} times", end->relapses);
    }
    tell_news({.event = LogEvent::node_back, .node = record.node.name}, std::move(text));
}

std::vector<routing::PoolNode> NodeBook::begin_probes(TimePoint now) {
    std::vector<routing::PoolNode> due;
    for (auto& [name, record] : records_) {
        if (record.begin_probe(now)) {
            due.push_back(published(record));
        }
    }
    return due;
}

// --- what the ring can do without ---

health::EjectionPolicy NodeBook::ejection_policy() const noexcept {
    return {.auto_eject = policy_.auto_eject,
            .failure_limit = policy_.failure_limit,
            .retry_timeout = policy_.retry_timeout,
            .may_leave = room_off_the_ring() > 0};
}

// Those that join have no keys that somebody else would have to take.
std::size_t NodeBook::joined_nodes() const noexcept {
    return static_cast<std::size_t>(std::count_if(
        records_.begin(), records_.end(),
        [](const auto& entry) { return entry.second.member && !entry.second.joining_since; }));
}

std::ptrdiff_t NodeBook::room_off_the_ring() const noexcept {
    const std::size_t nodes = joined_nodes();
    const std::size_t allowed = policy_.max_ejected.of(nodes, policy_.strict_twemproxy);
    return static_cast<std::ptrdiff_t>(allowed + nodes_in_ring()) -
           static_cast<std::ptrdiff_t>(nodes);
}

bool NodeBook::keep_what_must_not_leave(TimePoint now) {
    bool changed = false;
    for (auto& [name, record] : records_) {
        if (room_off_the_ring() >= 0) {
            break;
        }
        if (record.member && !record.ejected_until && record.ejector.keep(now)) {
            tell_change({.event = LogEvent::node_given_up, .node = name},
                        fmt::format("node {} is dead, but kept in the ring by max_ejected", name),
                        true);
            changed = true;
        }
    }
    return changed;
}

}  // namespace ringside::discovery
