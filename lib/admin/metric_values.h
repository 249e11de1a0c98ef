// Where the values of the metrics come from: what the rows of metric_families.cpp refer to. Private
// to lib/admin.
#pragma once

#include "admin/metrics_reading.h"
#include "metrics/exposition.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ringside::admin::metric_values {

inline constexpr auto kNodeStates = std::to_array<routing::NodeState>(
    {routing::NodeState::in_ring, routing::NodeState::joining,
     routing::NodeState::ejected_by_health, routing::NodeState::ejected_by_operator});
inline constexpr std::string_view kNodeStateTexts[]{"in_ring", "joining", "ejected_by_health",
                                                    "ejected_by_operator"};
// Of the class of its command, and of its outcome.
inline constexpr std::string_view kRequestTexts[]{
    "read, write, delete, other; ok, hit, miss, node_error, proxy_error, timed_out, rejected, "
    "abandoned"};
inline constexpr auto kHealthGrades = std::to_array<discovery::HealthGrade>(
    {discovery::HealthGrade::ok, discovery::HealthGrade::degraded, discovery::HealthGrade::down});
inline constexpr std::string_view kHealthTexts[]{"ok", "degraded", "down"};
inline constexpr std::string_view kSourceStates[]{"waiting", "good", "failing", "held", "empty"};

inline std::string one_label(std::string_view name, std::string_view value) {
    std::string label;
    metrics::append_label(label, name, value);
    return label;
}

inline double seconds_of(std::chrono::system_clock::time_point time) {
    return std::chrono::duration<double>(time.time_since_epoch()).count();
}

// A value of the process, of each worker, and so on.
template <auto value>
void of_process(const MetricsReading& reading, metrics::Exposition& out) {
    out.sample({}, value(reading));
}
template <auto value>
void of_workers(const MetricsReading& reading, metrics::Exposition& out) {
    for (const WorkerView& worker : reading.workers) {
        out.sample(one_label("worker", std::to_string(worker.index)), value(worker));
    }
}
template <auto value>
void of_listeners(const MetricsReading& reading, metrics::Exposition& out) {
    for (const ListenerView& listener : reading.listeners) {
        out.sample(one_label("listener", listener.name),
                   static_cast<std::int64_t>(listener.counters.*value));
    }
}
template <auto value>
void of_pools(const MetricsReading& reading, metrics::Exposition& out) {
    for (const PoolReading& pool : reading.pools) {
        out.sample(pool.labels, value(pool));
    }
}
template <auto value>
void of_sources(const MetricsReading& reading, metrics::Exposition& out) {
    for (const PoolReading& pool : reading.pools) {
        for (const SourceReading& source : pool.sources) {
            out.sample(source.labels, value(source.view));
        }
    }
}

constexpr std::int64_t number(std::uint64_t value) noexcept {
    return static_cast<std::int64_t>(value);
}

inline double cpu_seconds(const MetricsReading& reading) {
    return std::chrono::duration<double>(reading.usage.cpu).count();
}
inline std::int64_t resident_bytes(const MetricsReading& reading) {
    return number(reading.usage.resident_bytes);
}
inline std::int64_t virtual_bytes(const MetricsReading& reading) {
    return number(reading.usage.virtual_bytes);
}
inline std::int64_t files_max(const MetricsReading& reading) {
    return number(reading.usage.files_max);
}
inline double start_time(const MetricsReading& reading) {
    return seconds_of(reading.started);
}
inline std::int64_t is_ready(const MetricsReading& reading) {
    return reading.is_ready ? 1 : 0;
}
inline std::int64_t is_draining(const MetricsReading& reading) {
    return reading.is_ending ? 1 : 0;
}
inline std::int64_t worker_count(const MetricsReading& reading) {
    return number(reading.workers.size());
}
inline std::int64_t snapshot_version(const MetricsReading& reading) {
    return number(reading.snapshot_version);
}
inline std::int64_t connections(const MetricsReading& reading) {
    return number(reading.connections);
}
inline std::int64_t log_lines_dropped(const MetricsReading& reading) {
    return number(reading.log_lines_dropped);
}
inline std::int64_t last_reload_applied(const MetricsReading& reading) {
    return reading.config.last.applied ? 1 : 0;
}
inline double last_reload_time(const MetricsReading& reading) {
    return seconds_of(reading.config.last.at);
}
inline double config_loaded_time(const MetricsReading& reading) {
    return seconds_of(reading.config.loaded_at);
}
inline std::int64_t config_generation(const MetricsReading& reading) {
    return number(reading.config.generation);
}
inline std::int64_t reloads_refused(const MetricsReading& reading) {
    return number(reading.config.refused);
}
inline std::int64_t settings_waiting(const MetricsReading& reading) {
    return number(reading.config.waiting_for_restart.size());
}
inline std::int64_t state_writes(const MetricsReading& reading) {
    return number(reading.state.writes);
}
inline std::int64_t state_failures(const MetricsReading& reading) {
    return number(reading.state.failures);
}

inline void write_open_files(const MetricsReading& reading, metrics::Exposition& out) {
    if (reading.usage.open_files) {
        out.sample({}, number(*reading.usage.open_files));
    }
}
inline void write_memory_limit(const MetricsReading& reading, metrics::Exposition& out) {
    if (reading.usage.memory_limit_bytes) {
        out.sample({}, number(*reading.usage.memory_limit_bytes));
    }
}
inline void write_build(const MetricsReading& reading, metrics::Exposition& out) {
    out.sample(one_label("version", reading.version), std::int64_t{1});
}

inline std::int64_t event_streams(const MetricsReading& reading) {
    return number(reading.event_streams);
}
inline std::int64_t event_streams_refused(const MetricsReading& reading) {
    return number(reading.event_streams_refused);
}
inline std::int64_t event_streams_given_up(const MetricsReading& reading) {
    return number(reading.event_streams_given_up);
}

inline std::int64_t worker_snapshot(const WorkerView& worker) {
    return number(worker.adopted_version);
}
inline std::int64_t worker_clients(const WorkerView& worker) {
    return number(worker.sessions);
}

// A sample is a double: 52 bits fit, which are the first 13 hexadecimal digits.
inline std::int64_t ring_fingerprint(const PoolReading& pool) {
    constexpr unsigned kBitsLeftOut = 12;
    return number(pool.fingerprint >> kBitsLeftOut);
}
inline std::int64_t ring_generation(const PoolReading& pool) {
    return number(pool.generation);
}
inline std::int64_t pool_ready(const PoolReading& pool) {
    return pool.is_ready ? 1 : 0;
}
inline std::int64_t pool_stale(const PoolReading& pool) {
    return pool.is_stale ? 1 : 0;
}
inline void write_pool_health(const MetricsReading& reading, metrics::Exposition& out) {
    for (const PoolReading& pool : reading.pools) {
        for (const discovery::HealthGrade grade : kHealthGrades) {
            out.sample(pool.labels, one_label("state", to_string(grade)),
                       std::int64_t{pool.health == grade ? 1 : 0});
        }
    }
}
// Where there is none, nothing is shown: 0 would be the lowest one.
inline void write_client_limits(const MetricsReading& reading, metrics::Exposition& out) {
    for (const PoolReading& pool : reading.pools) {
        if (pool.client_connections_max > 0) {
            out.sample(pool.labels, std::int64_t{pool.client_connections_max});
        }
    }
}
inline void write_timeouts(const MetricsReading& reading, metrics::Exposition& out) {
    for (const PoolReading& pool : reading.pools) {
        if (pool.timeout.count() > 0) {
            out.sample(pool.labels, std::chrono::duration<double>(pool.timeout).count());
        }
    }
}
inline std::int64_t nodes_kept_out(const PoolReading& pool) {
    return number(pool.kept_out);
}

inline void write_pool_nodes(const MetricsReading& reading, metrics::Exposition& out) {
    for (const PoolReading& pool : reading.pools) {
        for (const routing::NodeState state : kNodeStates) {
            const auto count =
                std::count_if(pool.nodes.begin(), pool.nodes.end(),
                              [state](const NodeReading& node) { return node.state == state; });
            out.sample(pool.labels, one_label("state", to_string(state)), std::int64_t{count});
        }
    }
}

inline void write_requests(const MetricsReading& reading, metrics::Exposition& out) {
    using metrics::RequestCounts;
    for (const PoolReading& pool : reading.pools) {
        for (std::size_t i = 0; i < RequestCounts::kKinds * RequestCounts::kEndings; ++i) {
            std::string more = one_label(
                "class", to_string(static_cast<metrics::RequestKind>(i / RequestCounts::kEndings)));
            metrics::append_label(
                more, "outcome",
                to_string(static_cast<metrics::RequestEnding>(i % RequestCounts::kEndings)));
            out.sample(pool.labels, more, pool.totals.endings[i]);
        }
    }
}

// `le="0.000016"` and so on, for all histograms alike. Numbers are floats in both forms, so that a
// series is the same in both.
using BucketLabels = std::array<std::string, metrics::Histogram::kBuckets>;
inline BucketLabels bucket_labels() {
    BucketLabels labels;
    for (std::size_t i = 0; i < metrics::Histogram::kBounds; ++i) {
        const std::chrono::duration<double> bound = metrics::Histogram::bound(i);
        labels[i] = one_label("le", fmt::format("{}", bound.count()));
    }
    labels.back() = one_label("le", "+Inf");
    return labels;
}

inline void write_histogram(const std::string& labels, const BucketLabels& bounds,
                            const metrics::Histogram::Values& values, metrics::Exposition& out) {
    std::int64_t total = 0;
    for (std::size_t i = 0; i < values.counts.size(); ++i) {
        total += values.counts[i];
        out.part("_bucket", labels, bounds[i], total);
    }
    constexpr double kNanoseconds = 1e9;
    out.part("_sum", labels, {}, static_cast<double>(values.sum_ns) / kNanoseconds);
    out.part("_count", labels, {}, total);
}
inline void write_control_lag(const MetricsReading& reading, metrics::Exposition& out) {
    write_histogram({}, bucket_labels(), reading.control_lag, out);
}
inline void write_turns(const MetricsReading& reading, metrics::Exposition& out) {
    const BucketLabels bounds = bucket_labels();
    for (const WorkerView& worker : reading.workers) {
        write_histogram(one_label("worker", std::to_string(worker.index)), bounds, worker.turns,
                        out);
    }
}
inline void write_pool_latencies(const MetricsReading& reading, metrics::Exposition& out) {
    const BucketLabels bounds = bucket_labels();
    for (const PoolReading& pool : reading.pools) {
        if (pool.histograms != routing::Histograms::none) {
            write_histogram(pool.labels, bounds, pool.totals.latency, out);
        }
    }
}
inline void write_node_latencies(const MetricsReading& reading, metrics::Exposition& out) {
    const BucketLabels bounds = bucket_labels();
    for (const PoolReading& pool : reading.pools) {
        if (pool.histograms != routing::Histograms::nodes) {
            continue;
        }
        for (const NodeReading& node : pool.nodes) {
            write_histogram(node.labels, bounds, node.totals.latency, out);
        }
    }
}

inline std::int64_t source_decides(const discovery::SourceView& source) {
    return source.is_authority ? 1 : 0;
}
inline std::int64_t source_answers(const discovery::SourceView& source) {
    return number(source.answers);
}
inline std::int64_t source_failures(const discovery::SourceView& source) {
    return number(source.failures);
}
inline std::int64_t source_nodes(const discovery::SourceView& source) {
    return number(source.nodes);
}
inline double source_last_answer(const discovery::SourceView& source) {
    return source.last_answer ? seconds_of(*source.last_answer) : 0.0;
}

inline void write_source_states(const MetricsReading& reading, metrics::Exposition& out) {
    for (const PoolReading& pool : reading.pools) {
        for (const SourceReading& source : pool.sources) {
            for (const std::string_view state : kSourceStates) {
                out.sample(source.labels, one_label("state", state),
                           std::int64_t{source.view.state == state ? 1 : 0});
            }
        }
    }
}

inline void write_node_states(const MetricsReading& reading, metrics::Exposition& out) {
    for (const routing::NodeState state : kNodeStates) {
        const std::string label = one_label("state", to_string(state));
        for (const PoolReading& pool : reading.pools) {
            for (const NodeReading& node : pool.nodes) {
                out.sample(node.labels, label, std::int64_t{node.state == state ? 1 : 0});
            }
        }
    }
}
inline void write_ejection_ends(const MetricsReading& reading, metrics::Exposition& out) {
    for (const PoolReading& pool : reading.pools) {
        for (const NodeReading& node : pool.nodes) {
            if (node.ejection_ends) {
                out.sample(node.labels, seconds_of(*node.ejection_ends));
            }
        }
    }
}
inline void write_node_shares(const MetricsReading& reading, metrics::Exposition& out) {
    for (const PoolReading& pool : reading.pools) {
        for (const NodeReading& node : pool.nodes) {
            out.sample(node.labels, node.share);
        }
    }
}

}  // namespace ringside::admin::metric_values
