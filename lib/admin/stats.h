// The statistics as twemproxy has them: the values, and their text byte by byte.
//
// Scrapers made for twemproxy read them, some of them line by line or with a regular expression, so
// the text has its blanks too, and nothing that it does not have: a number beside a pool's nodes
// that is not one of the six makes at least one exporter fail
// (docs/decisions/013-the-statistics-port.md).
#pragma once

#include "admin/context.h"
#include "metrics/metrics.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace ringside::admin {

struct StatsNode {
    std::string name;
    metrics::NodeCells::Values values{};
};

struct StatsPool {
    std::string name;
    metrics::PoolCells::Values values{};
    std::vector<StatsNode> nodes;
};

struct StatsDocument {
    std::string source;  // this machine's name
    std::string version;
    std::chrono::seconds uptime{0};
    std::chrono::system_clock::time_point now;
    std::uint64_t total_connections = 0;
    std::uint64_t current_connections = 0;
    std::vector<StatsPool> pools;
};

// All counters as they are at this moment.
StatsDocument read_stats(const AdminContext& context, std::chrono::system_clock::time_point now);

// nc_stats.c, stats_make_rsp(): one line of JSON with its LF. Unlike there names are escaped, and a
// pool or node that is called like one of the fields beside it is left out instead of taking the
// field's place.
std::string stats_text(const StatsDocument& document);

}  // namespace ringside::admin
