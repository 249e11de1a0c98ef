// What routing a key costs: hashing it, finding its owner, and building the ring after a change.
#include "routing/hash.h"
#include "routing/ring.h"

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace ringside::routing {
namespace {

std::vector<Node> make_nodes(std::int64_t count) {
    std::vector<Node> nodes;
    for (std::int64_t i = 0; i < count; ++i) {
        Node node;
        node.name = "sessions.pc4ldq." + std::to_string(10'000 + i) + ".use1.cache.amazonaws.com";
        nodes.push_back(std::move(node));
    }
    return nodes;
}

void build_ketama(benchmark::State& state) {
    const std::vector<Node> nodes = make_nodes(state.range(0));
    for ([[maybe_unused]] const auto& _ : state) {
        benchmark::DoNotOptimize(Ring::build(nodes, Distribution::ketama));
    }
}
BENCHMARK(build_ketama)->Arg(3)->Arg(10)->Arg(100)->Arg(1000)->Unit(benchmark::kMicrosecond);

// One of the nodes is replaced by another, again and again: made from nothing, or out of the ring
// before. `times_faster` is how often the second goes into the first.
void replace_a_node(benchmark::State& state) {
    const auto members_of = [](const std::vector<Node>& nodes) {
        std::vector<RingMember> members;
        for (std::uint32_t index = 0; index < nodes.size(); ++index) {
            members.push_back({nodes[index].name, nodes[index].weight, index});
        }
        return members;
    };
    const std::vector<Node> nodes = make_nodes(state.range(0));
    std::vector<Node> others = make_nodes(state.range(0) + 1);
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(others.size() / 2));
    const Ring ring = Ring::build(nodes, Distribution::ketama);
    const Ring other = Ring::build(others, Distribution::ketama);
    const auto begin = std::chrono::steady_clock::now();
    constexpr int kFromNothing = 20;
    for (int i = 0; i < kFromNothing; ++i) {
        benchmark::DoNotOptimize(Ring::build(others, Distribution::ketama));
    }
    const std::chrono::duration<double> from_nothing = std::chrono::steady_clock::now() - begin;
    const auto before_loop = std::chrono::steady_clock::now();
    bool is_other = false;
    for ([[maybe_unused]] const auto& _ : state) {
        benchmark::DoNotOptimize(Ring::build_like(is_other ? other : ring,
                                                  members_of(is_other ? others : nodes),
                                                  members_of(is_other ? nodes : others)));
        is_other = !is_other;
    }
    const std::chrono::duration<double> all = std::chrono::steady_clock::now() - before_loop;
    state.counters["times_faster"] = from_nothing.count() / kFromNothing /
                                     (all.count() / static_cast<double>(state.iterations()));
}
BENCHMARK(replace_a_node)->Arg(10)->Arg(100)->Arg(1000)->Unit(benchmark::kMicrosecond);

// Hashes in random order over the whole space, so that the caches see what traffic shows them.
void find_owner(benchmark::State& state, Distribution distribution) {
    const Ring ring = Ring::build(make_nodes(state.range(0)), distribution);
    std::mt19937 random(1);
    std::vector<std::uint32_t> hashes(1U << 16);
    for (std::uint32_t& hash : hashes) {
        hash = static_cast<std::uint32_t>(random());
    }
    std::size_t next = 0;
    for ([[maybe_unused]] const auto& _ : state) {
        benchmark::DoNotOptimize(ring.find(hashes[next++ % hashes.size()]));
    }
}
BENCHMARK_CAPTURE(find_owner, ketama, Distribution::ketama)->Arg(3)->Arg(10)->Arg(100)->Arg(1000);
BENCHMARK_CAPTURE(find_owner, modula, Distribution::modula)->Arg(3)->Arg(10)->Arg(100)->Arg(1000);

void hash_key_of_20_bytes(benchmark::State& state) {
    const auto kind = static_cast<HashKind>(state.range(0));
    std::string key = "session:0123456789ab";
    for ([[maybe_unused]] const auto& _ : state) {
        benchmark::DoNotOptimize(key.data());
        benchmark::ClobberMemory();
        benchmark::DoNotOptimize(hash_key(kind, key));
    }
    state.SetLabel(std::string(to_string(kind)));
}
BENCHMARK(hash_key_of_20_bytes)->DenseRange(0, static_cast<int>(HashKind::jenkins));

}  // namespace
}  // namespace ringside::routing
