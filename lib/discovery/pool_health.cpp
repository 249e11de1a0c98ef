// What becomes of a pool's nodes: the part of PoolState that judges them.
#include "discovery/pool_state.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace ringside::discovery {

using base::TimePoint;
using health::HealthKind;
using routing::NodeId;
using Change = health::Ejector::Change;

namespace {

// Of one pool at once by their names; what is more is counted.
constexpr std::size_t kLossesToldMax = 3;

// "a, b, c and 16 more". Requires: there are more than kLossesToldMax.
template <typename Named>
std::string names(const std::vector<Named>& all) {
    std::string text = all.front().name;
    for (std::size_t i = 1; i < kLossesToldMax; ++i) {
        text += ", " + all[i].name;
    }
    return text + fmt::format(" and {} more", all.size() - kLossesToldMax);
}

}  // namespace

Change PoolState::on_health(const health::HealthEvent& event, TimePoint now, double random) {
    NodeRecord& record = record_of(event.node);
    if (event.kind == HealthKind::recovered) {
        if (event.counts) {
            record.ejector.on_recovered();
        }
        end_problem(record, HealthKind::auth_failed);
        if (record.is_trusted()) {  // else the probe has the word
            record.outage.on_answer(now);
            is_lost_ = false;
            tell_end_of_outage(record, now);
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
    if (!record.is_trusted()) {
        return Change::none;
    }
    record.last_failure = describe(event);
    record.last_cause = event.cause.empty() ? std::string(to_string(event.kind)) : event.cause;
    const bool is_told =
        event.kind == HealthKind::auth_failed && begin_problem(record, event.kind, now);
    if (record.outage.on_failure(now)) {
        note_loss(record, is_told);
    }
    if (!event.counts) {
        return Change::none;
    }
    const Change change = record.ejector.on_failure(ejection_policy(), event.attempt, random);
    if (change != Change::none) {
        std::string text = fmt::format(
            "node {} {} after {} failures in a row, the last: {}", record.node.name,
            change == Change::ejected ? "ejected" : "is dead, but kept in the ring by max_ejected,",
            record.ejector.failures(), record.last_failure);
        if (change == Change::ejected && has_losses()) {
            ejections_.push_back({record.node.name, std::move(text)});
        } else {
            note(std::move(text), true);
        }
    }
    return change;
}

Change PoolState::on_probe(NodeId node, bool healthy, TimePoint now, double random) {
    NodeRecord& record = record_of(node);
    const Change change = record.ejector.on_probe(ejection_policy(), healthy, now, random);
    if (change == Change::ejected) {
        note(fmt::format("node {} ejected after {} failures in a row: the ring can do without it "
                         "now",
                         record.node.name, record.ejector.failures()),
             true);
    }
    if (change != Change::back) {
        return change;
    }
    note_ejections();  // in front of their end
    note(fmt::format("node {} answered a probe and is well again", record.node.name));
    end_problem(record, HealthKind::auth_failed);
    record.outage.on_answer(now);
    is_lost_ = false;
    tell_end_of_outage(record, now);
    return change;
}

void PoolState::note_loss(const NodeRecord& record, bool is_told) {
    losses_.push_back({record.node.id, record.node.name, record.last_failure, is_told});
    is_lost_ = is_lost_ || are_all_lost();
}

// One line says it of all nodes, or of many.
void PoolState::tell_losses() {
    note_ejections();
    const std::size_t nodes = members_.members.size();
    const bool is_all = is_lost_ && nodes > 1;
    if (!is_all && losses_.size() <= kLossesToldMax) {
        for (const Loss& loss : losses_) {
            tell(loss);
        }
        losses_.clear();
        return;
    }
    const std::string text = is_all
                                 ? fmt::format("all {} nodes are lost", nodes)
                                 : fmt::format("{} nodes lost: {}", losses_.size(), names(losses_));
    news_.push_back(
        {.warning = true, .text = fmt::format("{}, the last one: {}", text, drop_losses())});
}

std::string PoolState::drop_losses() {
    note_ejections();
    std::string cause = losses_.back().cause;
    losses_.clear();
    return cause;
}

// Those of nodes whose loss was not told yet, likewise in one line if they are many.
void PoolState::note_ejections() {
    if (ejections_.size() > kLossesToldMax) {
        note(fmt::format("{} nodes ejected after failures in a row: {}", ejections_.size(),
                         names(ejections_)),
             true);
    } else {
        for (const Ejection& ejection : ejections_) {
            note(ejection.text, true);
        }
    }
    ejections_.clear();
}

void PoolState::tell(const Loss& loss) {
    if (!loss.is_told) {
        news_.push_back(
            {.warning = true, .text = fmt::format("node {} lost: {}", loss.name, loss.cause)});
    }
}

bool PoolState::are_all_lost() const noexcept {
    return std::all_of(records_.begin(), records_.end(), [](const auto& entry) {
        return !entry.second.member || entry.second.outage.is_on();
    });
}

// The end of a refused password is told as that of an outage.
bool PoolState::begin_problem(NodeRecord& record, HealthKind kind, TimePoint now) {
    if (record.problem && record.problem->kind == kind) {
        return false;
    }
    record.problem = {.kind = kind, .since = now};
    degraded_.emplace_back(record.node.id, true);
    news_.push_back(
        {.warning = true,
         .text = fmt::format("node {} {}{}", record.node.name, words_of(*record.problem),
                             kind == HealthKind::readonly
                                 ? ": links to it are replaced, not more often than "
                                   "every second, in case its address is another's now"
                                 : ": requests for it fail until it takes them")});
    return true;
}

void PoolState::end_problem(NodeRecord& record, HealthKind kind) {
    if (!record.problem || record.problem->kind != kind) {
        return;
    }
    record.problem.reset();
    degraded_.emplace_back(record.node.id, false);
    if (kind == HealthKind::readonly && record.member) {
        news_.push_back({.text = fmt::format("node {} takes writes again", record.node.name)});
    }
}

std::vector<routing::Node> PoolState::renew_links(TimePoint now) {
    std::vector<routing::Node> renewed;
    for (auto& [name, record] : records_) {
        if (record.member && record.renewal.take(now)) {
            ++record.link_epoch;
            renewed.push_back(record.node);
        }
    }
    return renewed;
}

void PoolState::end_outages(TimePoint now) {
    for (auto& [name, record] : records_) {
        tell_end_of_outage(record, now);
    }
}

void PoolState::tell_end_of_outage(NodeRecord& record, TimePoint now) {
    const auto end = record.outage.take_end(now);
    if (!end) {
        return;
    }
    const auto untold = std::find_if(losses_.begin(), losses_.end(), [&record](const Loss& loss) {
        return loss.node == record.node.id;
    });
    if (untold != losses_.end()) {
        tell(*untold);
        losses_.erase(untold);
    }
    std::string text = fmt::format("node {} back after {:.1f} s", record.node.name,
                                   std::chrono::duration<double>(end->lasted).count());
    if (end->relapses > 0) {
        text += fmt::format(", in which it came and went {} times", end->relapses);
    }
    news_.push_back({.text = std::move(text)});
}

std::vector<routing::PoolNode> PoolState::begin_probes(TimePoint now) {
    std::vector<routing::PoolNode> due;
    for (auto& [name, record] : records_) {
        if (record.member && record.ejector.begin_probe(now)) {
            due.push_back(published(record));
        }
    }
    return due;
}

// --- what the ring can do without ---

health::EjectionPolicy PoolState::ejection_policy() const noexcept {
    return {.auto_eject = policy_.auto_eject,
            .failure_limit = policy_.failure_limit,
            .retry_timeout = policy_.retry_timeout,
            .may_leave = room_off_the_ring() > 0};
}

std::ptrdiff_t PoolState::room_off_the_ring() const noexcept {
    const std::size_t nodes = members_.members.size();
    const std::size_t allowed = policy_.max_ejected.of(nodes, policy_.strict_twemproxy);
    return static_cast<std::ptrdiff_t>(allowed + nodes_in_ring()) -
           static_cast<std::ptrdiff_t>(nodes);
}

// Others have left the pool, or it may spare fewer. The operator's ejections stay.
bool PoolState::keep_what_must_not_leave(TimePoint now) {
    bool changed = false;
    for (auto& [name, record] : records_) {
        if (room_off_the_ring() >= 0) {
            break;
        }
        if (record.member && !record.ejected_until && record.ejector.keep(now)) {
            note(fmt::format("node {} is dead, but kept in the ring by max_ejected", name), true);
            changed = true;
        }
    }
    return changed;
}

}  // namespace ringside::discovery
