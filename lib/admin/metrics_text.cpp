#include "admin/metrics_text.h"

#include "admin/metric_families.h"
#include "http/accept.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace ringside::admin {
namespace {

using metrics::Exposition;
using metrics::Format;

constexpr http::MediaType kPrometheus{"text", "plain", "0.0.4"};
constexpr http::MediaType kOpenMetrics{"application", "openmetrics-text", "1.0.0"};

// A sample of a node in a typical configuration, to take memory once.
constexpr std::size_t kTypicalSampleBytes = 100;

std::string label_of(const MetricFamily& family, std::string_view value) {
    std::string label;
    if (!family.label.empty()) {
        metrics::append_label(label, family.label, value);
    }
    return label;
}

// TIME of counters.def is in microseconds.
void write_value(const MetricFamily& family, const std::string& labels, std::string_view more,
                 std::int64_t value, Exposition& out) {
    if (family.head.unit == "seconds") {
        constexpr double kMicroseconds = 1e6;
        out.sample(labels, static_cast<double>(value) / kMicroseconds);
        return;
    }
    out.sample(labels, more, value);
}

void write_family(const MetricFamily& family, const MetricsReading& reading, Exposition& out) {
    out.begin(family.head);
    if (family.origin.write != nullptr) {
        family.origin.write(reading, out);
        return;
    }
    for (const PoolSeries& series : family.origin.pool_counters) {
        const std::string more = label_of(family, series.label_value);
        for (const PoolReading& pool : reading.pools) {
            write_value(family, pool.labels, more,
                        pool.totals.counters[static_cast<std::size_t>(series.metric)], out);
        }
    }
    for (const NodeSeries& series : family.origin.node_counters) {
        const std::string more = label_of(family, series.label_value);
        for (const PoolReading& pool : reading.pools) {
            for (const NodeReading& node : pool.nodes) {
                write_value(family, node.labels, more,
                            node.totals.counters[static_cast<std::size_t>(series.metric)], out);
            }
        }
    }
}

}  // namespace

std::string metrics_text(const MetricsReading& reading, Format format) {
    const std::span<const MetricFamily> families = metric_families();
    std::size_t nodes = 0;
    for (const PoolReading& pool : reading.pools) {
        nodes += pool.nodes.size();
    }
    std::string text;
    text.reserve((nodes + reading.pools.size() + 1) * families.size() * kTypicalSampleBytes);
    Exposition out(format, text);
    for (const MetricFamily& family : families) {
        write_family(family, reading, out);
    }
    out.end();
    return text;
}

Format format_for(std::string_view accept) noexcept {
    return http::preference_of(accept, kOpenMetrics) > http::preference_of(accept, kPrometheus)
               ? Format::open_metrics
               : Format::prometheus;
}

std::string_view content_type_of(Format format) noexcept {
    switch (format) {
        case Format::prometheus:
            return "text/plain; version=0.0.4; charset=utf-8";
        case Format::open_metrics:
            return "application/openmetrics-text; version=1.0.0; charset=utf-8";
    }
    return {};
}

}  // namespace ringside::admin
