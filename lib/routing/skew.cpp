#include "routing/skew.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace ringside::routing {
namespace {

// Many keys show where a hash leaves out whole parts of the ring, few ones that it puts neighbours
// on the same node. Long random keys suit every hash and would show nothing.
constexpr auto kSamples = std::to_array<KeySample>({
    {"k", 10'000},
    {"user:", 10'000},
    {"a", 100},
    {"k", 100},
    {"user:", 100},
    {"session:", 100},
});

// What is compared with: spreads such keys evenly.
constexpr HashKind kGoodHash = HashKind::murmur;

// A node is overloaded if it gets this much of its fair share...
constexpr double kShareMin = 1.5;
// ...and is this much further above it than any node is with a good hash, since a ring of many
// nodes is uneven by itself...
constexpr double kExcessMin = 2.0;
// ...and cannot be so by chance: more than six deviations and six keys above the number expected,
// which the most loaded of thousands of nodes does not reach with keys that are thrown at random.
constexpr double kChance = 6.0;

// The node that is furthest above its fair share.
struct Load {
    std::uint32_t node_index = 0;
    double share = 0;
    double fair_share = 0;

    double excess() const noexcept { return share - fair_share; }
};

bool is_overload(const Load& load, const Load& good, std::size_t sample_keys) noexcept {
    const double expected_keys = load.fair_share * static_cast<double>(sample_keys);
    const double chance_keys = kChance * (std::sqrt(expected_keys) + 1);
    return load.share >= kShareMin * load.fair_share &&
           load.excess() >= kExcessMin * good.excess() &&
           load.excess() * static_cast<double>(sample_keys) > chance_keys;
}

std::vector<double> fair_shares(const Pool& pool) {
    std::vector<double> shares;
    double total = 0;
    for (const PoolNode& node : pool.nodes) {
        const bool counts = node.state == NodeState::in_ring;
        shares.push_back(counts ? static_cast<double>(node.node.weight) : 0.0);
        total += shares.back();
    }
    for (double& share : shares) {
        share /= total;
    }
    return shares;
}

Load highest_load(const Pool& pool, HashKind hash, const KeySample& sample,
                  const std::vector<double>& fair) {
    std::vector<std::size_t> keys(pool.nodes.size());
    std::string key(sample.prefix);
    std::array<char, std::numeric_limits<std::size_t>::digits10 + 1> digits;
    for (std::size_t i = 0; i < sample.count; ++i) {
        char* const end = std::to_chars(digits.begin(), digits.end(), i).ptr;
        key.resize(sample.prefix.size());
        key.append(digits.begin(), end);
        ++keys[pool.ring.find(hash_key(hash, hashed_part(key, pool.policy.hash_tag)))];
    }
    Load highest;
    for (std::uint32_t index = 0; index < keys.size(); ++index) {
        const double share = static_cast<double>(keys[index]) / static_cast<double>(sample.count);
        const Load load{index, share, fair[index]};
        if (index == 0 || load.excess() > highest.excess()) {
            highest = load;
        }
    }
    return highest;
}

}  // namespace

std::optional<Skew> measure_skew(const Pool& pool) {
    if (pool.ring.empty() || pool.nodes.size() == 1 ||
        pool.policy.distribution == Distribution::random) {
        return std::nullopt;
    }
    const std::vector<double> fair = fair_shares(pool);
    std::optional<Skew> worst;
    double worst_excess = 0;
    for (const KeySample& sample : kSamples) {
        const Load load = highest_load(pool, pool.policy.hash, sample, fair);
        const Load good = highest_load(pool, kGoodHash, sample, fair);
        if (is_overload(load, good, sample.count) && load.excess() > worst_excess) {
            worst = Skew{sample, load.node_index, load.share, load.fair_share};
            worst_excess = load.excess();
        }
    }
    return worst;
}

}  // namespace ringside::routing
