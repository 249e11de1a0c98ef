// Holds what an operator is shown of a pool to the snapshot and to the model.
#pragma once

#include "discovery/controller.h"
#include "sim/controller/model.h"

#include <cstdint>
#include <string>

namespace ringside::sim {

// The one place that asks for a view.
discovery::PoolView view_of(const discovery::Controller& controller, const std::string& pool,
                            base::TimePoint now);

// What a snapshot says, in a number: it must not change.
void mix(std::uint64_t& hash, std::uint64_t value);
std::uint64_t print_of(const routing::Snapshot& snapshot);

// What does not fit. `is_settled`: all that has happened is in the snapshot.
std::string check_view(const discovery::PoolView& view, const ModelPool& pool,
                       const routing::PoolPtr& published, base::TimePoint now, bool is_settled);

}  // namespace ringside::sim
