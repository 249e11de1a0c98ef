#include "metrics/describe.h"

#include "metrics/metrics.h"

#include <fmt/format.h>

#include <iterator>
#include <span>
#include <string_view>

namespace ringside::metrics {
namespace {

// The rows that are twemproxy's own, or all others.
void append_section(std::string& text, std::string_view title, std::span<const Description> rows,
                    bool twemproxys) {
    text += text.empty() ? "" : "\n";
    fmt::format_to(std::back_inserter(text), "{}:\n", title);
    for (const Description& row : rows) {
        if ((row.group == Group::twemproxy) != twemproxys) {
            continue;
        }
        // nc_stats.c pads the names to 20 columns. A longer one keeps a blank behind it.
        fmt::format_to(std::back_inserter(text), "  {:<19} \"{}\"\n", row.name, row.help);
    }
}

}  // namespace

std::string describe_stats() {
    std::string text;
    append_section(text, "pool stats", pool_metrics(), true);
    append_section(text, "server stats", node_metrics(), true);
    append_section(text, "more pool stats", pool_metrics(), false);
    append_section(text, "more server stats", node_metrics(), false);
    return text;
}

}  // namespace ringside::metrics
