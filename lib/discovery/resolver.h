// Where the members of a pool come from.
#pragma once

#include "base/error.h"
#include "routing/membership.h"

#include <functional>
#include <string>

namespace ringside::discovery {

// Receives what a resolver finds, on the control thread. Complete lists, never deltas.
struct ResolverSink {
    std::function<void(routing::Membership)> on_membership;
    // The source did not give a usable answer; the last list stands. `malformed` answers are told
    // here too: the controller counts and logs.
    std::function<void(base::Error)> on_failure;
};

// Owned by App, one per pool with a dynamic source; control thread only.
class Resolver {
  public:
    virtual ~Resolver() = default;

    // Begins at once, then goes on by itself.
    virtual void start(ResolverSink sink) = 0;
    // Asks now instead of at the next interval; answers through the sink.
    virtual void refresh() = 0;
    // The members as the controller took them over: other places to ask if the source fails.
    virtual void set_known_members(const routing::Membership& membership) = 0;
    // Nothing reaches the sink afterwards.
    virtual void stop() = 0;
};

}  // namespace ringside::discovery
