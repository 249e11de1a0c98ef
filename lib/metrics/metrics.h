// Counters: one writer each, read by anybody at any time, without locks on the data path.
//
// Each worker has its own cells and is their only writer (a relaxed load and store, no locked
// instruction). The admin thread sums the cells of all workers when it is asked. What is kept by
// the control thread goes on counting in the same cells when it leaves and comes back; what it
// forgets is freed when the last writer has let go of it.
#pragma once

#include "metrics/histogram.h"
#include "metrics/request_counts.h"

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
#include <vector>

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

struct PoolCells : Cells<PoolMetric> {
    RequestCounts endings;
    Histogram latency;  // of requests, from understood to answered

    // All values of a pool.
    struct Totals {
        Values counters{};
        RequestCounts::Values endings{};
        Histogram::Values latency{};
    };
};
struct NodeCells : Cells<NodeMetric> {
    Histogram latency;  // of its answers, from written

    struct Totals {
        Values counters{};
        Histogram::Values latency{};
    };
};

// Of one pool: what all counters of a group amount to.
std::int64_t sum_of_group(const PoolCells::Values& values, Group group) noexcept;

// All cells of the process. Thread-safe; the lock is taken when cells are looked up or let go (a
// worker does so when it adopts a snapshot, and when the last link to a node that is gone closes)
// and when they are summed, never per request.
//
// An owner of cells is a pool or a node. Their ids are never used twice, but a worker may come to
// use one when the control thread has forgotten it already: its snapshot was an old one. So cells
// last while either has a reason: a writer that uses them, or the control thread that keeps the
// owner. Nobody can hold cells that are freed, and none stay for somebody who is late.
class Registry {
  public:
    using PoolId = std::uint32_t;
    using NodeId = std::uint32_t;
    using Writer = std::uint32_t;

    // The control thread counts too (ejections); it is a writer of its own.
    static constexpr Writer kControl = UINT32_MAX;

    // The cells of one writer, made at first use. The reference lasts until this writer lets go;
    // that of kControl until forget().
    PoolCells& pool(Writer writer, PoolId pool);
    NodeCells& node(Writer writer, PoolId pool, NodeId node);

    // The writer does not use its cells any more. What they have counted stays if they are kept.
    void let_go(Writer writer, PoolId pool);
    void let_go(Writer writer, PoolId pool, NodeId node);

    // Control thread, before anybody else can know the id: what is counted stays until forget(),
    // whoever uses it.
    void keep(PoolId pool);
    void keep(PoolId pool, NodeId node);

    // Control thread: it is in no sum from now on. A pool's nodes are forgotten with it.
    void forget(PoolId pool);
    void forget(PoolId pool, NodeId node);

    // Sums over all writers; TIME metrics take the latest. Zero if nobody ever counted.
    PoolCells::Values sum_pool(PoolId pool) const;
    NodeCells::Values sum_node(PoolId pool, NodeId node) const;

    // The same, and what is no counter.
    PoolCells::Totals total_of_pool(PoolId pool) const;
    NodeCells::Totals total_of_node(PoolId pool, NodeId node) const;

    // Cells that exist, of all writers. For tests: nothing grows.
    std::size_t size() const;

    // Connections of clients and to nodes, and what listens for pools, since the start and now:
    // twemproxy's total_connections and curr_connections. Any thread.
    void connection_opened() noexcept;
    void connection_closed() noexcept;
    std::uint64_t total_connections() const noexcept;
    std::uint64_t current_connections() const noexcept;

  private:
    template <typename CellsOfWriter>
    struct Taken {
        Writer writer;
        bool in_use;
        std::unique_ptr<CellsOfWriter> cells;
    };
    template <typename CellsOfWriter>
    struct Owner {
        bool is_kept = false;
        bool is_forgotten = false;
        std::vector<Taken<CellsOfWriter>> taken;  // as many as there are threads
    };
    using Pools = std::map<PoolId, Owner<PoolCells>>;
    using Nodes = std::map<std::pair<PoolId, NodeId>, Owner<NodeCells>>;

    // As members: they know Owner.
    template <typename CellsOfWriter>
    static CellsOfWriter& take(Owner<CellsOfWriter>& owner, Writer writer);
    template <typename Owners>
    static void let_go(Owners& owners, typename Owners::iterator found, Writer writer);
    // The owner behind it.
    template <typename Owners>
    static typename Owners::iterator forget(Owners& owners, typename Owners::iterator found);
    template <typename Metric, typename Owners>
    static typename Cells<Metric>::Values sum(const Owners& owners,
                                              const typename Owners::key_type& id,
                                              std::span<const Description> descriptions);

    mutable std::mutex mutex_;
    Pools pools_;
    Nodes nodes_;
    std::atomic<std::uint64_t> total_connections_{0};
    std::atomic<std::uint64_t> current_connections_{0};
};

}  // namespace ringside::metrics
