#include "discovery/pool_sources.h"

#include "config/source_rows.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace ringside::discovery {

using base::LogEvent;
using base::TimePoint;
using routing::Member;
using routing::Membership;

bool names_agree(const Membership& present, const Membership& next) {
    std::map<std::string, std::set<std::string_view>> names_at;  // by address
    std::set<std::string_view> names;
    for (const Member& member : present.members) {
        names_at[to_string(member.address)].insert(member.name);
        names.insert(member.name);
    }
    std::size_t shared = 0;
    for (const Member& member : next.members) {
        const auto there = names_at.find(to_string(member.address));
        if (there != names_at.end() && !there->second.contains(member.name)) {
            return false;
        }
        shared += names.count(member.name);
    }
    return shared * 2 >= present.members.size();
}

void PoolSources::configure(const config::PoolConfig& config, TimePoint now) {
    std::vector<SourceOrder::Source> order;
    std::vector<SourceState> states;
    for (const config::Source* const source : sources_of(config)) {
        order.push_back({describe(*source), listed_members(*source) != nullptr});
        const auto known = find(order.back().name);
        states.push_back(known ? states_[*known] : SourceState());
    }
    const bool is_left =
        !states_.empty() && std::none_of(order.begin(), order.end(),
                                         [&](const auto& s) { return s.name == leading().name(); });
    if (is_left && !find(order.front().name)) {
        states.front() = leading();
    }
    for (std::size_t place = 0; place < states.size(); ++place) {
        states[place].set_name(order[place].name);
    }
    states_ = std::move(states);
    order_.set_sources(order, now);
}

std::optional<std::size_t> PoolSources::find(std::string_view name) const noexcept {
    return name.empty() && order_.size() > 0 ? 0 : order_.find(name);
}

void PoolSources::on_list(std::size_t place, Membership said, TimePoint now, LogLines& lines) {
    states_[place].on_list(std::move(said), now, lines);
    order_.on_list(place, now);
}

void PoolSources::on_failure(std::size_t place, const base::Error& error, std::size_t nodes_known,
                             TimePoint now, LogLines& lines) {
    states_[place].on_failure(error, nodes_known, now, lines);
    order_.on_failure(place, now);
}

void PoolSources::on_refused(std::size_t place, const base::Error& error, std::size_t nodes_known,
                             TimePoint now, LogLines& lines) {
    states_[place].on_refused(error, nodes_known, now, lines);  // it is there: no outage
}

void PoolSources::on_nothing(const base::Error& error, std::size_t nodes_known, TimePoint now,
                             LogLines& lines) {
    states_[leading_place()].on_nothing(error, nodes_known, now, lines);
    order_.on_failure(leading_place(), now);
}

void PoolSources::on_hold_over(std::size_t nodes_known, TimePoint now, LogLines& lines) {
    states_[leading_place()].on_hold_over(nodes_known, now, lines);
    order_.on_dropped(leading_place());
    has_nodes_ = false;
}

void PoolSources::on_saved(routing::MembershipDiff changes, TimePoint now) {
    has_nodes_ = true;
    first_change_ = last_change_ = now;
    last_diff_ = std::move(changes);
}

void PoolSources::on_change(routing::MembershipDiff changes, TimePoint now, LogLines& lines) {
    if (!std::exchange(has_nodes_, true)) {
        first_change_ = first_change_.value_or(now);
        lines.add({.about = {.event = LogEvent::source_first_list, .source = leading().name()},
                   .text = fmt::format("{} nodes from {}", changes.added.size(), leading().name()),
                   .of_ring = true});
    }
    last_diff_ = std::move(changes);
    last_change_ = now;
}

// A pool with one source has no need to be told of it.
void PoolSources::give_to(std::size_t place, TimePoint now, LogLines& lines) {
    const auto before = order_.authority();
    const auto failing_since = before ? order_.failing_since(*before) : std::nullopt;
    order_.give_to(place, now);
    if (states_.size() == 1) {
        return;
    }
    std::string why;
    if (before && place > *before && failing_since) {
        why = fmt::format(" instead of {}, which has failed for {} s", states_[*before].name(),
                          std::chrono::duration_cast<base::seconds>(now - *failing_since).count());
    } else if (before) {
        why = fmt::format(" instead of {}", states_[*before].name());
    } else if (place > 0) {
        why = fmt::format(", as {} has given no list yet", states_.front().name());
    }
    lines.add(
        {.about = {.event = LogEvent::source_decides,
                   .source = states_[place].name(),
                   .from = before ? states_[*before].name() : std::string()},
         .text = fmt::format("{} decides on the nodes from now on{}", states_[place].name(), why),
         .warning = place > before.value_or(0)});
}

}  // namespace ringside::discovery
