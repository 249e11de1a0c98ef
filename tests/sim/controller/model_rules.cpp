// What stands between the lists of a source and the ring: the part of ControllerModel about that.
#include "sim/controller/model.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace ringside::sim {

using base::TimePoint;
using routing::Member;

static std::string ring_name(const Member& member, routing::Identity identity) {
    switch (identity) {
        case routing::Identity::source:
            return member.name;
        case routing::Identity::host:
            // All nodes of these scripts have the port that names leave out.
            return member.host.empty() ? member.address.host : member.host;
        case routing::Identity::address:
            return member.address.host;
        case routing::Identity::ordinal:
        case routing::Identity::by_template:
            break;  // not played
    }
    return {};
}

std::optional<std::vector<Member>> named(const std::vector<Member>& said,
                                         routing::Identity identity) {
    std::map<std::string, Member, NameLess> by_name;
    for (Member member : said) {
        member.name = ring_name(member, identity);
        const std::string name = member.name;
        if (!by_name.emplace(name, std::move(member)).second) {
            return std::nullopt;
        }
    }
    std::vector<Member> members;
    for (auto& [name, member] : by_name) {
        members.push_back(std::move(member));
    }
    return members.empty() ? std::nullopt : std::optional(std::move(members));
}

std::vector<Member> members_of(const ModelPool& pool) {
    std::vector<Member> members;
    for (const auto& [name, node] : pool.nodes) {
        if (node.is_member) {
            members.push_back(node.member);
        }
    }
    return members;
}

bool ControllerModel::is_believed(ModelPool& pool, const std::vector<Member>& said,
                                  const std::vector<Member>& members, TimePoint now) {
    const config::ChangeLimits& limits = pool.config.rules.change;
    std::vector<std::string> names;
    for (const Member& member : members) {
        names.push_back(member.name);
    }
    if (names.size() < limits.nodes_min) {
        pool.doubt.reset();
        return false;
    }
    std::size_t leaving = 0;
    for (const Member& known : members_of(pool)) {
        leaving += std::find(names.begin(), names.end(), known.name) == names.end() ? 1 : 0;
    }
    const auto share = 100.0 * static_cast<double>(leaving);
    if (pool.is_new_source ||
        share <= static_cast<double>(pool.member_count()) * limits.leave_percent_max) {
        pool.doubt.reset();
        return true;
    }
    if (!pool.doubt || pool.doubt->names != names) {
        pool.doubt = Doubt{.names = names, .said = said, .last = now};
    } else if (now - pool.doubt->last >= Doubt::kApart) {
        ++pool.doubt->answers;
        pool.doubt->last = now;
        pool.doubt->is_asked = false;
    } else {
        return false;
    }
    if (pool.doubt->answers < limits.answers) {
        return false;
    }
    pool.doubt.reset();
    return true;
}

std::string ControllerModel::take_question(routing::PoolId id, TimePoint now) {
    ModelPool* const pool = find_any(id);
    if (pool == nullptr || !pool->is_present) {
        return fmt::format("the source of pool {}, which is gone, is asked", id);
    }
    const bool is_doubted =
        pool->doubt && !pool->doubt->is_asked && now >= pool->doubt->last + Doubt::kApart;
    const bool is_held_long_enough = pool->is_hold_over(now) && !pool->is_hold_asked;
    if (!is_doubted && !is_held_long_enough) {
        return fmt::format("the source of pool {} is asked, and nobody wants to know", id);
    }
    if (is_doubted) {
        pool->doubt->is_asked = true;
    }
    pool->is_hold_asked = pool->is_hold_asked || is_held_long_enough;
    return {};
}

std::string ControllerModel::unasked(TimePoint now) const {
    for (const ModelPool* const pool : present_) {
        const bool is_held_for_long = pool->is_hold_over(now) && !pool->is_hold_asked &&
                                      pool->is_hold_over(now - pool->hold_spread());
        if (is_held_for_long || (pool->doubt && pool->doubt->must_be_asked(now))) {
            return fmt::format("the source of pool {} is not asked whether it means it",
                               pool->config.name);
        }
    }
    return {};
}

ListEffect ControllerModel::take_nothing(ModelPool& pool, TimePoint now) {
    take_failure(pool);
    pool.doubt.reset();
    for (auto& [name, flaps] : pool.flaps) {
        flaps.listed_since = flaps.is_kept_out ? now : flaps.listed_since;
    }
    if (!pool.is_hold_over(now)) {
        if (!pool.held_since && pool.member_count() > 0) {
            pool.held_since = now;
            pool.is_hold_asked = false;
        }
        return ListEffect::refused;
    }
    pool.held_since.reset();
    pool.is_emptied = true;
    pool.listed.clear();
    pool.flaps.clear();
    for (auto& [name, node] : pool.nodes) {
        if (node.is_member) {
            leave(node, now);
        }
    }
    use_names();
    return ListEffect::changed;
}

base::milliseconds ModelPool::hold_spread() const {
    return std::min(*config.rules.hold / 10, base::milliseconds(10'000));
}

bool ModelPool::is_hold_over(TimePoint now) const {
    return held_since && config.rules.hold && now - *held_since >= *config.rules.hold;
}

std::set<std::string> ModelPool::kept_out() const {
    std::set<std::string> names;
    for (const auto& [name, each] : flaps) {
        if (each.is_kept_out) {
            names.insert(name);
        }
    }
    return names;
}

std::vector<Member> ControllerModel::without_flapping(ModelPool& pool, std::vector<Member> members,
                                                      TimePoint now) {
    const auto is_recent = [now](TimePoint at) { return now - at < ModelFlaps::kWindow; };
    const std::uint32_t most_returns = pool.config.rules.returns_max;
    std::set<std::string> listed;
    std::set<std::string> flapping;
    for (const Member& member : members) {
        listed.insert(member.name);
    }
    for (const std::string& name : pool.listed) {
        if (!listed.contains(name)) {
            ModelFlaps& gone = pool.flaps[name];
            gone.is_listed = gone.is_kept_out = false;
            gone.left_at = now;
        }
    }
    pool.listed = listed;
    for (auto& [name, flaps] : pool.flaps) {
        std::erase_if(flaps.returns, [&](TimePoint at) { return !is_recent(at); });
        const bool is_back = listed.contains(name) && !flaps.is_listed;
        if (is_back && (!flaps.returns.empty() || is_recent(flaps.left_at))) {
            flaps.returns.push_back(now);
            if (most_returns > 0 && flaps.returns.size() > most_returns) {
                flapping.insert(name);
            }
        }
        if (is_back) {
            flaps.is_listed = true;
            flaps.listed_since = now;
            flaps.joins_at_once = false;
        }
        flaps.is_kept_out = flaps.is_kept_out && !flaps.may_join(now);
    }
    const std::size_t left_min =
        std::max<std::size_t>(pool.config.rules.change.nodes_min, (members.size() + 1) / 2);
    const std::size_t most = members.size() - std::min(members.size(), left_min);
    std::set<std::string> out = pool.kept_out();
    while (out.size() > most) {
        pool.flaps[*out.begin()].is_kept_out = false;
        out.erase(out.begin());
    }
    for (const std::string& name : flapping) {
        if (out.size() < most) {
            pool.flaps[name].is_kept_out = true;
            out.insert(name);
        }
    }
    std::erase_if(members, [&out](const Member& member) { return out.contains(member.name); });
    return members;
}

void ControllerModel::take_stable(TimePoint now) {
    for (ModelPool* const pool : present_) {
        const bool is_due =
            std::any_of(pool->flaps.begin(), pool->flaps.end(), [now](const auto& each) {
                return each.second.is_kept_out && each.second.may_join(now);
            });
        if (!is_due || pool->held_since) {
            continue;
        }
        if (const auto members = named(pool->said, pool->config.identity)) {
            take_members(*pool, without_flapping(*pool, *members, now), now);
            take_known_names(*pool);
        }
    }
    use_names();
}

}  // namespace ringside::sim
