// The sources of a pool as JSON, alike in each answer that has them.
#pragma once

#include "discovery/pool_view.h"
#include "http/json.h"

#include <chrono>
#include <optional>
#include <vector>

namespace ringside::admin {

// "2024-05-01T12:00:00Z", or null.
http::Json utc(std::optional<std::chrono::system_clock::time_point> time);

// That of the list that the source gave last, as it says it; or null.
http::Json source_version(const discovery::PoolView& view);

// In order of preference.
http::Json sources_array(const std::vector<discovery::SourceView>& sources);

}  // namespace ringside::admin
