// The resolvers of the pools whose nodes are discovered, and their change from one configuration to
// the next. What they find goes to the controller.
//
// Owned by App; control thread only.
#pragma once

#include "app/acceptor_set.h"
#include "config/config.h"
#include "discovery/controller.h"
#include "discovery/resolver.h"
#include "io/event_loop.h"
#include "routing/membership.h"

#include <map>
#include <memory>
#include <span>

namespace ringside::app {

class Sources {
  public:
    // Both outlive it.
    Sources(io::EventLoop& loop, discovery::Controller& controller)
        : loop_(loop), controller_(controller) {}

    // Asks for the nodes of these pools and of no others. A source whose settings stay goes on as
    // it was. Requires: the controller has adopted the same configuration.
    void adopt(std::span<const PlannedPool> pools);

    // Nothing reaches the controller afterwards.
    void stop();

    // As Resolver; no-op for a pool with a static list.
    void refresh(routing::PoolId pool);
    void set_known_members(routing::PoolId pool, const routing::Membership& members);

  private:
    struct Source {
        config::Source settings;
        std::unique_ptr<discovery::Resolver> resolver;  // null: a static list
    };

    Source open(routing::PoolId pool, const config::Source& settings);

    io::EventLoop& loop_;
    discovery::Controller& controller_;
    std::map<routing::PoolId, Source> sources_;
};

}  // namespace ringside::app
