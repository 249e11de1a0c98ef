// The lines of a script that are the operator's: what they ask for is done, at once, or refused.
#include "sim/controller/world.h"

#include <fmt/core.h>

namespace ringside::sim {

using routing::NodeState;
using routing::PoolNode;

// Nothing: changes may wait that nobody here can know.
std::optional<bool> ControllerWorld::is_last_in_ring(const std::string& pool,
                                                     const std::string& node) const {
    const routing::Pool* const found = published_->find(pool);
    if (found == nullptr || !is_quiet()) {
        return std::nullopt;
    }
    bool is_only_one = true;
    bool is_there = false;
    for (const PoolNode& each : found->nodes) {
        const bool is_it = each.node.name == node;
        is_there = is_there || (is_it && each.state == NodeState::in_ring);
        is_only_one = is_only_one && (is_it || each.state != NodeState::in_ring);
    }
    return is_there && is_only_one;
}

void ControllerWorld::eject(const Words& words) {
    if (words.size() < 4) {
        return;
    }
    const bool force = words.size() > 4;
    const bool is_endless = words[3] == "ever";
    const base::milliseconds span(is_endless ? 0 : number_of(words[3]));
    ModelPool* const pool = model_.find(words[1]);
    ModelNode* const node =
        pool == nullptr ? nullptr : ControllerModel::find_member(*pool, words[2]);
    const bool is_valid = is_endless || span.count() > 0;
    const std::optional<base::TimePoint> before =
        node == nullptr ? std::nullopt : node->ejected_until;
    if (node != nullptr && is_valid) {
        node->ejected_until = is_endless ? base::kNever : now_ + span;
    }
    const std::optional<bool> is_last = is_last_in_ring(words[1], words[2]);
    const std::size_t ejections = ejections_;
    const std::uint64_t version = published_->version;
    const base::Status status = controller_.eject(
        words[1], words[2], {is_endless ? std::nullopt : std::optional(span)}, force, now_);
    if (status) {
        counts_.operator_ejections += 1;
        if (node == nullptr || !is_valid) {
            violation("an ejection of nobody, or of no time, is done");
        } else if (ejections_ - ejections != (before ? 0 : 1)) {
            violation("an ejection by the operator is not told once");
        } else if (!force && is_last == true) {
            violation("the last node of a ring is ejected without force");
        }
        settle(before ? Publishes::in_time : Publishes::at_once);
        return;
    }
    if (node != nullptr && is_valid) {
        node->ejected_until = before;
    }
    const bool is_known = node != nullptr;
    const bool is_conflict = status.error().code == base::Errc::conflict;
    counts_.conflicts += is_conflict ? 1 : 0;
    if (is_conflict ? !is_known || before || force || is_last == false : is_known && is_valid) {
        violation(fmt::format("an ejection is refused: {}", status.error().message));
    }
    if (published_->version != version) {
        violation("an ejection is refused, and something published");
    }
    settle(Publishes::in_time);
}

void ControllerWorld::restore(const Words& words) {
    if (words.size() < 3) {
        return;
    }
    ModelPool* const pool = model_.find(words[1]);
    const auto epochs_before = epochs(words[1]);
    ModelNode* node = nullptr;
    if (pool != nullptr && pool->nodes.contains(words[2])) {
        node = &pool->nodes.find(words[2])->second;
        node->ejected_until.reset();
        node->joining_since.reset();
        node->on_reason_to_trust();
        ++node->beginnings;
    }
    const base::Status status = controller_.restore(words[1], words[2], now_);
    const bool is_member = node != nullptr && node->is_member;
    if (status.has_value() != (node != nullptr)) {
        violation(fmt::format("restoring node {} is {}", words[2], status ? "done" : "refused"));
    }
    settle(is_member ? Publishes::at_once : Publishes::in_time);
    if (!is_member || !violation_.empty()) {
        return;
    }
    if (node->given_up) {
        violation(fmt::format("node {} is restored and not trusted", words[2]));
    }
    const auto before = epochs_before.find(words[2]);
    if (before != epochs_before.end() && node->link_epoch <= before->second) {
        violation(fmt::format("node {} is restored and keeps its links", words[2]));
    }
}

std::map<std::string, std::uint32_t> ControllerWorld::epochs(const std::string& pool) const {
    std::map<std::string, std::uint32_t> epochs;
    if (const routing::Pool* const found = published_->find(pool); found != nullptr) {
        for (const PoolNode& node : found->nodes) {
            epochs[node.node.name] = node.link_epoch;
        }
    }
    return epochs;
}

void ControllerWorld::reconnect(const Words& words) {
    if (words.size() < 2) {
        return;
    }
    const bool is_all = words.size() < 3;
    ModelPool* const pool = model_.find(words[1]);
    const bool is_there =
        pool != nullptr && (is_all || ControllerModel::find_member(*pool, words[2]) != nullptr);
    const auto before = epochs(words[1]);
    const base::Status status = is_all ? controller_.reconnect(words[1], now_)
                                       : controller_.reconnect(words[1], words[2], now_);
    if (status.has_value() != is_there) {
        violation("links of nobody are replaced, or not those of somebody");
    }
    settle(is_there ? Publishes::at_once : Publishes::in_time);
    for (const auto& [node, epoch] : epochs(words[1])) {
        const auto known = before.find(node);
        const bool is_meant = is_there && (is_all || node == words[2]);
        if (is_meant && known != before.end() && epoch <= known->second) {
            violation(fmt::format("the links to node {} are not replaced", node));
        }
    }
}

void ControllerWorld::refresh(const Words& words) {
    if (words.size() < 2) {
        return;
    }
    const ModelPool* const pool = model_.find(words[1]);
    const bool is_asked = pool != nullptr && !pool->is_static();
    const std::size_t before = refreshes_;
    is_operator_asking_ = true;
    const base::Status status = controller_.refresh(words[1], now_);
    is_operator_asking_ = false;
    if (status.has_value() != is_asked || refreshes_ - before != (is_asked ? 1 : 0)) {
        violation("a source is not asked once, or one that is none");
    }
    settle(is_asked ? Publishes::at_once : Publishes::in_time);
}

}  // namespace ringside::sim
