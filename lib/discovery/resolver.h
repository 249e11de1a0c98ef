// Where the members of a pool come from.
#pragma once

#include "base/error.h"
#include "config/config.h"
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

// Owned by App, one for each dynamic source that a pool has ever had; control thread only. What it
// has learnt of its source (versions, members, how to ask) stays through other settings, and from
// stop() to the next start().
class Resolver {
  public:
    virtual ~Resolver() = default;

    // Begins at once, then goes on by itself.
    virtual void start(ResolverSink sink) = 0;
    // Takes over other settings of the same source, and asks by them at once if it was started.
    // False, and nothing has changed, if that is another source.
    virtual bool configure(const config::Source& settings) = 0;
    // Asks now instead of at the next interval; answers through the sink.
    virtual void refresh() = 0;
    // The members as the controller took them over: other places to ask if the source fails.
    virtual void set_known_members(const routing::Membership& membership) = 0;
    // Nothing reaches the sink afterwards, until it is started again.
    virtual void stop() = 0;
};

}  // namespace ringside::discovery
