// ringctl top: what pools and nodes do between two readings of their counters.
#pragma once

#include "http/json.h"
#include "verbs.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ringside::ctl {

// What a pool or a node did in a time.
struct Traffic {
    std::string pool;
    std::string node = {};  // empty: of the whole pool
    double requests_per_s = 0;
    double errors_per_s = 0;
    std::optional<double> hit_share = {};      // 0 to 1; nothing was looked up: none
    std::optional<std::uint64_t> p50_us = {};  // at most so long; nothing was answered: none
    std::optional<std::uint64_t> p99_us = {};
    std::int64_t connections = 0;  // at the end of it
    std::int64_t in_flight = 0;
    std::string state = {};  // of the node, or how the pool fares
};

// The bound that `share` of the durations do not exceed; none if there are no durations, and that
// of the last bound for what is above all. `counts` are those of the buckets between two readings.
std::optional<std::uint64_t> quantile_us(std::span<const std::int64_t> counts,
                                         std::span<const std::uint64_t> bounds_us, double share);

// Of two answers of GET /pools/{pool}, `seconds` apart: the pool, then its nodes. A node that is
// new counts from zero; counters that are smaller than before are those of another process. Throws
// nlohmann::json::exception.
std::vector<Traffic> traffic_between(const http::Json& before, const http::Json& after,
                                     double seconds);

base::Expected<Shown> run_top(Api& api, const Options& options);

}  // namespace ringside::ctl
