// How long a worker does nothing else when its ring is another one: the longest pause that a change
// of nodes brings to its clients.
#include "sim/fake_transport.h"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace ringside::sim {
namespace {

std::vector<routing::PoolNode> make_nodes(std::size_t count, bool is_replaced) {
    std::vector<routing::PoolNode> nodes;
    for (std::uint32_t i = 0; i < count; ++i) {
        const bool is_other = is_replaced && i == count / 2;
        const std::string host =
            fmt::format("10.{}.{}.{}", is_other ? 1 : 0, i / 250 + 1, i % 250 + 1);
        nodes.push_back({.node = {.id = is_other ? static_cast<std::uint32_t>(count) : i,
                                  .name = host + ":11211",
                                  .address = {host, 11211}}});
    }
    return nodes;
}

// One node of many is replaced. The worker has no links: those that are there are not touched, but
// for the ones to the node that leaves.
void adopt_a_replaced_node(benchmark::State& state) {
    WorkerBench bench;
    const auto count = static_cast<std::size_t>(state.range(0));
    bool is_replaced = false;
    std::uint64_t version = 0;
    const auto snapshot_of = [&version](routing::PoolPtr pool) {
        auto snapshot = std::make_shared<routing::Snapshot>();
        snapshot->version = ++version;
        snapshot->pools.push_back(std::move(pool));
        return snapshot;
    };
    const auto pool_of = [count](bool replaced) {
        return routing::build_pool(WorkerBench::kPool, "cache", {}, make_nodes(count, replaced));
    };
    bench.turn([&] { bench.worker.adopt(snapshot_of(pool_of(false))); });
    for ([[maybe_unused]] const auto& _ : state) {
        is_replaced = !is_replaced;
        routing::SnapshotPtr next = snapshot_of(pool_of(is_replaced));
        const auto begin = std::chrono::steady_clock::now();
        bench.turn([&] { bench.worker.adopt(std::move(next)); });  // which frees the one before
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
        state.SetIterationTime(took.count());
    }
}
BENCHMARK(adopt_a_replaced_node)
    ->Arg(10)
    ->Arg(100)
    ->Arg(1000)
    ->UseManualTime()
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace ringside::sim
