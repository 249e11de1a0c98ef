#include "routing/moved_keys.h"

#include "routing/sample_keys.h"

#include <gmock/gmock.h>

#include <map>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace ringside::routing {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

PoolNode node(std::string name, std::uint32_t weight = 1, NodeState state = NodeState::in_ring) {
    return {{.name = std::move(name), .address = {"10.0.0.1", 1}, .weight = weight}, state};
}

PoolPolicy with(Distribution distribution, HashKind hash = HashKind::fnv1a_64) {
    PoolPolicy policy;
    policy.distribution = distribution;
    policy.hash = hash;
    return policy;
}

PoolPtr pool(std::vector<PoolNode> nodes, PoolPolicy policy = {}) {
    return build_pool(0, "p", std::move(policy), std::move(nodes));
}

std::vector<PoolNode> numbered(int count, int from = 0) {
    std::vector<PoolNode> nodes;
    for (int i = from; i < from + count; ++i) {
        nodes.push_back(node("cache-" + std::to_string(i)));
    }
    return nodes;
}

// The share of keys that live elsewhere, by asking for each.
double moved_by_asking(const Pool& from, const Pool& to) {
    const std::vector<std::string> keys = sample_keys(200'000, {});
    int moved = 0;
    for (const std::string& key : keys) {
        const auto before = from.owner_of(key, 0);
        const auto after = to.owner_of(key, 0);
        moved += from.nodes[*before].node.name != to.nodes[*after].node.name ? 1 : 0;
    }
    return static_cast<double>(moved) / static_cast<double>(keys.size());
}

TEST(MovedKeys, of_the_same_ring_are_none) {
    const auto result = moved_keys(*pool(numbered(5)), *pool(numbered(5)), 10);

    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(result->share, 0.0);
    EXPECT_EQ(result->by, MovedBy::arcs);
    EXPECT_THAT(result->flows, IsEmpty());
}

TEST(MovedKeys, by_arcs_are_what_asking_for_each_key_finds) {
    std::vector<PoolNode> heavier = numbered(10);
    heavier[3].node.weight = 4;
    std::vector<PoolNode> ejected = numbered(10);
    ejected[0].state = NodeState::ejected_by_health;
    const PoolPtr before = pool(numbered(10), with(Distribution::ketama, HashKind::murmur));

    for (auto nodes :
         {numbered(11), numbered(9), numbered(9, 1), numbered(10, 5), heavier, ejected}) {
        const PoolPtr after = pool(std::move(nodes), with(Distribution::ketama, HashKind::murmur));
        const auto result = moved_keys(*before, *after);

        EXPECT_NEAR(result->share, moved_by_asking(*before, *after), 0.005);
        EXPECT_EQ(result->by, MovedBy::arcs);
    }
}

TEST(MovedKeys, of_a_node_that_is_added_go_to_that_node_only) {
    const PoolPtr before = pool(numbered(9));
    const PoolPtr after = pool(numbered(10));

    const auto result = moved_keys(*before, *after, 100);

    EXPECT_THAT(result->flows, SizeIs(9));
    double sum = 0;
    double last = 1;
    for (const KeyFlow& flow : result->flows) {
        EXPECT_EQ(flow.to, "cache-9");
        EXPECT_LE(flow.share, last);
        last = flow.share;
        sum += flow.share;
    }
    EXPECT_NEAR(sum, result->share, 1e-12);
    EXPECT_NEAR(result->share, after->ring.shares(10)[9], 1e-12);
}

TEST(MovedKeys, between_owners_are_the_largest_ones_and_the_rest_is_counted) {
    const auto result = moved_keys(*pool(numbered(9)), *pool(numbered(10)), 4);

    EXPECT_THAT(result->flows, SizeIs(4));
    EXPECT_EQ(result->flows_left_out, 5U);
    EXPECT_THAT(moved_keys(*pool(numbered(9)), *pool(numbered(10)))->flows, IsEmpty());
}

TEST(MovedKeys, of_a_pool_that_loses_its_last_node_are_all) {
    const auto gone = node("a", 1, NodeState::ejected_by_operator);

    const auto lost = moved_keys(*pool({node("a")}), *pool({gone}), 1);
    const auto back = moved_keys(*pool({gone}), *pool({node("a")}), 1);

    EXPECT_EQ(lost->share, 1.0);
    EXPECT_EQ(lost->flows[0].from, "a");
    EXPECT_EQ(lost->flows[0].to, "");
    EXPECT_EQ(back->flows[0].from, "");
    EXPECT_EQ(back->share, 1.0);
    EXPECT_FALSE(moved_keys(*pool({gone}), *pool({})).has_value());
}

TEST(MovedKeys, are_sampled_where_rings_cannot_be_laid_over_each_other) {
    PoolPolicy tagged;
    tagged.hash_tag = {'{', '}'};
    const PoolPtr ketama = pool(numbered(4));

    for (const PoolPtr& other : {pool(numbered(4), with(Distribution::modula)),
                                 pool(numbered(4), with(Distribution::ketama, HashKind::md5))}) {
        const auto result = moved_keys(*ketama, *other, 1);
        EXPECT_EQ(result->by, MovedBy::samples);
        EXPECT_NEAR(result->share, 0.75, 0.05);
    }
    EXPECT_NEAR(moved_keys(*ketama, *pool(numbered(4), tagged))->share, 0.15, 0.03);
    const auto modula = moved_keys(*pool(numbered(4), with(Distribution::modula)),
                                   *pool(numbered(5), with(Distribution::modula)));
    EXPECT_NEAR(modula->share, 0.8, 0.02);
}

TEST(MovedKeys, with_the_random_distribution_have_no_home) {
    const PoolPtr random = pool(numbered(4), with(Distribution::random));

    EXPECT_FALSE(moved_keys(*random, *pool(numbered(5))).has_value());
    EXPECT_FALSE(moved_keys(*pool(numbered(5)), *random).has_value());
}

}  // namespace
}  // namespace ringside::routing
