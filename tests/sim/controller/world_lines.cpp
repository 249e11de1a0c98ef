// What each line of a script does: the part of ControllerWorld that plays them.
#include "sim/controller/views.h"
#include "sim/controller/world.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace ringside::sim {
namespace {

using discovery::NameState;
using health::HealthKind;
using routing::NodeState;
using routing::PoolNode;

// Static text, as the controller wants it.
constexpr std::string_view kLookupProblem = "no such name";

const PoolNode* find_node(const routing::Snapshot& snapshot, routing::PoolId pool,
                          routing::NodeId node) {
    const routing::Pool* const owner = snapshot.find(pool);
    if (owner == nullptr) {
        return nullptr;
    }
    const auto found = std::find_if(owner->nodes.begin(), owner->nodes.end(),
                                    [node](const auto& each) { return each.node.id == node; });
    return found == owner->nodes.end() ? nullptr : &*found;
}

}  // namespace

ControllerWorld::Handler ControllerWorld::handler_of(const std::string& verb) {
    struct Row {
        std::string_view verb;
        Handler handler;
    };
    static constexpr std::array kRows{
        Row{"load", &ControllerWorld::load},
        Row{"members", &ControllerWorld::members},
        Row{"source_fails", &ControllerWorld::source_fails},
        Row{"nothing", &ControllerWorld::nothing},
        Row{"found", &ControllerWorld::found},
        Row{"lost", &ControllerWorld::lost},
        Row{"fail", &ControllerWorld::fail},
        Row{"late", &ControllerWorld::late},
        Row{"tell", &ControllerWorld::tell},
        Row{"probe", &ControllerWorld::probe},
        Row{"eject", &ControllerWorld::eject},
        Row{"restore", &ControllerWorld::restore},
        Row{"reconnect", &ControllerWorld::reconnect},
        Row{"refresh", &ControllerWorld::refresh},
        Row{"adopt", static_cast<Handler>(&ControllerWorld::adopt)},
        Row{"wait", static_cast<Handler>(&ControllerWorld::wait)},
        Row{"jump", &ControllerWorld::jump},
        Row{"idle", &ControllerWorld::idle},
    };
    const auto* const found = std::find_if(kRows.begin(), kRows.end(),
                                           [&verb](const Row& row) { return row.verb == verb; });
    return found == kRows.end() ? nullptr : found->handler;
}

// --- configuration and sources ---

void ControllerWorld::load(const Words& words) {
    config::Config config;
    Words pool;
    for (std::size_t i = 1; i <= words.size(); ++i) {
        if (i < words.size() && words[i] != ";") {
            pool.push_back(words[i]);
        } else if (!pool.empty()) {
            config.pools.push_back(pool_of(std::exchange(pool, {})));
        }
    }
    std::vector<routing::PoolId> ids;
    std::set<routing::PoolId> before;
    for (const ModelPool* const each : model_.present()) {
        before.insert(each->id);
    }
    for (const config::PoolConfig& settings : config.pools) {
        ids.push_back(controller_.id_of(settings, now_));
        counts_.returns +=
            model_.find_any(ids.back()) != nullptr && !before.contains(ids.back()) ? 1 : 0;
    }
    if (std::string wrong = model_.load(config, ids, now_); !wrong.empty()) {
        violation(std::move(wrong));
        return;
    }
    ++counts_.loads;
    is_loaded_ = true;
    controller_.configure(config, now_);
    settle(Publishes::at_once);
    check_room_after_change(model_.present());
}

void ControllerWorld::members(const Words& words) {
    ModelPool* const pool = words.size() < 3 ? nullptr : model_.find(words[1]);
    if (pool == nullptr || pool->is_static()) {
        return;  // nobody asks for its nodes
    }
    routing::Membership list{.members = {}, .source_version = number_of(words[2])};
    for (std::size_t i = 3; i < words.size(); ++i) {
        list.members.push_back(member_of(words[i]));
    }
    const std::size_t changes = member_changes_;
    const bool was_doubted = pool->doubt.has_value();
    const ListEffect effect = model_.take_list(*pool, list, now_);
    counts_.doubted_lists += pool->doubt ? 1 : 0;
    counts_.agreements += was_doubted && !pool->doubt && effect == ListEffect::changed ? 1 : 0;
    controller_.on_membership(pool->id, std::move(list), now_);
    settle(Publishes::in_time);
    if (member_changes_ - changes != (effect == ListEffect::changed ? 1 : 0)) {
        violation("the source is told of a change that is none, or not of one");
    }
    counts_.kept_out += pool->kept_out().empty() ? 0 : 1;
    counts_.refused_lists += effect == ListEffect::refused ? 1 : 0;
    if (effect == ListEffect::changed) {
        ++counts_.changed_lists;
        check_room_after_change({pool});
    }
}

void ControllerWorld::source_fails(const Words& words) {
    ModelPool* const pool = words.size() < 2 ? nullptr : model_.find(words[1]);
    if (pool != nullptr && !pool->is_static()) {
        model_.take_failure(*pool);
        controller_.on_source_failure(pool->id, {base::Errc::malformed, "no answer"}, now_);
        settle(Publishes::in_time);
    }
}

void ControllerWorld::nothing(const Words& words) {
    ModelPool* const pool = words.size() < 2 ? nullptr : model_.find(words[1]);
    if (pool == nullptr || pool->is_static()) {
        return;
    }
    const std::size_t changes = member_changes_;
    const bool was_held = pool->held_since.has_value();
    const ListEffect effect = model_.take_nothing(*pool, now_);
    controller_.on_source_failure(pool->id, {base::Errc::not_found, "no such name"}, now_);
    settle(Publishes::in_time);
    counts_.holds += pool->held_since && !was_held ? 1 : 0;
    counts_.emptied += effect == ListEffect::changed ? 1 : 0;
    if (member_changes_ - changes != (effect == ListEffect::changed ? 1 : 0)) {
        violation("the source is told that there are no members when it is not so, or not told");
    }
}

// --- names ---

void ControllerWorld::found(const Words& words) {
    if (words.size() < 3) {
        return;
    }
    const std::vector<std::string> ips(words.begin() + 2, words.end());
    if (hosts_.contains(words[1])) {
        last_good_[words[1]] = ips;
    }
    model_.take_name(words[1], ips, {});
    controller_.on_name(words[1], NameState{.ips = ips}, false, now_);
    settle(Publishes::in_time);
}

void ControllerWorld::lost(const Words& words) {
    if (words.size() < 2) {
        return;
    }
    const std::string& host = words[1];
    const auto known = last_good_.find(host);
    const std::vector<std::string> ips =
        known == last_good_.end() ? std::vector<std::string>() : known->second;
    model_.take_name(host, ips, kLookupProblem);
    failed_lookups_.clear();
    controller_.on_name(
        host, NameState{.ips = ips, .problem = kLookupProblem, .problem_since = now_}, true, now_);
    settle(Publishes::in_time);
    expect_named_lookups(host);
}

// Each node of that name is told of.
void ControllerWorld::expect_named_lookups(const std::string& host) {
    for (const ModelPool* const pool : model_.present()) {
        const auto count =
            std::count_if(pool->nodes.begin(), pool->nodes.end(), [&host](const auto& node) {
                return node.second.is_member && node.second.member.address.host == host;
            });
        if (failed_lookups_[pool->id] != static_cast<std::size_t>(count)) {
            violation(fmt::format("pool {}: {} failed lookups are told, not {}", pool->config.name,
                                  failed_lookups_[pool->id], count));
        }
    }
}

// --- health ---

ControllerWorld::WorkerSide& ControllerWorld::worker(const Words& words) {
    return workers_[words.size() < 2 ? 0 : number_of(words[1]) % kWorkers];
}

const ControllerWorld::Link* ControllerWorld::link(const Words& words) {
    if (words.size() < 5) {
        return nullptr;
    }
    const auto& links = worker(words).links;
    const auto found = links.find({words[2], words[3]});
    return found == links.end() ? nullptr : &found->second;
}

void ControllerWorld::report(const Link& link, HealthKind kind, base::milliseconds ago,
                             bool counts) {
    const base::TimePoint began = now_ - ago;
    now_ += base::microseconds(1);
    ModelPool* const pool = model_.find_any(link.pool);
    ModelNode* const node = model_.find_node(link.pool, link.node);
    if (pool == nullptr || !pool->is_present || node == nullptr || !node->is_member) {
        ++counts_.late_events;
    } else if (kind == HealthKind::recovered) {
        node->failures.count = node->failures_since.count = 0;
        node->must_be_given_up = false;
    } else if (kind == HealthKind::refused && counts) {
        const auto views = view_of(controller_, pool->config.name, now_).nodes;
        const auto view = std::find_if(views.begin(), views.end(), [&link](const auto& each) {
            return each.node.id == link.node;
        });
        // Of links that are still in use; a node that is not published yet has no others.
        if (view == views.end() || view->link_epoch == link.epoch) {
            node->failures.add(pool->config.policy);
            node->failures_since.add(pool->config.policy);
        }
    }
    controller_.on_health({.pool = link.pool,
                           .node = link.node,
                           .kind = kind,
                           .link_epoch = link.epoch,
                           .counts = counts,
                           .attempt = {began, ago.count() > 0 ? began : now_}},
                          now_);
    settle(Publishes::in_time);
}

bool ControllerWorld::is_plain_failure(const Link& link, int times) {
    ModelPool* const pool = model_.find_any(link.pool);
    const ModelNode* const node = model_.find_node(link.pool, link.node);
    if (pool == nullptr || !pool->is_present || node == nullptr || !node->is_member ||
        pending_since_ || pool->may_wait(now_)) {
        return false;
    }
    const PoolNode* const published = find_node(*published_, link.pool, link.node);
    const auto views = view_of(controller_, pool->config.name, now_).nodes;
    const bool is_in_use = std::any_of(views.begin(), views.end(), [&link](const auto& view) {
        return view.node.id == link.node && view.link_epoch == link.epoch;
    });
    return published != nullptr && is_in_use && published->state == NodeState::in_ring &&
           published->fails_with.empty() && pool->config.policy.auto_eject &&
           times >= static_cast<int>(pool->config.policy.failure_limit);
}

void ControllerWorld::fail(const Words& words) {
    const Link* const found = link(words);
    if (found == nullptr) {
        return;
    }
    const int times = static_cast<int>(std::min<std::uint64_t>(number_of(words[4]), 10));
    const bool is_plain = is_plain_failure(*found, times);
    for (int i = 0; i < times && violation_.empty(); ++i) {
        if (is_plain && i + 1 == times) {
            model_.find_node(found->pool, found->node)->must_be_given_up = true;
        }
        report(*found, HealthKind::refused, base::milliseconds(0), true);
    }
}

void ControllerWorld::late(const Words& words) {
    if (const Link* const found = link(words); found != nullptr) {
        report(*found, HealthKind::refused,
               base::milliseconds(std::max<std::uint64_t>(number_of(words[4]), 1)), true);
    }
}

void ControllerWorld::tell(const Words& words) {
    const Link* const found = link(words);
    if (found == nullptr) {
        return;
    }
    constexpr base::milliseconds kNow{0};
    if (words[4] == "recovered") {
        report(*found, HealthKind::recovered, kNow, true);
    } else if (words[4] == "readonly") {
        report(*found, HealthKind::readonly, kNow, true);
    } else if (words[4] == "writable") {
        report(*found, HealthKind::writable, kNow, true);
    } else if (words[4] == "auth") {
        report(*found, HealthKind::auth_failed, kNow, false);
    } else {
        report(*found, HealthKind::own_shortage, kNow, false);
    }
}

void ControllerWorld::probe(const Words& words) {
    if (words.size() < 4) {
        return;
    }
    const auto found = std::find_if(probes_.begin(), probes_.end(), [&words](const Probe& each) {
        return each.pool_name == words[1] && each.node.node.name == words[2];
    });
    if (found != probes_.end()) {
        answer_probe(static_cast<std::size_t>(found - probes_.begin()), words[3] == "well");
    }
}

// As App does it: with other settings of links by now the answer says nothing.
void ControllerWorld::answer_probe(std::size_t index, bool is_well) {
    const Probe probe = probes_[index];
    probes_.erase(probes_.begin() + static_cast<std::ptrdiff_t>(index));
    const routing::Pool* const pool = published_->find(probe.pool);
    if (pool != nullptr && links_differ(pool->policy, probe.policy)) {
        return;
    }
    ModelNode* const node = model_.find_node(probe.pool, probe.node.node.id);
    const bool is_stale = node != nullptr && node->has_moved_since(probe.node, probe.beginnings);
    if (node != nullptr && is_well && !is_stale) {
        node->on_reason_to_trust();
    }
    if (node == nullptr || !node->is_member || pool == nullptr) {
        ++counts_.late_events;
    }
    controller_.on_probe(probe.pool, probe.node.node.id, is_well, now_);
    settle(Publishes::in_time);
}

// --- workers and time ---

void ControllerWorld::adopt(const Words& words) {
    if (words.size() > 2) {
        WorkerSide& side = worker(words);
        adopt(side, std::min<std::size_t>(number_of(words[2]), side.posted.size()));
    }
}

void ControllerWorld::adopt(WorkerSide& worker, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        const Posted next = std::move(worker.posted.front());
        worker.posted.pop_front();
        if (next.snapshot->version != worker.version + 1) {
            violation("a worker gets snapshots out of order");
        }
        worker.version = next.snapshot->version;
        if (i + 1 < count) {
            ++counts_.superseded;
            continue;
        }
        if (print_of(*next.snapshot) != next.print) {
            violation("a snapshot has changed on its way");
        }
        for (const routing::PoolPtr& pool : next.snapshot->pools) {
            for (const PoolNode& node : pool->nodes) {
                Link& link = worker.links[{pool->name, node.node.name}];
                if (link.pool == pool->id && link.node == node.node.id &&
                    node.link_epoch < link.epoch) {
                    violation(
                        fmt::format("a worker sees the link epoch of {} go back", node.node.name));
                }
                link = {pool->id, node.node.id, node.link_epoch};
            }
        }
    }
}

void ControllerWorld::wait(const Words& words) {
    wait(base::milliseconds(words.size() < 2 ? 0 : number_of(words[1])));
}

void ControllerWorld::jump(const Words& words) {
    now_ += base::milliseconds(words.size() < 2 ? 0 : number_of(words[1]));
    tick();
}

void ControllerWorld::idle(const Words&) {
    const base::TimePoint deadline = controller_.next_deadline();
    if (deadline <= now_) {
        return;
    }
    const std::uint64_t version = published_->version;
    const std::size_t probes = probes_.size();
    controller_.tick(now_);
    if (published_->version != version || probes_.size() != probes ||
        controller_.next_deadline() != deadline) {
        violation("a tick that was not due has done something");
    }
}

}  // namespace ringside::sim
