#include "metrics/metrics.h"

#include <algorithm>

namespace ringside::metrics {
namespace {

constexpr Kind COUNTER = Kind::counter;
constexpr Kind GAUGE = Kind::gauge;
constexpr Kind TIME = Kind::time;

constexpr Group TWEMPROXY = Group::twemproxy;
constexpr Group REJECTED = Group::rejected;
constexpr Group OWN = Group::own;

constexpr Description kPoolMetrics[] = {
#define RINGSIDE_POOL_METRIC(name, kind, group, help) {#name, kind, group, help},
#include "metrics/counters.def"
};

constexpr Description kNodeMetrics[] = {
#define RINGSIDE_NODE_METRIC(name, kind, group, help) {#name, kind, group, help},
#include "metrics/counters.def"
};

// nc_stats.h, STATS_POOL_CODEC and STATS_SERVER_CODEC: consumers of the statistics go by these
// names and by their order.
constexpr std::string_view kTwemproxyPool[] = {"client_eof",         "client_err",
                                               "client_connections", "server_ejects",
                                               "forward_error",      "fragments"};
constexpr std::string_view kTwemproxyNode[] = {
    "server_eof",     "server_err",    "server_timedout", "server_connections", "server_ejected_at",
    "requests",       "request_bytes", "responses",       "response_bytes",     "in_queue",
    "in_queue_bytes", "out_queue",     "out_queue_bytes"};

constexpr bool are_twemproxys(std::span<const Description> rows,
                              std::span<const std::string_view> names) {
    for (const Description& row : rows) {
        if (row.group != Group::twemproxy) {
            continue;
        }
        if (names.empty() || names.front() != row.name) {
            return false;
        }
        names = names.subspan(1);
    }
    return names.empty();
}
static_assert(are_twemproxys(kPoolMetrics, kTwemproxyPool));
static_assert(are_twemproxys(kNodeMetrics, kTwemproxyNode));

// The name of a refusal says so, and nothing else is called like one.
constexpr bool are_named_by_group(std::span<const Description> rows) {
    for (const Description& row : rows) {
        if (row.name.starts_with("rejected_") != (row.group == Group::rejected)) {
            return false;
        }
    }
    return true;
}
static_assert(are_named_by_group(kPoolMetrics) && are_named_by_group(kNodeMetrics));

template <typename Values, typename CellsOfAllWriters, typename First, typename Metric>
Values sum(const CellsOfAllWriters& cells, const First& first,
           std::span<const Description> descriptions, Metric) {
    Values total{};
    // The map is ordered by (owner, writer): one owner's cells lie side by side.
    for (auto it = cells.lower_bound({first, 0}); it != cells.end() && it->first.first == first;
         ++it) {
        for (std::size_t i = 0; i < total.size(); ++i) {
            const std::int64_t value = it->second->get(static_cast<Metric>(i));
            total[i] =
                descriptions[i].kind == Kind::time ? std::max(total[i], value) : total[i] + value;
        }
    }
    return total;
}

template <typename Map, typename Key>
auto& find_or_make(Map& map, const Key& key) {
    auto& cells = map[key];
    if (!cells) {
        cells = std::make_unique<typename Map::mapped_type::element_type>();
    }
    return *cells;
}

}  // namespace

std::span<const Description> pool_metrics() noexcept {
    return kPoolMetrics;
}
std::span<const Description> node_metrics() noexcept {
    return kNodeMetrics;
}

std::int64_t sum_of_group(const PoolCells::Values& values, Group group) noexcept {
    std::int64_t total = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        total += kPoolMetrics[i].group == group ? values[i] : 0;
    }
    return total;
}

PoolCells& Registry::pool(Writer writer, PoolId pool) {
    const std::lock_guard lock(mutex_);
    return find_or_make(pools_, std::pair{pool, writer});
}

NodeCells& Registry::node(Writer writer, PoolId pool, NodeId node) {
    const std::lock_guard lock(mutex_);
    return find_or_make(nodes_, std::pair{std::pair{pool, node}, writer});
}

PoolCells::Values Registry::sum_pool(PoolId pool) const {
    const std::lock_guard lock(mutex_);
    return sum<PoolCells::Values>(pools_, pool, pool_metrics(), PoolMetric{});
}

NodeCells::Values Registry::sum_node(PoolId pool, NodeId node) const {
    const std::lock_guard lock(mutex_);
    return sum<NodeCells::Values>(nodes_, std::pair{pool, node}, node_metrics(), NodeMetric{});
}

void Registry::connection_opened() noexcept {
    total_connections_.fetch_add(1, std::memory_order_relaxed);
    current_connections_.fetch_add(1, std::memory_order_relaxed);
}

void Registry::connection_closed() noexcept {
    current_connections_.fetch_sub(1, std::memory_order_relaxed);
}

std::uint64_t Registry::total_connections() const noexcept {
    return total_connections_.load(std::memory_order_relaxed);
}

std::uint64_t Registry::current_connections() const noexcept {
    return current_connections_.load(std::memory_order_relaxed);
}

}  // namespace ringside::metrics
