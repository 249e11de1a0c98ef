#include "routing/comparison.h"

#include "routing/sample_keys.h"

#include <gmock/gmock.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::routing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

PoolNode node(std::string name, std::uint16_t port, std::uint32_t weight = 1) {
    return {{.name = std::move(name), .address = {"10.0.0.1", port}, .weight = weight}, {}};
}

std::vector<PoolNode> three_nodes() {
    return {node("a", 1), node("b", 2), node("c", 3)};
}

PoolPtr pool(PoolPolicy policy, std::vector<PoolNode> nodes = three_nodes()) {
    return build_pool(0, "p", std::move(policy), std::move(nodes));
}

Comparison compare(const PoolPtr& from, const PoolPtr& to, std::size_t count = 6000) {
    const std::vector<HashTag> tags{from->policy.hash_tag, to->policy.hash_tag};
    const std::vector<std::string> keys = sample_keys(count, tags);
    return compare_pools(*from, *to, std::vector<std::string_view>(keys.begin(), keys.end()));
}

TEST(Comparison, of_equal_pools_moves_no_key_whatever_else_they_say) {
    PoolPolicy other;
    other.failure_limit = 7;
    other.auto_eject = true;

    const Comparison result = compare(pool({}), pool(other));

    EXPECT_EQ(result.keys, 6000U);
    EXPECT_EQ(result.moved, 0U);
    EXPECT_THAT(result.examples, IsEmpty());
    EXPECT_THAT(result.differences, IsEmpty());
}

TEST(Comparison, a_fourth_node_takes_about_a_quarter_and_only_that) {
    std::vector<PoolNode> four = three_nodes();
    four.push_back(node("d", 4));

    const Comparison result = compare(pool({}), pool({}, four));

    EXPECT_GT(result.moved, 6000U / 8);
    EXPECT_LT(result.moved, 6000U / 2);
    EXPECT_THAT(result.differences, ElementsAre(Difference{"node d", "-", "10.0.0.1:4:1"}));
    ASSERT_EQ(result.examples.size(), kMoveExamplesMax);
    for (const Move& move : result.examples) {
        EXPECT_EQ(move.to, "d") << move.key;
    }
}

TEST(Comparison, names_every_setting_that_decides) {
    PoolPolicy policy;
    policy.distribution = Distribution::modula;
    policy.hash = HashKind::md5;
    policy.hash_tag = {'{', '}'};

    const Comparison result =
        compare(pool({}), pool(policy, {node("a", 1, 5), node("b", 9), node("d", 3)}));

    EXPECT_GT(result.moved, 0U);
    EXPECT_THAT(
        result.differences,
        ElementsAre(Difference{"distribution", "ketama", "modula"},
                    Difference{"hash", "fnv1a_64", "md5"}, Difference{"hash_tag", "-", "{}"},
                    Difference{"node c", "10.0.0.1:3:1", "-"},
                    Difference{"node d", "-", "10.0.0.1:3:1"},
                    Difference{"node a", "10.0.0.1:1:1", "10.0.0.1:1:5"},
                    Difference{"node b", "10.0.0.1:2:1", "10.0.0.1:9:1"}));
}

TEST(Comparison, a_tag_alone_moves_keys_that_hold_it) {
    PoolPolicy policy;
    policy.hash = HashKind::murmur;
    PoolPolicy tagged = policy;
    tagged.hash_tag = {'{', '}'};

    const Comparison result = compare(pool(policy), pool(tagged));

    EXPECT_GT(result.moved, 0U);
    EXPECT_LE(result.moved, 6000U / 5);  // one of five shapes
    for (const Move& move : result.examples) {
        EXPECT_THAT(move.key, StartsWith("cart:{"));
    }
}

TEST(Comparison, a_node_with_another_address_but_its_name_keeps_its_keys) {
    const Comparison result =
        compare(pool({}), pool({}, {node("a", 1), node("b", 2), node("c", 9)}));

    EXPECT_EQ(result.moved, 0U);
    EXPECT_THAT(result.differences,
                ElementsAre(Difference{"node c", "10.0.0.1:3:1", "10.0.0.1:9:1"}));
}

TEST(Comparison, keys_of_a_random_pool_live_on_all_nodes_alike) {
    PoolPolicy random;
    random.distribution = Distribution::random;

    EXPECT_EQ(compare(pool(random), pool(random)).moved, 0U);
    EXPECT_EQ(compare(pool(random), pool({})).moved, 6000U);
    EXPECT_EQ(compare(pool(random), pool(random, {node("a", 1), node("b", 2)})).moved, 6000U);
}

TEST(Comparison, a_pool_of_one_node_does_not_hash) {
    PoolPolicy other;
    other.hash = HashKind::md5;
    other.distribution = Distribution::random;

    EXPECT_EQ(compare(pool({}, {node("a", 1)}), pool(other, {node("a", 1)})).moved, 0U);
    EXPECT_EQ(compare(pool({}, {node("a", 1)}), pool({}, {node("b", 1)})).moved, 6000U);
}

TEST(Comparison, in_a_pool_without_nodes_keys_live_nowhere) {
    const Comparison result = compare(pool({}), pool({}, {}), 1);

    ASSERT_EQ(result.examples.size(), 1U);
    EXPECT_EQ(result.examples[0].to, "-");
}

}  // namespace
}  // namespace ringside::routing
