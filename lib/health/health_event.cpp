#include "health/health_event.h"

namespace ringside::health {
namespace {

// The words of the kind alone would not tell what to do about it.
bool needs_cause(HealthKind kind) noexcept {
    switch (kind) {
        case HealthKind::no_connection:
        case HealthKind::turned_away:
        case HealthKind::not_ready:
        case HealthKind::protocol_error:
        case HealthKind::own_shortage:
            return true;
        case HealthKind::refused:
        case HealthKind::name_not_found:
        case HealthKind::connect_timeout:
        case HealthKind::lost:
        case HealthKind::timed_out:
        case HealthKind::auth_failed:
        case HealthKind::readonly:
        case HealthKind::writable:
        case HealthKind::recovered:
            return false;
    }
    return false;
}

}  // namespace

std::string_view to_string(HealthKind kind) noexcept {
    switch (kind) {
        case HealthKind::refused:
            return "connection refused";
        case HealthKind::no_connection:
            return "no connection";
        case HealthKind::name_not_found:
            return "no address of its name is known";
        case HealthKind::connect_timeout:
            return "connection attempt timed out";
        case HealthKind::lost:
            return "connection lost";
        case HealthKind::timed_out:
            return "requests timed out";
        case HealthKind::turned_away:
            return "turned away";
        case HealthKind::not_ready:
            return "not ready";
        case HealthKind::protocol_error:
            return "protocol error";
        case HealthKind::auth_failed:
            return "authentication failed";
        case HealthKind::readonly:
            return "writes refused, as by a replica";
        case HealthKind::writable:
            return "writes done again";
        case HealthKind::own_shortage:
            return "no socket for a connection";
        case HealthKind::recovered:
            return "recovered";
    }
    return "unknown";
}

std::string describe(const HealthEvent& event) {
    if (event.kind == HealthKind::turned_away && !event.cause.empty()) {
        return event.cause;  // which says so itself
    }
    std::string text(to_string(event.kind));
    if (needs_cause(event.kind) && !event.cause.empty()) {
        text += ": ";
        text += event.cause;
    }
    return text;
}

}  // namespace ringside::health
