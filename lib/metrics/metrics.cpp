#include "metrics/metrics.h"

#include <algorithm>
#include <iterator>

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

// --- one owner ---

template <typename CellsOfWriter>
CellsOfWriter& Registry::take(Owner<CellsOfWriter>& owner, Writer writer) {
    for (Taken<CellsOfWriter>& taken : owner.taken) {
        if (taken.writer == writer) {
            taken.in_use = true;
            return *taken.cells;
        }
    }
    owner.taken.push_back({writer, true, std::make_unique<CellsOfWriter>()});
    return *owner.taken.back().cells;
}

template <typename Owners>
void Registry::let_go(Owners& owners, typename Owners::iterator found, Writer writer) {
    if (found == owners.end()) {
        return;
    }
    auto& owner = found->second;
    for (auto& taken : owner.taken) {
        taken.in_use = taken.in_use && taken.writer != writer;
    }
    if (owner.is_kept) {
        return;
    }
    std::erase_if(owner.taken, [](const auto& taken) { return !taken.in_use; });
    if (owner.taken.empty()) {
        owners.erase(found);
    }
}

template <typename Owners>
typename Owners::iterator Registry::forget(Owners& owners, typename Owners::iterator found) {
    auto& owner = found->second;
    owner.is_kept = false;
    owner.is_forgotten = true;
    std::erase_if(owner.taken,
                  [](const auto& taken) { return !taken.in_use || taken.writer == kControl; });
    return owner.taken.empty() ? owners.erase(found) : std::next(found);
}

template <typename Metric, typename Owners>
typename Cells<Metric>::Values Registry::sum(const Owners& owners,
                                             const typename Owners::key_type& id,
                                             std::span<const Description> descriptions) {
    typename Cells<Metric>::Values total{};
    const auto found = owners.find(id);
    if (found == owners.end() || found->second.is_forgotten) {
        return total;
    }
    for (const auto& taken : found->second.taken) {
        for (std::size_t i = 0; i < total.size(); ++i) {
            const std::int64_t value = taken.cells->get(static_cast<Metric>(i));
            total[i] =
                descriptions[i].kind == Kind::time ? std::max(total[i], value) : total[i] + value;
        }
    }
    return total;
}

// --- all of them ---

PoolCells& Registry::pool(Writer writer, PoolId pool) {
    const std::lock_guard lock(mutex_);
    return take(pools_[pool], writer);
}

NodeCells& Registry::node(Writer writer, PoolId pool, NodeId node) {
    const std::lock_guard lock(mutex_);
    return take(nodes_[{pool, node}], writer);
}

void Registry::let_go(Writer writer, PoolId pool) {
    const std::lock_guard lock(mutex_);
    let_go(pools_, pools_.find(pool), writer);
}

void Registry::let_go(Writer writer, PoolId pool, NodeId node) {
    const std::lock_guard lock(mutex_);
    let_go(nodes_, nodes_.find({pool, node}), writer);
}

void Registry::keep(PoolId pool) {
    const std::lock_guard lock(mutex_);
    pools_[pool].is_kept = true;
}

void Registry::keep(PoolId pool, NodeId node) {
    const std::lock_guard lock(mutex_);
    nodes_[{pool, node}].is_kept = true;
}

void Registry::forget(PoolId pool) {
    const std::lock_guard lock(mutex_);
    if (const auto found = pools_.find(pool); found != pools_.end()) {
        forget(pools_, found);
    }
    // The map is ordered by (pool, node): a pool's nodes lie side by side.
    for (auto it = nodes_.lower_bound({pool, 0}); it != nodes_.end() && it->first.first == pool;) {
        it = forget(nodes_, it);
    }
}

void Registry::forget(PoolId pool, NodeId node) {
    const std::lock_guard lock(mutex_);
    if (const auto found = nodes_.find({pool, node}); found != nodes_.end()) {
        forget(nodes_, found);
    }
}

PoolCells::Values Registry::sum_pool(PoolId pool) const {
    const std::lock_guard lock(mutex_);
    return sum<PoolMetric>(pools_, pool, pool_metrics());
}

NodeCells::Values Registry::sum_node(PoolId pool, NodeId node) const {
    const std::lock_guard lock(mutex_);
    return sum<NodeMetric>(nodes_, {pool, node}, node_metrics());
}

PoolCells::Totals Registry::total_of_pool(PoolId pool) const {
    const std::lock_guard lock(mutex_);
    PoolCells::Totals totals;
    totals.counters = sum<PoolMetric>(pools_, pool, pool_metrics());
    const auto found = pools_.find(pool);
    if (found == pools_.end() || found->second.is_forgotten) {
        return totals;
    }
    for (const auto& taken : found->second.taken) {
        const RequestCounts::Values endings = taken.cells->endings.get();
        for (std::size_t i = 0; i < endings.size(); ++i) {
            totals.endings[i] += endings[i];
        }
        totals.latency += taken.cells->latency.get();
    }
    return totals;
}

NodeCells::Totals Registry::total_of_node(PoolId pool, NodeId node) const {
    const std::lock_guard lock(mutex_);
    NodeCells::Totals totals;
    totals.counters = sum<NodeMetric>(nodes_, {pool, node}, node_metrics());
    const auto found = nodes_.find({pool, node});
    if (found == nodes_.end() || found->second.is_forgotten) {
        return totals;
    }
    for (const auto& taken : found->second.taken) {
        totals.latency += taken.cells->latency.get();
    }
    return totals;
}

std::size_t Registry::size() const {
    const std::lock_guard lock(mutex_);
    std::size_t cells = 0;
    for (const auto& [id, owner] : pools_) {
        cells += owner.taken.size();
    }
    for (const auto& [id, owner] : nodes_) {
        cells += owner.taken.size();
    }
    return cells;
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
