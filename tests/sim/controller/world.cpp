#include "sim/controller/world.h"

#include "base/log.h"
#include "discovery/publish_gate.h"
#include "sim/controller/views.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace ringside::sim {
namespace {

using routing::NodeState;
using routing::PoolNode;

// In one wait; more: ticks lead to ticks without end.
constexpr int kTicksMax = 5'000;

}  // namespace

void ControllerCounts::add(const ControllerCounts& other) {
    published += other.published;
    superseded += other.superseded;
    refused_lists += other.refused_lists;
    changed_lists += other.changed_lists;
    ejected_by_health += other.ejected_by_health;
    kept += other.kept;
    back += other.back;
    operator_ejections += other.operator_ejections;
    conflicts += other.conflicts;
    late_events += other.late_events;
    loads += other.loads;
    returns += other.returns;
    forgotten_nodes += other.forgotten_nodes;
    forgotten_pools += other.forgotten_pools;
    degraded += other.degraded;
    held_back += other.held_back;
    doubted_lists += other.doubted_lists;
    agreements += other.agreements;
    questions += other.questions;
    holds += other.holds;
    emptied += other.emptied;
    kept_out += other.kept_out;
    joining += other.joining;
}

ControllerWorld::ControllerWorld() : controller_(hooks()) {
    base::log().set_level(base::LogLevel::error);  // it has much to say of such days
}

// --- what the controller wants ---

discovery::Controller::Hooks ControllerWorld::hooks() {
    return {
        .publish = [this](routing::SnapshotPtr next) { on_publish(next); },
        .probe = [this](routing::PoolId pool,
                        const PoolNode& node) { on_probe_wanted(pool, node); },
        .refresh = [this](routing::PoolId pool, discovery::RefreshAsked) { on_refresh(pool); },
        .members_changed =
            [this](routing::PoolId pool, const discovery::MembersKnown& known) {
                on_members(pool, known.members);
            },
        .ejected = [this](routing::PoolId pool, routing::NodeId node) { on_ejected(pool, node); },
        .degraded = [this](routing::PoolId pool, routing::NodeId node,
                           bool is_degraded) { on_degraded(pool, node, is_degraded); },
        .use_names =
            [this](const std::set<std::string>& hosts) {
                hosts_ = hosts;
                std::erase_if(last_good_,
                              [&hosts](const auto& name) { return !hosts.contains(name.first); });
            },
        .doubt_name =
            [this](const std::string& host) {
                if (host.empty()) {
                    violation("a name without text is to be looked up again");
                }
            },
        .lookup_failed = [this](routing::PoolId pool, routing::NodeId) { ++failed_lookups_[pool]; },
        .node_forgotten = [this](routing::PoolId pool,
                                 routing::NodeId node) { on_forgotten(pool, node); },
        .pool_forgotten = [this](routing::PoolId pool) { on_forgotten(pool); },
    };
}

void ControllerWorld::on_publish(const routing::SnapshotPtr& next) {
    const std::uint64_t before = published_ ? published_->version : 0;
    if (next->version != before + 1) {
        violation(fmt::format("version {} behind {}", next->version, before));
    }
    ++counts_.published;
    const std::uint64_t print = print_of(*next);
    mix(trace_, print);
    for (const routing::PoolPtr& pool : next->pools) {
        const routing::Pool* const old = published_ ? published_->find(pool->id) : nullptr;
        for (const PoolNode& node : pool->nodes) {
            ModelPool* const owner = model_.find(pool->name);
            ModelNode* const known =
                owner == nullptr ? nullptr : ControllerModel::find_member(*owner, node.node.name);
            if (old == nullptr || known == nullptr) {
                continue;
            }
            const bool is_out = node.state == NodeState::ejected_by_health;
            counts_.joining += node.state == NodeState::joining ? 1 : 0;
            counts_.ejected_by_health += is_out && !known->given_up ? 1 : 0;
            counts_.kept += !node.fails_with.empty() && !known->given_up ? 1 : 0;
            counts_.back +=
                known->given_up && node.state == NodeState::in_ring && node.fails_with.empty() ? 1
                                                                                               : 0;
        }
    }
    published_ = next;
    published_at_ = now_;
    for (WorkerSide& worker : workers_) {
        worker.posted.push_back({next, print});
    }
    if (std::string wrong = model_.see(*next); !wrong.empty()) {
        violation(std::move(wrong));
    }
}

void ControllerWorld::on_probe_wanted(routing::PoolId pool, const PoolNode& node) {
    const routing::Pool* const found = published_ ? published_->find(pool) : nullptr;
    ModelPool* const owner = model_.find_any(pool);
    const ModelNode* const known = owner == nullptr || !owner->is_present
                                       ? nullptr
                                       : ControllerModel::find_member(*owner, node.node.name);
    if (found == nullptr || known == nullptr) {
        violation(fmt::format("node {} is no member and to be probed", node.node.name));
        return;
    }
    probes_.push_back({pool, found->name, node, found->policy, known->beginnings});
}

void ControllerWorld::on_refresh(routing::PoolId pool) {
    ++refreshes_;
    if (is_operator_asking_) {
        return;
    }
    ++counts_.questions;
    if (std::string wrong = model_.take_question(pool, now_); !wrong.empty()) {
        violation(std::move(wrong));
    }
}

void ControllerWorld::on_ejected(routing::PoolId pool, routing::NodeId node) {
    ++ejections_;
    const ModelPool* const owner = model_.find_any(pool);
    const ModelNode* const known = model_.find_node(pool, node);
    const bool is_unpublished = known == nullptr && owner != nullptr && !owner->ids.contains(node);
    if (owner == nullptr || !owner->is_present ||
        (!is_unpublished && (known == nullptr || !known->is_member))) {
        violation(fmt::format("node {} of pool {} is no member and ejected", node, pool));
    }
}

void ControllerWorld::on_degraded(routing::PoolId pool, routing::NodeId node, bool is_degraded) {
    counts_.degraded += is_degraded ? 1 : 0;
    if (is_degraded) {
        degraded_.insert({pool, node});  // perhaps again: its problem is another one now
    } else if (degraded_.erase({pool, node}) == 0) {
        violation(fmt::format("node {} of pool {} is told to be well, and was", node, pool));
    }
}

void ControllerWorld::on_forgotten(routing::PoolId pool, routing::NodeId node) {
    ++counts_.forgotten_nodes;
    if (std::string wrong = model_.forget(pool, node, now_); !wrong.empty()) {
        violation(std::move(wrong));
    }
    const routing::Pool* const found = published_->find(pool);
    const bool is_published =
        found != nullptr &&
        std::any_of(found->nodes.begin(), found->nodes.end(),
                    [node](const PoolNode& each) { return each.node.id == node; });
    if (is_published || degraded_.contains({pool, node})) {
        violation(fmt::format("node {} of pool {} is forgotten too soon", node, pool));
    }
}

void ControllerWorld::on_forgotten(routing::PoolId pool) {
    ++counts_.forgotten_pools;
    if (std::string wrong = model_.forget(pool, now_); !wrong.empty()) {
        violation(std::move(wrong));
    }
    if (published_->find(pool) != nullptr) {
        violation(fmt::format("pool {} is forgotten too soon", pool));
    }
    std::erase_if(degraded_, [pool](const auto& node) { return node.first == pool; });
}

void ControllerWorld::on_members(routing::PoolId pool, const routing::Membership& members) {
    ++member_changes_;
    const ModelPool* const owner = model_.find_any(pool);
    if (owner == nullptr || owner->member_count() != members.members.size()) {
        violation(
            fmt::format("pool {} has {} members for its source", pool, members.members.size()));
        return;
    }
    for (const routing::Member& member : members.members) {
        const auto known = owner->nodes.find(member.name);
        if (known == owner->nodes.end() || known->second.member != member) {
            violation(fmt::format("member {} is told to its source, and is another", member.name));
        }
    }
}

// --- what must be true ---

std::string ControllerWorld::play(const std::string& line) {
    const Words words = split(line, ' ');
    const Handler handler = words.empty() ? nullptr : handler_of(words.front());
    if (handler == nullptr || (!is_loaded_ && words.front() != "load")) {
        return {};
    }
    now_ += base::microseconds(1);
    if (is_loaded_ && controller_.next_deadline() <= now_) {
        tick();
    }
    (this->*handler)(words);
    if (is_loaded_ && violation_.empty()) {
        check_views();
        check_forgotten();
    }
    return violation_;
}

void ControllerWorld::tick() {
    model_.end_ejections(now_);
    model_.end_joins(now_);
    model_.take_stable(now_);
    controller_.tick(now_);
    settle(Publishes::in_time, true);
    if (controller_.next_deadline() <= now_) {
        violation("something is due behind a tick");
    }
    if (std::string wrong = model_.unasked(now_); !wrong.empty()) {
        violation(std::move(wrong));
    }
}

void ControllerWorld::wait(base::milliseconds span) {
    const base::TimePoint end = now_ + span;
    for (int ticks = 0; controller_.next_deadline() <= end && violation_.empty(); ++ticks) {
        now_ = std::max(now_, controller_.next_deadline());
        tick();
        if (ticks > kTicksMax) {
            violation("ticks without end");
        }
    }
    now_ = end;
}

bool ControllerWorld::is_quiet() const {
    const auto& pools = model_.present();
    return !pending_since_ && now_ - published_at_ >= discovery::kPublishIntervalMin &&
           std::none_of(pools.begin(), pools.end(),
                        [this](const auto* pool) { return pool->may_wait(now_); });
}

// After each call of the controller.
void ControllerWorld::settle(Publishes publishes, bool is_tick) {
    if (controller_.snapshot() != published_) {
        violation("the snapshot is not the one that was published last");
        return;
    }
    if (hosts_ != model_.hosts()) {
        violation(fmt::format("{} names are looked up, not the {} of the members", hosts_.size(),
                              model_.hosts().size()));
    }
    check_ready();
    const std::string text = model_.disagreement(*published_, now_);
    if (text.empty()) {
        pending_since_.reset();
        return;
    }
    if (publishes == Publishes::at_once) {
        violation(text);
    } else if (!pending_since_ || pending_version_ != published_->version) {
        pending_since_ = now_;
        pending_version_ = published_->version;
        ++counts_.held_back;
    } else if (is_tick && now_ - *pending_since_ >= discovery::kPublishIntervalMin) {
        violation(fmt::format("is held back for too long: {}", text));
    }
}

// A list or a load that was taken over in full: health has given back what must not be missing.
void ControllerWorld::check_room_after_change(const std::vector<ModelPool*>& pools) {
    if (pending_since_) {
        return;
    }
    for (const ModelPool* const changed : pools) {
        if (changed->may_wait(now_)) {
            continue;
        }
        const routing::Pool* const pool = published_->find(changed->id);
        std::size_t out = 0;
        std::size_t by_health = 0;
        for (const PoolNode& node : pool->nodes) {
            const bool is_joining =
                changed->nodes.find(node.node.name)->second.joining_since.has_value();
            out += node.state != NodeState::in_ring && !is_joining ? 1 : 0;
            by_health += node.state == NodeState::ejected_by_health ? 1 : 0;
        }
        const std::size_t most = changed->most_off_ring();
        if (by_health > 0 && out > most) {
            violation(
                fmt::format("pool {}: {} nodes are off the ring, {} of them by health, which "
                            "may take {}",
                            pool->name, out, by_health, most));
        }
    }
}

void ControllerWorld::check_ready() {
    const bool is_ready = controller_.ready();
    const auto& pools = model_.present();
    const bool had_rings = std::all_of(pools.begin(), pools.end(),
                                       [](const auto* pool) { return pool->has_had_ring; });
    if (was_ready_ && !is_ready) {
        violation("it was ready and is not any more");
    }
    if (!was_ready_ && is_ready && !had_rings) {
        violation("it is ready, and a pool has had no ring yet");
    }
    if (!is_ready && controller_.readiness_report().empty()) {
        violation("it is not ready, and does not say why");
    }
    was_ready_ = is_ready;
}

// What waits to be published is forgotten behind that.
void ControllerWorld::check_forgotten() {
    if (is_quiet() && controller_.next_deadline() > now_) {
        if (std::string wrong = model_.overdue(now_); !wrong.empty()) {
            violation(std::move(wrong));
        }
    }
}

void ControllerWorld::check_views() {
    std::vector<std::string> names;
    for (const routing::PoolPtr& pool : published_->pools) {
        names.push_back(pool->name);
        const ModelPool* const known = model_.find(pool->name);
        const std::string wrong =
            check_view(view_of(controller_, pool->name, now_), *known, pool, now_, is_quiet());
        if (!wrong.empty()) {
            violation(fmt::format("pool {}: {}", pool->name, wrong));
        }
    }
    if (names != controller_.pool_names()) {
        violation("other pools by name than in the snapshot");
    }
}

std::string ControllerWorld::finish() {
    if (!is_loaded_) {
        return violation_;
    }
    constexpr int kRounds = 60;
    for (int round = 0; round < kRounds && violation_.empty(); ++round) {
        now_ += base::microseconds(1);
        const std::size_t count = probes_.size();
        for (std::size_t i = 0; i < count && violation_.empty(); ++i) {
            answer_probe(0, true);
        }
        wait(base::seconds(5));
    }
    for (const ModelPool* const pool : model_.present()) {
        for (const PoolNode& node : published_->find(pool->id)->nodes) {
            const bool is_well = node.state == NodeState::in_ring && node.fails_with.empty();
            const bool is_expected =
                node.state == NodeState::ejected_by_operator || node.state == NodeState::joining;
            if (!is_well && !is_expected) {
                violation(fmt::format("pool {}: node {} never comes back", pool->config.name,
                                      node.node.name));
            }
        }
    }
    if (pending_since_) {
        violation("never published: " + model_.disagreement(*published_, now_));
    }
    for (WorkerSide& worker : workers_) {
        adopt(worker, worker.posted.size());
        if (worker.version != published_->version) {
            violation("a worker has not the last snapshot");
        }
    }
    for (const auto& [pool, node] : degraded_) {
        const ModelPool* const owner = model_.find_any(pool);
        const ModelNode* const known = model_.find_node(pool, node);
        if (owner != nullptr && owner->is_present && (known == nullptr || !known->is_member)) {
            violation(fmt::format("node {} of pool {} is gone and degraded", node, pool));
        }
    }
    return violation_;
}

void ControllerWorld::violation(std::string what) {
    if (violation_.empty()) {
        violation_ = std::move(what);
    }
}

}  // namespace ringside::sim
