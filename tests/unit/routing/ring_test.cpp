#include "routing/ring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <string>

namespace ringside::routing {
namespace {

using testing::DoubleNear;
using testing::Each;
using testing::ElementsAre;

Node named(std::string name, std::uint32_t weight = 1) {
    Node node;
    node.name = std::move(name);
    node.weight = weight;
    return node;
}

std::vector<Node> equal_nodes(std::size_t count) {
    std::vector<Node> nodes;
    for (std::size_t i = 0; i < count; ++i) {
        nodes.push_back(named("10.0." + std::to_string(i / 256) + '.' + std::to_string(i % 256)));
    }
    return nodes;
}

std::vector<std::size_t> points_per_node(const Ring& ring, std::size_t node_count) {
    std::vector<std::size_t> counts(node_count, 0);
    for (const Ring::Point& point : ring.points()) {
        ++counts[point.node_index];
    }
    return counts;
}

// The rule in its plainest form: the first point at or above the hash, else the first of all.
const Ring::Point& lower_bound_with_wrap(const Ring& ring, std::uint32_t hash) {
    for (const Ring::Point& point : ring.points()) {
        if (point.value >= hash) {
            return point;
        }
    }
    return ring.points().front();
}

TEST(Ring, ketama_points_are_the_little_endian_words_of_the_digest) {
    const Ring ring = Ring::build(std::vector{named("server1")}, Distribution::ketama);

    // twemproxy src/test_all.c, test_hash_algorithms(): ketama_hash("server1-8", 9, 0 and 3).
    const auto has = [&ring](std::uint32_t value) {
        return std::any_of(ring.points().begin(), ring.points().end(),
                           [value](const Ring::Point& point) { return point.value == value; });
    };
    EXPECT_TRUE(has(3853726576));
    EXPECT_TRUE(has(2667054752));
    EXPECT_EQ(ring.points().size(), 160U);
}

TEST(Ring, points_stand_in_ascending_order) {
    for (const std::size_t count : {1U, 2U, 3U, 10U, 100U, 1000U}) {
        const Ring ring = Ring::build(equal_nodes(count), Distribution::ketama);

        EXPECT_TRUE(std::is_sorted(
            ring.points().begin(), ring.points().end(),
            [](const Ring::Point& a, const Ring::Point& b) { return a.value < b.value; }));
    }
}

TEST(Ring, equal_nodes_have_160_points_or_156_where_binary32_rounds_down) {
    std::vector<std::size_t> rounded_down;
    for (std::size_t count = 1; count <= 142; ++count) {
        const Ring ring = Ring::build(equal_nodes(count), Distribution::ketama);
        const auto points = points_per_node(ring, count);
        if (points[0] == 156) {
            rounded_down.push_back(count);
        }
        ASSERT_THAT(points, Each(points[0] == 156 ? 156U : 160U)) << count << " nodes";
    }

    // Logged by twemproxy itself for 25, 47 and 50 servers; the others from its formula in C.
    EXPECT_THAT(rounded_down,
                ElementsAre(25, 47, 50, 55, 61, 71, 94, 100, 107, 109, 110, 115, 122, 142));
}

TEST(Ring, points_follow_the_weights) {
    const Ring ring =
        Ring::build(std::vector{named("a", 1), named("b", 2), named("c", 5)}, Distribution::ketama);

    EXPECT_THAT(points_per_node(ring, 3), ElementsAre(60, 120, 300));
}

TEST(Ring, a_share_that_rounds_to_nothing_gets_no_points) {
    const Ring ring =
        Ring::build(std::vector{named("big", 100'000), named("small", 1)}, Distribution::ketama);

    EXPECT_THAT(points_per_node(ring, 2), ElementsAre(316, 0));
    EXPECT_THAT(ring.shares(2), ElementsAre(1.0, 0.0));
}

TEST(Ring, the_order_in_which_nodes_are_given_does_not_matter) {
    std::vector<Node> nodes = equal_nodes(20);
    const Ring ring = Ring::build(nodes, Distribution::ketama);
    std::vector<Node> shuffled = nodes;
    std::shuffle(shuffled.begin(), shuffled.end(), std::mt19937(7));

    const Ring other = Ring::build(shuffled, Distribution::ketama);

    ASSERT_EQ(ring.points().size(), other.points().size());
    for (std::size_t i = 0; i < ring.points().size(); ++i) {
        ASSERT_EQ(ring.points()[i].value, other.points()[i].value);
        ASSERT_EQ(nodes[ring.points()[i].node_index].name,
                  shuffled[other.points()[i].node_index].name);
    }
}

TEST(Ring, a_point_text_is_cut_at_272_bytes) {
    const Ring ring = Ring::build(std::vector{named(std::string(272, 'x'))}, Distribution::ketama);

    // Without its number each text is the same: four values, forty times each.
    ASSERT_EQ(ring.points().size(), 160U);
    for (std::size_t i = 0; i < ring.points().size(); ++i) {
        EXPECT_EQ(ring.points()[i].value, ring.points()[i / 40 * 40].value);
    }
}

TEST(Ring, a_tie_goes_to_the_node_whose_name_comes_first) {
    const std::string prefix(272, 'x');
    const Ring ring =
        Ring::build(std::vector{named(prefix + "c"), named(prefix + "a"), named(prefix + "b")},
                    Distribution::ketama);

    EXPECT_THAT(ring.shares(3), ElementsAre(0.0, 1.0, 0.0));
    for (const Ring::Point& point : ring.points()) {
        EXPECT_EQ(ring.find(point.value), 1U);
    }
}

TEST(Ring, find_is_the_lower_bound_with_wrap) {
    std::mt19937 random(1);
    for (const std::size_t count : {1U, 2U, 3U, 7U, 25U, 100U}) {
        const Ring ring = Ring::build(equal_nodes(count), Distribution::ketama);
        std::vector<std::uint32_t> hashes{0, 1, UINT32_MAX - 1, UINT32_MAX};
        for (int i = 0; i < 500; ++i) {
            hashes.push_back(static_cast<std::uint32_t>(random()));
        }
        for (std::size_t i = 0; i < ring.points().size(); i += 1 + count / 3) {
            const std::uint32_t value = ring.points()[i].value;
            hashes.insert(hashes.end(), {value - 1, value, value + 1});
        }
        hashes.push_back(ring.points().front().value);
        hashes.push_back(ring.points().back().value);
        hashes.push_back(ring.points().back().value + 1);

        for (const std::uint32_t hash : hashes) {
            const Ring::Point& expected = lower_bound_with_wrap(ring, hash);
            ASSERT_EQ(&ring.find_point(hash), &expected) << count << " nodes, hash " << hash;
            ASSERT_EQ(ring.find(hash), expected.node_index);
        }
    }
}

TEST(Ring, removing_a_node_moves_only_its_own_keys) {
    const std::vector<Node> before = equal_nodes(10);
    std::vector<Node> after = before;
    after.erase(after.begin() + 4);
    const Ring ring_before = Ring::build(before, Distribution::ketama);
    const Ring ring_after = Ring::build(after, Distribution::ketama);
    std::mt19937 random(2);
    std::size_t moved = 0;

    for (int i = 0; i < 100'000; ++i) {
        const auto hash = static_cast<std::uint32_t>(random());
        const std::string& owner = before[ring_before.find(hash)].name;
        if (owner == before[4].name) {
            ++moved;
        } else {
            ASSERT_EQ(after[ring_after.find(hash)].name, owner);
        }
    }

    EXPECT_NEAR(static_cast<double>(moved), 10'000, 3'000);
}

TEST(Ring, ketama_shares_add_up_to_one_and_match_what_find_answers) {
    const std::size_t count = 5;
    const Ring ring = Ring::build(equal_nodes(count), Distribution::ketama);
    std::vector<double> sampled(count, 0);
    constexpr std::uint32_t kSamples = 1U << 20;
    for (std::uint32_t i = 0; i < kSamples; ++i) {
        sampled[ring.find(i << 12)] += 1.0 / kSamples;
    }

    const std::vector<double> shares = ring.shares(count);

    EXPECT_NEAR(std::accumulate(shares.begin(), shares.end(), 0.0), 1.0, 1e-12);
    for (std::size_t i = 0; i < count; ++i) {
        EXPECT_NEAR(shares[i], sampled[i], 1e-3);
    }
}

TEST(Ring, shares_have_a_row_for_nodes_that_are_not_on_the_ring) {
    const Ring ring = Ring::build_from({{"a", 1, 2}, {"b", 1, 0}}, Distribution::modula);

    EXPECT_THAT(ring.shares(4), ElementsAre(0.5, 0.0, 0.5, 0.0));
    EXPECT_THAT(Ring().shares(2), ElementsAre(0.0, 0.0));
}

TEST(Ring, modula_repeats_each_node_by_its_weight_in_the_order_of_names) {
    // By name: z, aa, bb with weights 2, 1, 3.
    const Ring ring = Ring::build(std::vector{named("bb", 3), named("z", 2), named("aa", 1)},
                                  Distribution::modula);
    const std::vector<std::uint32_t> slots{1, 1, 2, 0, 0, 0};

    for (std::uint32_t hash = 0; hash < 60; ++hash) {
        EXPECT_EQ(ring.find(hash), slots[hash % 6]) << hash;
    }
    EXPECT_EQ(ring.find(UINT32_MAX), slots[UINT32_MAX % 6]);
    EXPECT_THAT(ring.shares(3), ElementsAre(DoubleNear(0.5, 1e-12), DoubleNear(2.0 / 6, 1e-12),
                                            DoubleNear(1.0 / 6, 1e-12)));
}

TEST(Ring, modula_takes_any_weight_without_a_slot_for_each_unit) {
    const Ring ring =
        Ring::build(std::vector{named("a", 1), named("b", UINT32_MAX), named("c", UINT32_MAX)},
                    Distribution::modula);

    EXPECT_EQ(ring.points().size(), 3U);
    EXPECT_EQ(ring.find(0), 0U);
    EXPECT_EQ(ring.find(1), 1U);
    EXPECT_EQ(ring.find(UINT32_MAX), 1U);  // no 32-bit hash reaches the slots of c
}

TEST(Ring, random_gives_each_node_one_slot_whatever_its_weight) {
    const Ring ring =
        Ring::build(std::vector{named("a", 9), named("b", 1), named("c", 1)}, Distribution::random);

    for (std::uint32_t number = 0; number < 30; ++number) {
        EXPECT_EQ(ring.find(number), number % 3);
    }
    EXPECT_THAT(ring.shares(3), Each(DoubleNear(1.0 / 3, 1e-12)));
}

TEST(Ring, a_ring_of_no_nodes_is_empty) {
    for (const auto distribution :
         {Distribution::ketama, Distribution::modula, Distribution::random}) {
        EXPECT_TRUE(Ring::build({}, distribution).empty());
        EXPECT_EQ(Ring::build({}, distribution).distribution(), distribution);
    }
    EXPECT_TRUE(Ring().empty());
}

TEST(Ring, each_distribution_reads_back_by_its_name_and_no_other_does) {
    for (const auto distribution :
         {Distribution::ketama, Distribution::modula, Distribution::random}) {
        EXPECT_EQ(parse_distribution(to_string(distribution)), distribution);
    }
    EXPECT_EQ(parse_distribution("Ketama"), std::nullopt);
    EXPECT_EQ(parse_distribution(""), std::nullopt);
}

}  // namespace
}  // namespace ringside::routing
