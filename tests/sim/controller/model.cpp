#include "sim/controller/model.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace ringside::sim {
namespace {

using base::TimePoint;
using routing::Member;

std::string source_text(const config::Source& source) {
    const auto* const asked = std::get_if<config::ElastiCacheSource>(&source);
    return asked == nullptr ? "static" : "elasticache " + to_string(asked->endpoint);
}

}  // namespace

std::size_t ModelPool::member_count() const {
    return static_cast<std::size_t>(std::count_if(
        nodes.begin(), nodes.end(), [](const auto& entry) { return entry.second.is_member; }));
}

std::size_t ModelPool::joining_count() const {
    return static_cast<std::size_t>(
        std::count_if(nodes.begin(), nodes.end(),
                      [](const auto& entry) { return entry.second.joining_since.has_value(); }));
}

bool ModelPool::may_wait(TimePoint now) const {
    return std::any_of(nodes.begin(), nodes.end(), [now](const auto& entry) {
        const ModelNode& node = entry.second;
        return node.joining_since && now - *node.joining_since < Joining::kHold;
    });
}

std::size_t ModelPool::absent_count() const {
    return nodes.size() - member_count();
}

bool ModelPool::is_static() const {
    return std::holds_alternative<config::StaticSource>(config.source);
}

std::size_t ModelPool::most_off_ring() const {
    const std::size_t count = member_count() - joining_count();
    const routing::MaxEjected& most = config.policy.max_ejected;
    switch (most.unit) {
        case routing::MaxEjected::Unit::unset:
            return count == 0 ? 0 : count - 1;
        case routing::MaxEjected::Unit::nodes:
            return std::min<std::size_t>(count, most.amount);
        case routing::MaxEjected::Unit::percent:
            return count * most.amount / 100;
    }
    return count;
}

// --- settings ---

std::string ControllerModel::load(const config::Config& config,
                                  const std::vector<routing::PoolId>& ids, TimePoint now) {
    for (ModelPool* const pool : present_) {
        pool->is_present = false;
        pool->absent_since = now;
    }
    present_.clear();
    for (std::size_t i = 0; i < config.pools.size(); ++i) {
        const config::PoolConfig& settings = config.pools[i];
        if (std::string wrong = take_id(settings, ids[i]); !wrong.empty()) {
            return wrong;
        }
        ModelPool& pool = *pools_.at({settings.name, settings.policy.protocol});
        configure(pool, settings, now);
        present_.push_back(&pool);
    }
    use_names();
    return {};
}

std::string ControllerModel::take_id(const config::PoolConfig& config, routing::PoolId id) {
    std::unique_ptr<ModelPool>& pool = pools_[{config.name, config.policy.protocol}];
    if (pool && pool->id == id) {
        return {};
    }
    if (!ids_.insert(id).second) {
        return fmt::format("pool {} has the id {}, which another had", config.name, id);
    }
    if (pool) {
        return fmt::format("pool {} has another id than before", config.name);
    }
    pool = std::make_unique<ModelPool>();
    pool->id = id;
    return {};
}

// Whether some are there, and all of them are on a list.
static bool has_all_of(const std::optional<std::vector<Member>>& list,
                       const std::vector<Member>& members) {
    return list && !members.empty() &&
           std::all_of(members.begin(), members.end(), [&list](const Member& member) {
               return std::any_of(list->begin(), list->end(), [&member](const Member& listed) {
                   return listed.name == member.name;
               });
           });
}

void ControllerModel::configure(ModelPool& pool, const config::PoolConfig& config, TimePoint now) {
    for (auto& [name, node] : pool.nodes) {
        node.must_be_given_up = false;  // what it has failed by may be another rule now
        if (node.ejected_until && *node.ejected_until <= now) {
            node.ejected_until.reset();
        }
    }
    const bool is_renamed = pool.config.identity != config.identity;
    const bool is_last_said = has_all_of(named(pool.said, pool.config.identity), members_of(pool));
    if (pool.config.rules.change != config.rules.change) {
        pool.doubt.reset();
    }
    if (pool.config.rules.returns_max != config.rules.returns_max) {
        for (auto& [name, flaps] : pool.flaps) {
            flaps.joins_at_once = flaps.is_kept_out;
            flaps.returns.clear();
        }
    }
    if (pool.config.rules.hold != config.rules.hold) {
        pool.is_hold_asked = false;
    }
    pool.config = config;
    pool.is_present = true;
    const std::string source = source_text(config.source);
    if (source != std::exchange(pool.source, source)) {
        pool.is_failing = false;
        pool.is_new_source = true;
        pool.doubt.reset();
        pool.held_since.reset();
        pool.listed.clear();
        pool.flaps.clear();
    }
    if (const auto* const list = std::get_if<config::StaticSource>(&config.source)) {
        judge_list(pool, list->membership, now);
    } else if (is_renamed) {
        pool.listed.clear();
        pool.flaps.clear();
        auto members = is_last_said ? named(pool.said, config.identity) : std::nullopt;
        if (members) {
            members = without_flapping(pool, *members, now);
        }
        if (members && *members != members_of(pool)) {
            take_members(pool, *members, now);
        }
    }
    take_known_names(pool);
}

// --- nodes ---

ListEffect ControllerModel::take_list(ModelPool& pool, const routing::Membership& list,
                                      TimePoint now) {
    const ListEffect effect = judge_list(pool, list, now);
    if (effect == ListEffect::changed) {
        take_known_names(pool);
        use_names();
    }
    return effect;
}

ListEffect ControllerModel::judge_list(ModelPool& pool, const routing::Membership& list,
                                       TimePoint now) {
    if (list.members.empty()) {
        return take_nothing(pool, now);
    }
    auto members = named(list.members, pool.config.identity);
    if (!members) {
        take_failure(pool);
        return ListEffect::refused;
    }
    if (!pool.is_static() && !is_believed(pool, list.members, *members, now)) {
        pool.held_since.reset();
        take_failure(pool);
        return ListEffect::refused;
    }
    if (!pool.is_static()) {
        members = without_flapping(pool, *members, now);
    }
    pool.is_new_source = pool.is_emptied = false;
    pool.held_since.reset();
    pool.said = list.members;
    pool.source_version = list.source_version;
    ++pool.answers;
    pool.is_failing = false;
    if (*members == members_of(pool)) {
        return ListEffect::same;
    }
    take_members(pool, *members, now);
    return ListEffect::changed;
}

void ControllerModel::take_failure(ModelPool& pool) {
    ++pool.failures;
    pool.is_failing = true;
}

void ControllerModel::take_members(ModelPool& pool, const std::vector<Member>& members,
                                   TimePoint now) {
    pool.was_discovered = true;
    const bool is_first = pool.member_count() == 0;
    for (auto& [name, node] : pool.nodes) {
        const bool stays =
            std::any_of(members.begin(), members.end(),
                        [&name = name](const Member& member) { return member.name == name; });
        if (node.is_member && !stays) {
            leave(node, now);
        }
    }
    for (const Member& member : members) {
        take_member(pool, member, now);
    }
    const bool has_others =
        std::any_of(pool.nodes.begin(), pool.nodes.end(), [](const auto& entry) {
            const ModelNode& node = entry.second;
            return node.is_member && !node.joining_since && !node.ejected_until;
        });
    for (auto& [name, node] : pool.nodes) {
        if (is_first || !has_others) {
            node.joining_since.reset();
        }
    }
}

// All that is known of it beyond the operator's word ends.
void ControllerModel::leave(ModelNode& node, TimePoint now) {
    node.is_member = false;
    node.absent_since = now;
    node.joining_since.reset();
    ++node.beginnings;
    node.seen.reset();
    node.given_up = node.must_be_given_up = node.may_be_back = false;
    node.failures = node.failures_since = {};
}

void ControllerModel::take_member(ModelPool& pool, const Member& member, TimePoint now) {
    ModelNode& node = pool.nodes[member.name];
    const bool is_name = member.address.is_name();
    std::vector<routing::Address> known;
    if (!is_name) {
        known.push_back(member.address);
        for (const std::string& ip : member.other_ips) {
            known.push_back({ip, member.address.port});
        }
    }
    const bool is_new = !node.is_member || node.member.address != member.address;
    if (is_new || (!is_name && node.addresses != known)) {
        node.addresses = known;
        node.address_problem.clear();
    }
    if (!is_name) {
        node.joining_since.reset();
    } else if (!node.is_member) {
        node.joining_since = now;
    }
    if (is_new) {
        node.must_be_given_up = false;
    }
    node.is_member = true;
    node.member = member;
}

// --- names ---

void ControllerModel::take_name(const std::string& host, const std::vector<std::string>& ips,
                                std::string_view problem) {
    const auto found = names_.find(host);
    if (found == names_.end()) {
        return;
    }
    found->second = {ips, std::string(problem)};
    for (ModelPool* const pool : present_) {
        for (auto& [name, node] : pool->nodes) {
            if (node.is_member && node.member.address.host == host) {
                take_name(node, found->second);
            }
        }
    }
}

// The last good addresses stay, whatever is said of the name later.
void ControllerModel::take_name(ModelNode& node, const Name& name) {
    node.address_problem = name.problem;
    if (name.ips.empty()) {
        return;
    }
    std::vector<routing::Address> found;
    for (const std::string& ip : name.ips) {
        found.push_back({ip, node.member.address.port});
    }
    if (node.addresses != found) {
        node.addresses = std::move(found);
        node.joining_since.reset();
        node.must_be_given_up = false;  // what failed was elsewhere
    }
}

void ControllerModel::take_known_names(ModelPool& pool) {
    for (auto& [name, node] : pool.nodes) {
        const auto known = names_.find(node.member.address.host);
        const bool is_known =
            known != names_.end() && (!known->second.ips.empty() || !known->second.problem.empty());
        if (node.is_member && is_known) {
            take_name(node, known->second);
        }
    }
}

void ControllerModel::use_names() {
    const std::set<std::string> used = hosts();
    std::erase_if(names_, [&used](const auto& name) { return !used.contains(name.first); });
    for (const std::string& host : used) {
        names_.try_emplace(host);
    }
}

std::set<std::string> ControllerModel::hosts() const {
    std::set<std::string> hosts;
    for (const ModelPool* const pool : present_) {
        for (const auto& [name, node] : pool->nodes) {
            if (node.is_member && node.member.address.is_name()) {
                hosts.insert(node.member.address.host);
            }
        }
    }
    return hosts;
}

// --- the operator ---

void ControllerModel::end_ejections(TimePoint now) {
    for (ModelPool* const pool : present_) {
        for (auto& [name, node] : pool->nodes) {
            if (node.ejected_until && *node.ejected_until <= now) {
                node.ejected_until.reset();
            }
        }
    }
}

// --- names that lead nowhere ---

void ControllerModel::end_joins(TimePoint now) {
    for (ModelPool* const pool : present_) {
        for (auto& [name, node] : pool->nodes) {
            const bool is_over = node.joining_since && now - *node.joining_since >= Joining::kWait;
            if (is_over && !pool->config.policy.auto_eject) {
                node.joining_since.reset();
            }
        }
    }
}

// --- what is forgotten ---

namespace {

bool is_ejected(const ModelNode& node, TimePoint now) {
    return node.ejected_until && *node.ejected_until > now;
}

// Its hour is over, and nothing of the operator's is left.
bool is_due(const ModelNode& node, TimePoint now) {
    return !node.is_member && now - node.absent_since >= Forgetting::kAbsence &&
           !is_ejected(node, now);
}

bool is_due(const ModelPool& pool, TimePoint now) {
    return !pool.is_present && now - pool.absent_since >= Forgetting::kAbsence &&
           std::none_of(pool.nodes.begin(), pool.nodes.end(),
                        [now](const auto& node) { return is_ejected(node.second, now); });
}

}  // namespace

std::string ControllerModel::forget(routing::PoolId pool, routing::NodeId node, TimePoint now) {
    ModelPool* const owner = find_any(pool);
    if (owner == nullptr || !owner->is_present) {
        return fmt::format("node {} of pool {}, which is gone, is forgotten", node, pool);
    }
    auto& nodes = owner->nodes;
    auto found = nodes.end();
    for (auto it = nodes.begin(); it != nodes.end(); ++it) {
        if (it->second.id == node) {
            found = it;
        } else if (!owner->ids.contains(node) && !it->second.id && is_due(it->second, now)) {
            found = it;  // it has come and gone between two snapshots: one is like the other
        }
    }
    if (found == nodes.end() || !is_due(found->second, now)) {
        return fmt::format("pool {}: node {} is forgotten and should not be", owner->config.name,
                           node);
    }
    nodes.erase(found);
    return {};
}

std::string ControllerModel::forget(routing::PoolId pool, TimePoint now) {
    const auto found = std::find_if(pools_.begin(), pools_.end(),
                                    [pool](const auto& each) { return each.second->id == pool; });
    if (found == pools_.end() || !is_due(*found->second, now)) {
        return fmt::format("pool {} is forgotten and should not be", pool);
    }
    pools_.erase(found);
    return {};
}

std::string ControllerModel::overdue(TimePoint now) const {
    for (const auto& [key, pool] : pools_) {
        if (is_due(*pool, now)) {
            return fmt::format("pool {} is not forgotten", pool->config.name);
        }
        for (const auto& [name, node] : pool->nodes) {
            if (pool->is_present && is_due(node, now)) {
                return fmt::format("pool {}: node {} is not forgotten", pool->config.name, name);
            }
        }
    }
    return {};
}

// --- who is who ---

ModelPool* ControllerModel::find(std::string_view name) {
    const auto found = std::find_if(present_.begin(), present_.end(),
                                    [name](const auto* pool) { return pool->config.name == name; });
    return found == present_.end() ? nullptr : *found;
}

ModelPool* ControllerModel::find_any(routing::PoolId id) {
    const auto found = std::find_if(pools_.begin(), pools_.end(),
                                    [id](const auto& pool) { return pool.second->id == id; });
    return found == pools_.end() ? nullptr : found->second.get();
}

ModelNode* ControllerModel::find_member(ModelPool& pool, std::string_view node) {
    const auto found = pool.nodes.find(node);
    return found == pool.nodes.end() || !found->second.is_member ? nullptr : &found->second;
}

ModelNode* ControllerModel::find_node(routing::PoolId pool, routing::NodeId node) {
    ModelPool* const owner = find_any(pool);
    if (owner == nullptr) {
        return nullptr;
    }
    const auto found = std::find_if(owner->nodes.begin(), owner->nodes.end(),
                                    [node](const auto& each) { return each.second.id == node; });
    return found == owner->nodes.end() ? nullptr : &found->second;
}

}  // namespace ringside::sim
