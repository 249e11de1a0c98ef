// All that /metrics tells, as values of one moment: what is behind the rows of metric_families.h.
#pragma once

#include "admin/context.h"
#include "base/moment.h"
#include "discovery/pool_health.h"
#include "discovery/pool_view.h"
#include "io/process_usage.h"
#include "metrics/metrics.h"
#include "routing/snapshot.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ringside::admin {

// `labels` are as metrics::append_label() makes them: pool and, of a node, node.
struct NodeReading {
    std::string labels;
    routing::NodeState state = routing::NodeState::in_ring;
    // When its ejection ends; nothing: there is none, or nobody knows.
    std::optional<std::chrono::system_clock::time_point> ejection_ends = std::nullopt;
    double share = 0;
    metrics::NodeCells::Totals totals{};
};

struct SourceReading {
    std::string labels;  // pool, source
    discovery::SourceView view;
};

struct PoolReading {
    std::string labels;
    metrics::PoolCells::Totals totals{};
    routing::Fingerprint fingerprint = 0;
    std::uint64_t generation = 0;
    discovery::HealthGrade health = discovery::HealthGrade::ok;
    bool is_ready = false;
    bool is_stale = false;  // its nodes are those of a saved list
    std::size_t kept_out = 0;
    routing::Histograms histograms = routing::Histograms::nodes;
    std::uint32_t client_connections_max = 0;  // 0: no limit
    base::milliseconds timeout{0};             // 0: none
    std::vector<NodeReading> nodes;            // those of the snapshot, and no others
    std::vector<SourceReading> sources;
};

struct MetricsReading {
    std::string version;
    std::chrono::system_clock::time_point started;
    io::ProcessUsage usage;
    std::vector<WorkerView> workers;
    std::vector<ListenerView> listeners;
    metrics::Histogram::Values control_lag{};
    std::uint64_t event_streams = 0;
    std::uint64_t event_streams_refused = 0;
    std::uint64_t event_streams_given_up = 0;
    std::uint64_t snapshot_version = 0;
    bool is_ready = false;
    bool is_ending = false;
    std::uint64_t connections = 0;
    std::uint64_t log_lines_dropped = 0;
    ConfigView config;
    StateView state;
    std::vector<PoolReading> pools;
};

MetricsReading read_metrics(const AdminContext& context, const base::Moment& at);

}  // namespace ringside::admin
