#include "admin/stats.h"

#include "base/json_text.h"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <span>
#include <string_view>
#include <utility>

namespace ringside::admin {
namespace {

constexpr auto kProcessFields =
    std::to_array<std::string_view>({"service", "source", "version", "uptime", "timestamp",
                                     "total_connections", "curr_connections"});

// A node's object in a typical configuration, to take memory once.
constexpr std::size_t kTypicalNodeBytes = 384;

std::string machine_name() {
    // POSIX, gethostname(): names have at most 255 bytes; a cut one may lack its end.
    std::array<char, 257> name{};
    if (gethostname(name.data(), name.size() - 1) != 0) {
        return "unknown";
    }
    return name.data();
}

StatsPool read_pool(const metrics::Registry& registry, const routing::Pool& pool) {
    StatsPool stats{pool.name, registry.sum_pool(pool.id), {}};
    stats.nodes.reserve(pool.nodes.size());
    for (const routing::PoolNode& node : pool.nodes) {
        stats.nodes.push_back({node.node.name, registry.sum_node(pool.id, node.node.id)});
    }
    return stats;
}

bool is_twemproxys(const metrics::Description& row) noexcept {
    return row.group == metrics::Group::twemproxy;
}

bool is_pool_field(std::string_view name) {
    const auto rows = metrics::pool_metrics();
    return std::any_of(rows.begin(), rows.end(), [name](const metrics::Description& row) {
        return is_twemproxys(row) && row.name == name;
    });
}

// `"name": {"first":1, "second":2`, without the brace that ends it: twemproxy's rows. `values` has
// one for each row.
template <typename Values>
void append_object(std::string& text, std::string_view name,
                   std::span<const metrics::Description> rows, const Values& values) {
    fmt::format_to(std::back_inserter(text), "\"{}\": {{", base::json_text(name));
    std::string_view separator;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (is_twemproxys(rows[i])) {
            fmt::format_to(std::back_inserter(text), "{}\"{}\":{}", separator, rows[i].name,
                           values[i]);
            separator = ", ";
        }
    }
}

void append_pool(std::string& text, const StatsPool& pool) {
    append_object(text, pool.name, metrics::pool_metrics(), pool.values);
    std::string_view separator = ", ";
    for (const StatsNode& node : pool.nodes) {
        if (is_pool_field(node.name)) {
            continue;
        }
        text += separator;
        append_object(text, node.name, metrics::node_metrics(), node.values);
        text += '}';
        separator = ",";
    }
    text += '}';
}

}  // namespace

StatsDocument read_stats(const AdminContext& context, std::chrono::system_clock::time_point now) {
    const metrics::Registry& registry = context.registry;
    StatsDocument document;
    document.source = machine_name();
    document.version = context.version;
    document.now = now;
    document.uptime = std::chrono::duration_cast<std::chrono::seconds>(now - context.started);
    document.total_connections = registry.total_connections();
    document.current_connections = registry.current_connections();
    const routing::SnapshotPtr snapshot = context.controller.snapshot();
    for (const routing::PoolPtr& pool : snapshot->pools) {
        document.pools.push_back(read_pool(registry, *pool));
    }
    return document;
}

std::string stats_text(const StatsDocument& document) {
    const auto timestamp =
        std::chrono::duration_cast<std::chrono::seconds>(document.now.time_since_epoch());
    // The name of the service is what checks made for twemproxy may look for.
    std::string text = fmt::format(
        "{{\"service\":\"nutcracker\", \"source\":\"{}\", \"version\":\"{}\", \"uptime\":{}, "
        "\"timestamp\":{}, \"total_connections\":{}, \"curr_connections\":{}",
        base::json_text(document.source), base::json_text(document.version),
        document.uptime.count(), timestamp.count(), document.total_connections,
        document.current_connections);
    std::size_t nodes = 0;
    for (const StatsPool& pool : document.pools) {
        nodes += pool.nodes.size();
    }
    text.reserve(text.size() + (nodes + document.pools.size()) * kTypicalNodeBytes);
    std::string_view separator = ", ";
    for (const StatsPool& pool : document.pools) {
        if (std::find(kProcessFields.begin(), kProcessFields.end(), pool.name) !=
            kProcessFields.end()) {
            continue;
        }
        text += separator;
        append_pool(text, pool);
        separator = ",";
    }
    return text + "}\n";
}

}  // namespace ringside::admin
