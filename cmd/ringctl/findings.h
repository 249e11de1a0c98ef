// What may be wrong with a proxy, and how it is mended. Pure: from the answers of the admin API.
#pragma once

#include "http/json.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::ctl {

enum class Severity : std::uint8_t {
    hint,     // could be better, or has happened since the start
    warning,  // wants to be looked at
    broken,   // somebody gets errors, or will
};

std::string_view to_string(Severity severity) noexcept;

struct Finding {
    Severity severity;
    std::string where;  // "pool cache", "process"
    std::string what;
    std::string since;   // as the API says it; empty: it does not say
    std::string remedy;  // what to do
};

using Findings = std::vector<Finding>;

// Each of one answer, whose route stands behind it. Throws nlohmann::json::exception if it is not
// as docs/ADMIN_API.md says.
Findings of_conditions(const http::Json& answer);  // /conditions, of the process
Findings of_config(const http::Json& answer);      // /config
Findings of_pool(const http::Json& answer);        // /pools/{pool}
Findings of_workers(const http::Json& answer);     // /workers
Findings of_log(const http::Json& answer);         // /log
Findings of_snapshot(const http::Json& answer);    // /snapshot

// Values of GET /metrics by their names, with the labels if they have some.
using Metrics = std::map<std::string, double, std::less<>>;

// Those of the process and its workers: pools and nodes may be many.
Metrics read_metrics(std::string_view text);

// Of them, and the time here.
Findings of_metrics(const Metrics& metrics, std::chrono::system_clock::time_point now);

}  // namespace ringside::ctl
