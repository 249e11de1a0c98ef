#include "discovery/known_pools.h"

#include "base/limits.h"
#include "discovery/pool_state.h"

#include <algorithm>
#include <utility>

namespace ringside::discovery {

using base::TimePoint;
using routing::PoolId;

KnownPools::KnownPools() = default;
KnownPools::~KnownPools() = default;

PoolId KnownPools::id_of(const config::PoolConfig& pool, TimePoint now) {
    const auto [position, is_new] = ids_.try_emplace({pool.name, pool.policy.protocol}, next_id_);
    if (is_new) {
        known_[next_id_] = {.state = std::make_unique<PoolState>(next_id_, pool),
                            .absence = Absence{.id = next_id_, .since = now}};
        ++next_id_;
    }
    return position->second;
}

PoolState* KnownPools::find(PoolId id) const {
    const auto found = known_.find(id);
    return found == known_.end() ? nullptr : found->second.state.get();
}

void KnownPools::set_present(const std::vector<PoolState*>& pools, TimePoint now) {
    for (auto& [id, known] : known_) {
        if (std::find(pools.begin(), pools.end(), known.state.get()) != pools.end()) {
            known.absence.reset();
        } else if (!known.absence) {
            // The operator cannot change an ejection in a pool that is not there.
            known.absence = known.state->nodes().absence_of_all(id, now);
        }
    }
}

std::vector<PoolId> KnownPools::forget_absent(TimePoint now) {
    std::vector<PoolId> ids = forgotten(absences(), base::kAbsentPoolsMax, now);
    for (const PoolId id : ids) {
        const auto found = known_.find(id);
        const PoolState& state = *found->second.state;
        ids_.erase({state.name(), state.nodes().policy().protocol});
        known_.erase(found);
    }
    return ids;
}

TimePoint KnownPools::next_forgotten() const {
    const std::vector<Absence> absences = this->absences();
    if (absences.size() > base::kAbsentPoolsMax) {
        return TimePoint{};
    }
    TimePoint next = base::kNever;
    for (const Absence& absence : absences) {
        next = std::min(next, end_of(absence));
    }
    return next;
}

std::vector<Absence> KnownPools::absences() const {
    std::vector<Absence> absences;
    for (const auto& [id, known] : known_) {
        if (known.absence) {
            absences.push_back(*known.absence);
        }
    }
    return absences;
}

}  // namespace ringside::discovery
