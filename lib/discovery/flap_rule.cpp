#include "discovery/flap_rule.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace ringside::discovery {

using base::LogEvent;
using base::TimePoint;
using routing::Member;
using routing::Membership;

void FlapRule::set_limits(std::uint32_t returns_max, std::size_t nodes_min) {
    nodes_min_ = nodes_min;
    if (std::exchange(returns_max_, returns_max) == returns_max) {
        return;
    }
    for (auto& [name, record] : records_) {
        record.joins_at_once = record.is_kept_out;
        record.returns.clear();  // under another limit counting begins anew
    }
}

Membership FlapRule::take(Membership list, TimePoint now, LogLines& lines) {
    note_who_has_left(list, now);
    forget_old(now);
    for (const Member& member : list.members) {
        const auto known = records_.find(member.name);
        if (known != records_.end() && !known->second.is_listed) {
            note_return(known->second, now);
        }
    }
    let_stable_join(now, lines);
    keep_out_flapping(list.members.size(), lines);
    std::erase_if(list.members, [this](const Member& member) {
        const auto known = records_.find(member.name);
        return known != records_.end() && known->second.is_kept_out;
    });
    return list;
}

void FlapRule::note_who_has_left(const Membership& list, TimePoint now) {
    std::set<std::string> listed;
    for (const Member& member : list.members) {
        listed.insert(member.name);
    }
    for (const std::string& name : listed_) {
        if (!listed.contains(name)) {
            Record& record = records_[name];
            record.is_listed = record.is_kept_out = false;
            record.left_at = now;
        }
    }
    listed_ = std::move(listed);
}

void FlapRule::note_return(Record& record, TimePoint now) const {
    record.is_listed = record.is_new = true;
    record.joins_at_once = false;
    record.listed_since = now;
    record.returns.push_back(now);
    if (record.returns.size() > std::size_t{returns_max_} + 1) {
        record.returns.erase(record.returns.begin());
    }
}

void FlapRule::let_stable_join(TimePoint now, LogLines& lines) {
    for (auto& [name, record] : records_) {
        if (record.is_kept_out && now >= until(record)) {
            record.is_kept_out = record.is_told = false;
            lines.add({.about = {.event = LogEvent::node_joined, .node = name},
                       .text = fmt::format("node {} is stable and joins", name)});
        }
    }
}

// Those who have come back by this list; who was let in stays.
void FlapRule::keep_out_flapping(std::size_t listed, LogLines& lines) {
    const std::size_t left_min = std::max(nodes_min_, (listed + 1) / 2);
    const std::size_t most = listed - std::min(listed, left_min);
    std::size_t kept_out = kept_out_count();
    for (auto& [name, record] : records_) {
        if (record.is_kept_out && kept_out > most) {
            record.is_kept_out = record.is_told = false;  // the list is too short to spare it
            --kept_out;
            lines.add({.about = {.event = LogEvent::node_joined, .node = name},
                       .text = fmt::format("node {} joins, as too few are left", name)});
        }
    }
    for (auto& [name, record] : records_) {
        if (!std::exchange(record.is_new, false) || returns_max_ == 0 ||
            record.returns.size() <= returns_max_ || kept_out >= most) {
            continue;
        }
        record.is_kept_out = true;
        ++kept_out;
        if (!std::exchange(record.is_told, true)) {
            lines.add(
                {.about = {.event = LogEvent::node_kept_out, .node = name},
                 .text = fmt::format("node {} has come back {} times within {} s: it stays "
                                     "out of the ring until it was listed for {} s",
                                     name, record.returns.size(), kWindow.count(), kStable.count()),
                 .warning = true});
        }
    }
}

void FlapRule::forget_old(TimePoint now) {
    for (auto& [name, record] : records_) {
        std::erase_if(record.returns, [now](TimePoint at) { return now - at >= kWindow; });
    }
    std::erase_if(records_, [now](const auto& entry) {
        const Record& record = entry.second;
        return !record.is_kept_out && record.returns.empty() &&
               (record.is_listed || now - record.left_at >= kWindow);
    });
    std::vector<std::pair<TimePoint, std::string>> absent;
    for (const auto& [name, record] : records_) {
        if (!record.is_listed) {
            absent.emplace_back(record.left_at, name);
        }
    }
    if (absent.size() > kAbsentMax) {
        std::sort(absent.begin(), absent.end());
        absent.resize(absent.size() - kAbsentMax);
        for (const auto& [left_at, name] : absent) {
            records_.erase(name);
        }
    }
}

void FlapRule::on_nothing(TimePoint now) noexcept {
    for (auto& [name, record] : records_) {
        if (record.is_kept_out) {
            record.listed_since = now;
        }
    }
}

void FlapRule::forget() noexcept {
    listed_.clear();
    records_.clear();
}

TimePoint FlapRule::next_deadline() const noexcept {
    TimePoint next = base::kNever;
    for (const auto& [name, record] : records_) {
        next = record.is_kept_out ? std::min(next, until(record)) : next;
    }
    return next;
}

std::vector<FlapRule::KeptOut> FlapRule::kept_out() const {
    std::vector<KeptOut> nodes;
    for (const auto& [name, record] : records_) {
        if (record.is_kept_out) {
            nodes.push_back(
                {name, static_cast<std::uint32_t>(record.returns.size()), until(record)});
        }
    }
    return nodes;
}

TimePoint FlapRule::until(const Record& record) noexcept {
    return record.joins_at_once ? record.listed_since : record.listed_since + kStable;
}

std::size_t FlapRule::kept_out_count() const noexcept {
    return static_cast<std::size_t>(
        std::count_if(records_.begin(), records_.end(),
                      [](const auto& entry) { return entry.second.is_kept_out; }));
}

}  // namespace ringside::discovery
