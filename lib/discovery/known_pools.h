// The pools of the configuration, and those that have left it not long ago: a pool that comes back
// finds its id, its nodes and the operator's ejections.
#pragma once

#include "base/clock.h"
#include "config/config.h"
#include "discovery/absence.h"
#include "routing/snapshot.h"

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ringside::discovery {

class PoolState;

// Owned by the controller; control thread only.
class KnownPools {
  public:
    KnownPools();
    ~KnownPools();

    KnownPools(const KnownPools&) = delete;
    KnownPools& operator=(const KnownPools&) = delete;

    // That of its name and protocol; no id is ever given twice. One that was not known is absent
    // until it is present: its configuration may be refused.
    routing::PoolId id_of(const config::PoolConfig& pool, base::TimePoint now);
    // Null if there was none, or it is forgotten.
    PoolState* find(routing::PoolId id) const;

    // These are in the configuration from now on, and no others. Requires: they are known.
    void set_present(const std::vector<PoolState*>& pools, base::TimePoint now);

    // Forgets those whose time is over, by discovery/absence.h, and says which.
    std::vector<routing::PoolId> forget_absent(base::TimePoint now);
    // When it has something to do next, perhaps at once; kNever: not before another event.
    base::TimePoint next_forgotten() const;

    std::size_t size() const noexcept { return known_.size(); }

  private:
    struct Known {
        std::unique_ptr<PoolState> state;
        std::optional<Absence> absence;  // nothing: it is present
    };

    std::vector<Absence> absences() const;

    std::map<routing::PoolId, Known> known_;
    std::map<std::pair<std::string, routing::ProtocolKind>, routing::PoolId> ids_;
    routing::PoolId next_id_ = 0;
};

}  // namespace ringside::discovery
