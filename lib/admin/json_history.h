// What the admin API tells of the past and the present of a pool's nodes, as JSON text.
#pragma once

#include "base/moment.h"
#include "discovery/journal.h"
#include "discovery/pool_view.h"
#include "routing/moved_keys.h"
#include "routing/snapshot.h"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace ringside::admin {

// GET /pools/{pool}/history: the newest change first. `workers`: how many there are to adopt it.
std::string history_json(std::string_view pool, const discovery::Journal& journal,
                         std::size_t workers, const base::Moment& at);

// One change of it, and of which pool: the data of the event `ring`.
std::string change_json(std::string_view pool, const discovery::RingChange& change,
                        std::size_t workers, const base::Moment& at);

// "2024-05-01T12:00:00.123Z" for an event in monotonic time, as who looks now has the clock.
std::string utc_ms(base::TimePoint event, const base::Moment& at);
std::string utc_ms(std::chrono::system_clock::time_point time);

// GET /pools/{pool}/discovery.
std::string discovery_json(const discovery::PoolView& view, const base::Moment& at);

// GET /pools/{pool}/what-if. `moved` nothing: no key has a home.
std::string what_if_json(const routing::Pool& before, const routing::Pool& after,
                         const std::optional<routing::MovedKeys>& moved);

}  // namespace ringside::admin
