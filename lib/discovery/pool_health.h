// How a pool fares, in one word and with the reasons: for people and monitors, never for decisions.
// Pure.
#pragma once

#include "discovery/pool_view.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::discovery {

// The worse the greater.
enum class HealthGrade : std::uint8_t {
    ok,
    degraded,  // requests are served, and something wants to be looked at
    down,      // no node is in the ring: requests fail
};

// "ok", "degraded", "down".
std::string_view to_string(HealthGrade grade) noexcept;

struct HealthReason {
    HealthGrade grade = HealthGrade::degraded;
    // A word for programs, in the form of the reasons of Kubernetes' conditions: "NodesEjected".
    std::string_view type;
    std::string text;  // one sentence without its full stop
    // Of several the first; nothing: not known.
    std::optional<std::chrono::system_clock::time_point> since;
};

struct PoolHealth {
    HealthGrade grade = HealthGrade::ok;
    // Of the reasons for that grade the first; nothing: ok, or not known.
    std::optional<std::chrono::system_clock::time_point> since;
    std::vector<HealthReason> reasons;  // the worst first
};

PoolHealth health_of(const PoolView& view);

}  // namespace ringside::discovery
