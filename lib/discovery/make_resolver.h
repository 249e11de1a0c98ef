// From what the configuration says of a source to the object that asks it.
#pragma once

#include "config/config.h"
#include "discovery/names.h"
#include "discovery/resolver.h"
#include "io/event_loop.h"

#include <cstdint>
#include <memory>

namespace ringside::discovery {

// Null for a static source: its members are the configuration's own, and Controller::configure()
// takes them from there. `loop` and `names` outlive the resolver. `seed` should differ between
// processes.
std::unique_ptr<Resolver> make_resolver(io::EventLoop& loop, Names& names,
                                        const config::Source& source, std::uint64_t seed);

}  // namespace ringside::discovery
