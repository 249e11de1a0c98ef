#include "admin/metrics_documentation.h"

#include "admin/metric_families.h"

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <iterator>
#include <string_view>

namespace ringside::admin {
namespace {

constexpr std::string_view kIntroduction = R"(# Metrics

<!-- Generated from lib/admin/metric_families.cpp by `ringside --print-docs metrics`;
     a test compares. -->

`GET /metrics` answers on each HTTP listener: `ringside.probes` (for a scraper outside of the pod),
`ringside.stats` and `ringside.admin`. Who reads it needs no more than

```yaml
scrape_configs:
  - job_name: ringside
    static_configs: [{targets: ["10.0.0.7:22220"]}]   # ringside.probes
```

- The form is Prometheus' text 0.0.4, or OpenMetrics 1.0.0 if the `Accept` field prefers that, as
  Prometheus does by itself. Both have the same series.
- Values are as of the scrape. Counters begin at 0 when the process starts, and those of a node when
  it joins; a node that leaves and comes back within an hour goes on counting.
- There are series for the pools of the configuration, their sources, and the nodes of the present
  list, ejected ones included. When one leaves its series end. Nothing has a label for keys,
  clients or commands.
- With N nodes there are about 30 N series.
- A name on the ring may have any bytes: in a label, what is no UTF-8 and control characters are
  written as `\xNN`.
- The last column has the names that `/pools/{pool}`, `/stats` and `ringside --describe-stats` use.
)";

struct Section {
    Subject subject;
    std::string_view title;
    std::string_view labels;
};

constexpr auto kSections = std::to_array<Section>({
    {Subject::process, "The process", ""},
    {Subject::worker, "Worker threads", "`worker`"},
    {Subject::listener, "Listeners that speak HTTP", "`listener`"},
    {Subject::pool, "Pools", "`pool`"},
    {Subject::source, "Where nodes come from", "`pool`, `source`"},
    {Subject::node, "Nodes", "`pool`, `node`"},
});

// `"a, b"` from several.
class List {
  public:
    void add(std::string_view value, std::string_view mark = {}) {
        text_ += text_.empty() ? "" : ", ";
        fmt::format_to(std::back_inserter(text_), "{}{}{}", mark, value, mark);
    }
    const std::string& text() const { return text_; }

  private:
    std::string text_;
};

template <typename Visit>
void for_each_series(const MetricFamily& family, Visit visit) {
    for (const PoolSeries& series : family.origin.pool_counters) {
        visit(series.label_value, metrics::pool_metrics()[static_cast<std::size_t>(series.metric)]);
    }
    for (const NodeSeries& series : family.origin.node_counters) {
        visit(series.label_value, metrics::node_metrics()[static_cast<std::size_t>(series.metric)]);
    }
}

std::string label_text(const MetricFamily& family) {
    if (family.label.empty()) {
        return {};
    }
    List values;
    for (const std::string_view value : family.label_values) {
        values.add(value);
    }
    for_each_series(family, [&values](std::string_view value, const metrics::Description&) {
        values.add(value);
    });
    return fmt::format("`{}`{}{}", family.label, values.text().empty() ? "" : ": ", values.text());
}

std::string counter_text(const MetricFamily& family) {
    List names;
    for_each_series(family, [&names](std::string_view, const metrics::Description& row) {
        names.add(row.name, "`");
    });
    return names.text();
}

}  // namespace

std::string metrics_markdown() {
    std::string text(kIntroduction);
    const auto out = std::back_inserter(text);
    for (const Section& section : kSections) {
        fmt::format_to(out, "\n## {}\n\n", section.title);
        if (!section.labels.empty()) {
            fmt::format_to(out, "Labels: {}, and what the third column names.\n\n", section.labels);
        }
        text += "| metric | type | label | what it tells | counter |\n|---|---|---|---|---|\n";
        for (const MetricFamily& family : metric_families()) {
            if (family.subject == section.subject) {
                fmt::format_to(out, "| `{}` | {} | {} | {} | {} |\n",
                               metrics::sample_name(family.head), to_string(family.head.type),
                               label_text(family), family.head.help, counter_text(family));
            }
        }
    }
    return text;
}

}  // namespace ringside::admin
