#include "admin/metrics_text.h"

#include "admin/metric_families.h"
#include "http/accept.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace ringside::admin {
namespace {

using metrics::Exposition;
using metrics::Format;

constexpr http::MediaType kPrometheus{"text", "plain", "0.0.4"};
constexpr http::MediaType kOpenMetrics{"application", "openmetrics-text", "1.0.0"};

// Families are written until a piece has so much. With 1,000 nodes one of them alone may have more.
constexpr std::size_t kPieceBytes = std::size_t{32} << 10;

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

class Pieces {
  public:
    Pieces(std::shared_ptr<const MetricsReading> reading, Format format)
        : reading_(std::move(reading)), format_(format) {}

    std::string next() {
        std::string text;
        Exposition out(format_, text);
        while (!families_.empty() && text.size() < kPieceBytes) {
            write_family(families_.front(), *reading_, out);
            families_ = families_.subspan(1);
            if (families_.empty()) {
                out.end();
            }
        }
        return text;
    }

  private:
    const std::shared_ptr<const MetricsReading> reading_;
    const Format format_;
    std::span<const MetricFamily> families_ = metric_families();
};

}  // namespace

std::string metrics_text(const MetricsReading& reading, Format format) {
    std::string text;
    Exposition out(format, text);
    for (const MetricFamily& family : metric_families()) {
        write_family(family, reading, out);
    }
    out.end();
    return text;
}

http::NextPiece metrics_pieces(std::shared_ptr<const MetricsReading> reading, Format format) {
    const auto pieces = std::make_shared<Pieces>(std::move(reading), format);
    return [pieces] { return pieces->next(); };
}

Format format_for(std::string_view accept) noexcept {
    const http::Preference newer = http::preference_of(accept, kOpenMetrics);
    return newer.quality > 0 && newer > http::preference_of(accept, kPrometheus)
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
