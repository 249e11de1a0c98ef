// ringctl events: GET /events, a line for each event as it comes.
#pragma once

#include "http/json.h"
#include "verbs.h"

#include <string>
#include <string_view>

namespace ringside::ctl {

// One event for people, without a newline: "14:03:07  pool cache  ...". Of events that this release
// does not know the data is shown. Throws nlohmann::json::exception if it is not as documented.
std::string event_line(std::string_view name, const http::Json& data);

// Prints while events come, and leaves nothing to be shown.
base::Expected<Shown> run_events(Api& api, const Options& options);

}  // namespace ringside::ctl
