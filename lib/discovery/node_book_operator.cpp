// What the operator wants of a pool's nodes: the part of NodeBook that does as it is told.
#include "discovery/node_book.h"

#include <fmt/core.h>

#include <utility>

namespace ringside::discovery {
namespace {

using base::Errc;
using base::Error;
using base::LogEvent;
using base::TimePoint;

std::string duration_text(base::Duration duration) {
    const auto whole = std::chrono::ceil<base::milliseconds>(duration);
    return whole.count() % 1000 == 0 ? fmt::format("{} s", whole.count() / 1000)
                                     : fmt::format("{} ms", whole.count());
}

// "for 60 s: maintenance (alice)"
std::string text_of(const HandEjection& how, TimePoint now) {
    return fmt::format("{}{}{}",
                       how.until == base::kNever ? std::string("until restored")
                                                 : "for " + duration_text(how.until - now),
                       how.remark.empty() ? "" : ": ", how.remark);
}

}  // namespace

base::Expected<bool> NodeBook::eject(std::string_view node, const HandEjection& how, bool force,
                                     TimePoint now) {
    NodeRecord* const record = find_member(node);
    if (record == nullptr) {
        return unknown(node);
    }
    if (record->in_ring() && nodes_in_ring() == 1 && !force) {
        return Error{Errc::conflict,
                     fmt::format("node {} is the last one in the ring of pool {}: without it every "
                                 "request fails; use force to eject it nevertheless",
                                 node, pool_)};
    }
    record->ejection_remark = how.remark;
    if (record->ejected_until == how.until) {
        return false;
    }
    const bool changes = !record->ejected_until;
    record->is_drained &= !changes;
    record->ejected_until = how.until;
    tell_change(
        {.event = LogEvent::node_ejected_by_hand, .node = std::string(node), .cause = how.remark},
        fmt::format("node {} ejected by the operator, {}", node, text_of(how, now)), true);
    return changes;
}

bool NodeBook::close_links(std::string_view node) {
    NodeRecord& record = *find_member(node);
    if (std::exchange(record.is_drained, true)) {
        return false;
    }
    ++record.link_epoch;
    tell_change({.event = LogEvent::node_drained_by_hand, .node = std::string(node)},
                fmt::format("links to node {} are closed when they owe nothing", node));
    return true;
}

base::Expected<bool> NodeBook::restore(std::string_view node, TimePoint now) {
    const auto found = records_.find(node);  // also one that has left: its ejection is still there
    if (found == records_.end()) {
        return unknown(node);
    }
    NodeRecord& record = found->second;
    ++record.link_epoch;
    if (record.state() == routing::NodeState::in_ring && !record.ejector.is_kept()) {
        tell_change({.event = LogEvent::links_replaced, .node = std::string(node)},
                    fmt::format("links to node {} replaced by the operator", node));
        return record.member;
    }
    record.ejected_until.reset();
    record.end_join();
    record.ejector.reset(now);
    tell_change({.event = LogEvent::node_restored, .node = std::string(node)},
                fmt::format("node {} restored by the operator", node));
    return record.member;
}

base::Status NodeBook::reconnect(std::string_view node) {
    NodeRecord* const record = find_member(node);
    if (record == nullptr) {
        return unknown(node);
    }
    ++record->link_epoch;
    tell_change({.event = LogEvent::links_replaced, .node = std::string(node)},
                fmt::format("links to node {} replaced by the operator", node));
    return base::Done{};
}

void NodeBook::reconnect_all() {
    for (auto& [name, record] : records_) {
        ++record.link_epoch;
    }
    tell_change({LogEvent::links_replaced}, "links to all nodes replaced by the operator");
}

bool NodeBook::keep_ejected(const std::string& node, const HandEjection& how, TimePoint now) {
    NodeRecord& record = find_or_add(node);
    if (!record.member) {
        record.left_at = now;
    }
    record.ejected_until = how.until;
    record.ejection_remark = how.remark;
    record.is_drained = how.is_drained;
    tell_change(
        {.event = LogEvent::node_ejected_by_hand, .node = node, .cause = how.remark},
        fmt::format("node {} is still ejected by the operator, {}", node, text_of(how, now)), true);
    return record.member;
}

std::vector<std::pair<std::string, HandEjection>> NodeBook::operator_ejections() const {
    std::vector<std::pair<std::string, HandEjection>> ejections;
    for (const auto& [name, record] : records_) {
        if (record.ejected_until) {
            ejections.emplace_back(name, HandEjection{*record.ejected_until, record.ejection_remark,
                                                      record.is_drained});
        }
    }
    return ejections;
}

bool NodeBook::end_ejections(TimePoint now) {
    bool changed = false;
    for (auto& [name, record] : records_) {
        if (!record.ejected_until || now < *record.ejected_until) {
            continue;
        }
        record.ejected_until.reset();
        if (record.member) {
            tell_change({.event = LogEvent::node_restored, .node = name},
                        fmt::format("node {} restored: the time of its ejection is over", name));
            changed = true;
        }
    }
    if (changed) {
        keep_what_must_not_leave(now);  // health may have the last word on it, and no room for it
    }
    return changed;
}

}  // namespace ringside::discovery
