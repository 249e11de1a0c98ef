// How a pool fares as JSON, alike in each answer that has it.
#pragma once

#include "discovery/pool_health.h"
#include "http/json.h"

namespace ringside::admin {

// {"status": "degraded", "since": ..., "reasons": [{"grade", "type", "text", "since"}]}
http::Json health_object(const discovery::PoolHealth& health);

}  // namespace ringside::admin
