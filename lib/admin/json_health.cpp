#include "admin/json_health.h"

#include "admin/json_sources.h"

#include <utility>

namespace ringside::admin {

using http::Json;

Json health_object(const discovery::PoolHealth& health) {
    Json reasons = Json::array();
    for (const discovery::HealthReason& reason : health.reasons) {
        reasons.push_back({{"grade", to_string(reason.grade)},
                           {"type", reason.type},
                           {"text", reason.text},
                           {"since", utc(reason.since)}});
    }
    return {{"status", to_string(health.grade)},
            {"since", utc(health.since)},
            {"reasons", std::move(reasons)}};
}

}  // namespace ringside::admin
