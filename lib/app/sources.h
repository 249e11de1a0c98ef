// Who asks for the nodes of the pools that discover them, and their change from one configuration
// to the next. What they find goes to the controller.
//
// Owned by App; control thread only.
#pragma once

#include "app/acceptor_set.h"
#include "config/config.h"
#include "discovery/controller.h"
#include "discovery/source_driver.h"
#include "routing/membership.h"

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace ringside::app {

class Sources {
  public:
    // All outlive it.
    Sources(const discovery::SourceDriver::Means& means, discovery::Controller& controller)
        : means_(means), controller_(controller) {}

    // Asks for the nodes of these pools and of no others, each source of a pool all the time. A
    // source goes on with what it has learnt, whatever else of its pool has changed, also if it was
    // not asked meanwhile; of those that a pool has had before, kFormerSourcesMax are remembered.
    // Requires: the controller has adopted the same configuration.
    void adopt(std::span<const PlannedPool> pools);

    // Nothing of it reaches the controller afterwards, and what its sources have learnt is gone.
    void forget(routing::PoolId pool);

    // Nothing reaches the controller afterwards.
    void stop();

    // As SourceDriver, all of the pool; no-op for a pool with a static list.
    void refresh(routing::PoolId pool, discovery::RefreshAsked how);
    void set_known_members(routing::PoolId pool, const discovery::MembersKnown& members);

  private:
    using Driver = discovery::SourceDriver;
    struct Asked {
        Driver* driver;
        std::string source;  // config::describe()
    };

    // The one for this source of this pool, new or known; null: a static list.
    Driver* find(routing::PoolId pool, const config::Source& settings);
    void start(routing::PoolId pool, const Asked& asked);

    const discovery::SourceDriver::Means means_;
    discovery::Controller& controller_;
    // The ones before too, the last ones asked at the end: a pool may get its former source back,
    // or come back itself.
    std::map<routing::PoolId, std::vector<std::unique_ptr<Driver>>> known_;
    // Those of the present configuration.
    std::map<routing::PoolId, std::vector<Asked>> asked_;
};

}  // namespace ringside::app
