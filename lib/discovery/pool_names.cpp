// The part of PoolState that is about the host names of its nodes.
#include "discovery/pool_state.h"

#include <algorithm>

namespace ringside::discovery {
namespace {

using base::TimePoint;
using routing::NodeId;

// How long a pool that has its first nodes is not ready because of their names: each lookup ends
// some time, but a name whose DNS server is silent shall not keep the whole process from serving.
constexpr base::seconds kNamesWaitMax{5};

}  // namespace

void PoolState::add_names(std::set<std::string>& names) const {
    for (const auto& [name, record] : records_) {
        if (record.member && record.node.address.is_name()) {
            names.insert(record.node.address.host);
        }
    }
}

bool PoolState::on_name(const std::string& host, const NameState& state, TimePoint now) {
    bool changed = false;
    for (auto& [name, record] : records_) {
        if (record.member && record.node.address.host == host) {
            changed = record.take_addresses(state, now) || changed;
        }
    }
    return changed;
}

std::vector<NodeId> PoolState::nodes_named(const std::string& host) const {
    std::vector<NodeId> nodes;
    for (const auto& [name, record] : records_) {
        if (record.member && record.node.address.host == host) {
            nodes.push_back(record.node.id);
        }
    }
    return nodes;
}

bool PoolState::waits_for_names() const noexcept {
    return std::any_of(records_.begin(), records_.end(),
                       [](const auto& entry) { return entry.second.waits_for_address(); });
}

// When the names are waited for no longer; kNever if they are not.
TimePoint PoolState::end_of_wait() const noexcept {
    return !ready_ && has_had_ring_ ? *first_members_at_ + kNamesWaitMax : base::kNever;
}

void PoolState::update_ready(TimePoint now) {
    ready_ = ready_ || (has_had_ring_ && (!waits_for_names() || now >= end_of_wait()));
}

}  // namespace ringside::discovery
