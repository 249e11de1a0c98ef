#include "health/health_event.h"

namespace ringside::health {

std::string_view to_string(HealthKind kind) noexcept {
    switch (kind) {
        case HealthKind::refused:
            return "connection refused";
        case HealthKind::name_not_found:
            return "no address of its name is known";
        case HealthKind::connect_timeout:
            return "connection attempt timed out";
        case HealthKind::lost:
            return "connection lost";
        case HealthKind::timed_out:
            return "requests timed out";
        case HealthKind::protocol_error:
            return "protocol error";
        case HealthKind::auth_failed:
            return "authentication failed";
        case HealthKind::readonly:
            return "writes refused, as by a replica";
        case HealthKind::writable:
            return "writes done again";
        case HealthKind::recovered:
            return "recovered";
    }
    return "unknown";
}

}  // namespace ringside::health
