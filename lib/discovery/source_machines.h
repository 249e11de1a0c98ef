// The table of sources, as discovery knows them: how each kind is asked. What the configuration
// knows of the same kinds is in config/source_rows.h.
#pragma once

#include "config/source.h"
#include "discovery/source_machine.h"

#include <cstdint>
#include <memory>

namespace ringside::discovery {

// Null for a source that lists its nodes in the configuration: Controller::configure() takes them
// from there, together with all else that has changed. `seed` should differ between processes.
std::unique_ptr<SourceMachine> make_machine(config::SourceKind kind, std::uint64_t seed);

}  // namespace ringside::discovery
