// The metrics as one table: what /metrics answers, what docs/METRICS.md says, and what the tests go
// through. Each counter of counters.def stands in it once; metric_families.cpp holds it to that.
#pragma once

#include "admin/metrics_reading.h"
#include "metrics/exposition.h"
#include "metrics/metrics.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace ringside::admin {

// Whom a family tells of, and by which labels.
enum class Subject : std::uint8_t {
    process,   // none
    worker,    // worker
    listener,  // listener
    pool,      // pool
    node,      // pool, node
    source,    // pool, source
};

// A counter of counters.def, and which value its family's own label has for it.
template <typename Metric>
struct CounterSeries {
    Metric metric;
    std::string_view label_value = {};
};
using PoolSeries = CounterSeries<metrics::PoolMetric>;
using NodeSeries = CounterSeries<metrics::NodeMetric>;

// Where the values come from: one of these.
struct Origin {
    std::span<const PoolSeries> pool_counters = {};
    std::span<const NodeSeries> node_counters = {};
    void (*write)(const MetricsReading& reading, metrics::Exposition& out) = nullptr;
};

struct MetricFamily {
    metrics::FamilyHead head;
    Subject subject;
    std::string_view label;  // one more; empty: none
    // What it may be, for the documents; empty: as the counters say, or what `help` says.
    std::span<const std::string_view> label_values;
    Origin origin;
};

std::span<const MetricFamily> metric_families() noexcept;

}  // namespace ringside::admin
