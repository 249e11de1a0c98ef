// What the admin API tells of the past and the present of a pool's nodes, as JSON text.
#pragma once

#include "base/moment.h"
#include "discovery/journal.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace ringside::admin {

// GET /pools/{pool}/history: the newest change first. `workers`: how many there are to adopt it.
std::string history_json(std::string_view pool, const discovery::Journal& journal,
                         std::size_t workers, const base::Moment& at);

// "2024-05-01T12:00:00.123Z" for an event in monotonic time, as who looks now has the clock.
std::string utc_ms(base::TimePoint event, const base::Moment& at);

}  // namespace ringside::admin
