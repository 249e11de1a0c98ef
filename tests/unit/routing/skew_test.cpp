#include "routing/skew.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace ringside::routing {
namespace {

PoolPtr pool_of(std::size_t nodes, Distribution distribution, HashKind hash) {
    PoolPolicy policy;
    policy.distribution = distribution;
    policy.hash = hash;
    std::vector<PoolNode> members;
    for (std::uint32_t i = 0; i < nodes; ++i) {
        members.push_back(
            {{i, fmt::format("10.0.{}.{}:11212", i / 250, i % 250), {"10.0.0.1", 11212}, 1}, {}});
    }
    return build_pool(0, "p", std::move(policy), std::move(members));
}

TEST(Skew, crc32_with_ketama_puts_every_key_on_one_node) {
    const auto skew = measure_skew(*pool_of(3, Distribution::ketama, HashKind::crc32));

    ASSERT_TRUE(skew);
    EXPECT_EQ(skew->share, 1.0);
    EXPECT_NEAR(skew->fair_share, 1.0 / 3, 1e-9);
    EXPECT_EQ(skew->sample.count, 10'000U);
    EXPECT_LT(skew->node_index, 3U);
}

// The default: a hundred keys that differ in their last digits.
TEST(Skew, fnv1a_64_keeps_similar_keys_together) {
    const auto skew = measure_skew(*pool_of(10, Distribution::ketama, HashKind::fnv1a_64));

    ASSERT_TRUE(skew);
    EXPECT_GE(skew->share, 0.5);
    EXPECT_NEAR(skew->fair_share, 0.1, 1e-9);
    EXPECT_EQ(skew->sample.count, 100U);
}

TEST(Skew, is_none_with_good_hashes_however_many_nodes_there_are) {
    for (const Distribution distribution : {Distribution::ketama, Distribution::modula}) {
        for (const HashKind hash : {HashKind::murmur, HashKind::md5, HashKind::one_at_a_time,
                                    HashKind::jenkins, HashKind::hsieh}) {
            for (const std::size_t nodes : {2U, 3U, 7U, 10U, 25U, 100U, 1000U}) {
                EXPECT_FALSE(measure_skew(*pool_of(nodes, distribution, hash)))
                    << to_string(hash) << " " << to_string(distribution) << " " << nodes;
            }
        }
    }
}

TEST(Skew, is_measured_against_the_weights) {
    PoolPolicy policy;
    policy.hash = HashKind::murmur;
    const PoolPtr pool =
        build_pool(0, "p", policy,
                   {{{0, "small", {"10.0.0.1", 1}, 1}, {}},
                    {{1, "large", {"10.0.0.2", 1}, 20}, {}},
                    {{2, "away", {"10.0.0.3", 1}, 50}, NodeState::ejected_by_health}});

    EXPECT_FALSE(measure_skew(*pool));
}

TEST(Skew, is_none_where_nothing_is_hashed) {
    EXPECT_FALSE(measure_skew(*pool_of(1, Distribution::ketama, HashKind::crc32)));
    EXPECT_FALSE(measure_skew(*pool_of(3, Distribution::random, HashKind::crc32)));
    EXPECT_FALSE(measure_skew(*build_pool(0, "p", {}, {})));
}

}  // namespace
}  // namespace ringside::routing
