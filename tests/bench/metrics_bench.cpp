// What a scrape of a pool with many nodes costs the control thread.
#include "admin/metrics_reading.h"
#include "admin/metrics_text.h"
#include "unit/admin/test_process.h"

#include <benchmark/benchmark.h>

#include <string>
#include <utility>

namespace ringside::admin {
namespace {

void with_nodes(TestProcess& process, int nodes) {
    routing::Membership membership;
    for (int i = 0; i < nodes; ++i) {
        membership.members.push_back({"node-" + std::to_string(i), {"10.0.1.1", 11211}, 1});
    }
    routing::normalize(membership);
    process.controller.on_membership(process.beta_id(), std::move(membership), process.now);
    const auto& beta = *process.controller.snapshot()->find(process.beta_id());
    for (const routing::PoolNode& each : beta.nodes) {
        for (metrics::Registry::Writer writer = 0; writer < 2; ++writer) {
            process.registry.node(writer, beta.id, each.node.id)
                .add(metrics::NodeMetric::requests, 1'000'000);
        }
    }
}

void read_all(benchmark::State& state) {
    TestProcess process;
    with_nodes(process, static_cast<int>(state.range(0)));
    const AdminContext context = process.context();
    for (auto _ : state) {
        benchmark::DoNotOptimize(read_metrics(context, process.moment()));
    }
}
BENCHMARK(read_all)->Arg(10)->Arg(1000)->Unit(benchmark::kMicrosecond);

void write_all(benchmark::State& state) {
    TestProcess process;
    with_nodes(process, static_cast<int>(state.range(0)));
    const MetricsReading reading = read_metrics(process.context(), process.moment());
    for (auto _ : state) {
        const std::string text = metrics_text(reading, metrics::Format::open_metrics);
        state.counters["bytes"] = static_cast<double>(text.size());
    }
}
BENCHMARK(write_all)->Arg(10)->Arg(1000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace ringside::admin
