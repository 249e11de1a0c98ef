// Metrics as text: Prometheus' format 0.0.4 and OpenMetrics 1.0.0. Only the form; what there is to
// be told, others know.
//
// https://github.com/prometheus/docs/blob/main/content/docs/instrumenting/exposition_formats.md
// https://github.com/OpenObservability/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ringside::metrics {

enum class Format : std::uint8_t { prometheus, open_metrics };

enum class FamilyType : std::uint8_t {
    counter,  // samples end in _total
    gauge,
    histogram,
    info,  // labels tell; the value is 1, and samples end in _info
};

std::string_view to_string(FamilyType type) noexcept;

// What stands at the head of a family of metrics. Views last for the family.
struct FamilyHead {
    std::string_view name;  // without the _total or _info that its samples have
    FamilyType type;
    std::string_view unit;  // the end of the name: "seconds"; empty: none
    std::string_view help;
};

// The name of its samples; of a histogram's without _bucket, _sum and _count.
std::string sample_name(const FamilyHead& head);

// `,name="value"`, without the comma at the beginning of `to`. The value may have any bytes: what
// is no UTF-8, and control characters, are written as \xNN, so that others stay others.
void append_label(std::string& to, std::string_view name, std::string_view value);

// Appends to `out`, which outlives it. Labels are given as append_label() makes them.
class Exposition {
  public:
    Exposition(Format format, std::string& out) : format_(format), out_(out) {}

    // The samples that follow are of this family. Without any nothing is written.
    void begin(const FamilyHead& head);

    void sample(std::string_view labels, std::int64_t value);
    void sample(std::string_view labels, double value);
    // `more` are further labels; either may be empty.
    void sample(std::string_view labels, std::string_view more, std::int64_t value);
    // Of a histogram: "_bucket", "_sum", "_count".
    void part(std::string_view suffix, std::string_view labels, std::string_view more,
              std::int64_t value);
    void part(std::string_view suffix, std::string_view labels, std::string_view more,
              double value);

    // Nothing may follow.
    void end();

  private:
    void begin_line(std::string_view suffix, std::string_view labels, std::string_view more);
    void write_head();
    void append_help(std::string_view help);
    void end_line(std::int64_t value);
    void end_line(double value);

    const Format format_;
    std::string& out_;
    FamilyHead head_{};
    std::string name_;  // of its samples
    bool has_head_ = false;
};

}  // namespace ringside::metrics
