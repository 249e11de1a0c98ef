// Counters: one writer each, read by anybody at any time, without locks on the data path.
//
// Each worker has its own cells and is their only writer (a relaxed load and store, no locked
// instruction). The admin thread sums the cells of all workers when it is asked. Cells live as long
// as the Registry: a node that leaves and comes back goes on counting in the same cells.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <utility>

namespace ringside::metrics {

enum class Kind : std::uint8_t { counter, gauge, time };

// What belongs together, whichever rows there are.
enum class Group : std::uint8_t {
    twemproxy,  // twemproxy's own: GET /stats
    rejected,   // requests that the proxy refused
    own,        // the rest
};

enum class PoolMetric : std::uint8_t {
#define RINGSIDE_POOL_METRIC(name, kind, group, help) name,
#include "metrics/counters.def"
    count_,
};

enum class NodeMetric : std::uint8_t {
#define RINGSIDE_NODE_METRIC(name, kind, group, help) name,
#include "metrics/counters.def"
    count_,
};

// One row of counters.def.
struct Description {
    std::string_view name;
    Kind kind;
    Group group;
    std::string_view help;
};

std::span<const Description> pool_metrics() noexcept;  // by PoolMetric
std::span<const Description> node_metrics() noexcept;  // by NodeMetric

// The cells of one owner. Written by one thread.
template <typename Metric>
class Cells {
  public:
    static constexpr std::size_t kCount = static_cast<std::size_t>(Metric::count_);
    using Values = std::array<std::int64_t, kCount>;

    void add(Metric metric, std::int64_t amount = 1) noexcept {
        auto& cell = cells_[static_cast<std::size_t>(metric)];
        cell.store(cell.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
    }
    void set(Metric metric, std::int64_t value) noexcept {
        cells_[static_cast<std::size_t>(metric)].store(value, std::memory_order_relaxed);
    }
    std::int64_t get(Metric metric) const noexcept {
        return cells_[static_cast<std::size_t>(metric)].load(std::memory_order_relaxed);
    }

  private:
    std::array<std::atomic<std::int64_t>, kCount> cells_{};
};

using PoolCells = Cells<PoolMetric>;
using NodeCells = Cells<NodeMetric>;

// Of one pool: what all counters of a group amount to.
std::int64_t sum_of_group(const PoolCells::Values& values, Group group) noexcept;

// All cells of the process. Thread-safe; the lock is taken when cells are looked up (a worker does
// so when it adopts a snapshot) and when they are summed, never per request.
class Registry {
  public:
    using PoolId = std::uint32_t;
    using NodeId = std::uint32_t;
    using Writer = std::uint32_t;

    // The control thread counts too (ejections); it is a writer of its own.
    static constexpr Writer kControl = UINT32_MAX;

    // The cells of one writer, made at first use. The reference lasts as long as the Registry.
    PoolCells& pool(Writer writer, PoolId pool);
    NodeCells& node(Writer writer, PoolId pool, NodeId node);

    // Sums over all writers; TIME metrics take the latest. Zero if nobody ever counted.
    PoolCells::Values sum_pool(PoolId pool) const;
    NodeCells::Values sum_node(PoolId pool, NodeId node) const;

    // Connections of clients and to nodes, and what listens for pools, since the start and now:
    // twemproxy's total_connections and curr_connections. Any thread.
    void connection_opened() noexcept;
    void connection_closed() noexcept;
    std::uint64_t total_connections() const noexcept;
    std::uint64_t current_connections() const noexcept;

  private:
    mutable std::mutex mutex_;
    std::map<std::pair<PoolId, Writer>, std::unique_ptr<PoolCells>> pools_;
    std::map<std::pair<std::pair<PoolId, NodeId>, Writer>, std::unique_ptr<NodeCells>> nodes_;
    std::atomic<std::uint64_t> total_connections_{0};
    std::atomic<std::uint64_t> current_connections_{0};
};

}  // namespace ringside::metrics
