// A ring that is made out of the one before is the ring that is made from nothing.
#include "routing/ring.h"
#include "routing/snapshot.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace ringside::routing {
namespace {

using Nodes = std::vector<PoolNode>;

PoolNode pool_node(std::string name, std::uint32_t weight = 1) {
    return {.node = {.name = std::move(name), .address = {"10.0.0.1", 11211}, .weight = weight}};
}

Nodes nodes_named(const std::string& prefix, std::size_t count) {
    Nodes nodes;
    for (std::size_t i = 0; i < count; ++i) {
        nodes.push_back(pool_node(prefix + std::to_string(i)));
    }
    return nodes;
}

PoolPtr build(const Nodes& nodes, const Pool* before = nullptr,
              Distribution distribution = Distribution::ketama) {
    PoolPolicy policy;
    policy.distribution = distribution;
    return build_pool(0, "p", policy, nodes, {.before = before});
}

bool has_ties(const Ring& ring) {
    const auto same_value = [](const Ring::Point& a, const Ring::Point& b) {
        return a.value == b.value && a.node_index != b.node_index;
    };
    const auto points = ring.points();
    return std::adjacent_find(points.begin(), points.end(), same_value) != points.end();
}

// Points and lookups.
void expect_same(const Ring& ring, const Ring& expected, std::mt19937& random) {
    ASSERT_TRUE(std::equal(ring.points().begin(), ring.points().end(), expected.points().begin(),
                           expected.points().end()));
    ASSERT_EQ(ring.distribution(), expected.distribution());
    for (int i = 0; i < 50 && !ring.empty(); ++i) {
        const auto hash = static_cast<std::uint32_t>(random());
        ASSERT_EQ(ring.find(hash), expected.find(hash)) << hash;
    }
    if (!ring.empty()) {
        ASSERT_EQ(ring.find(0), expected.find(0));
        ASSERT_EQ(ring.find(UINT32_MAX), expected.find(UINT32_MAX));
    }
}

std::uint32_t below(std::uint32_t limit, std::mt19937& random) {
    return static_cast<std::uint32_t>(random()) % limit;
}

// Some short names, some with the value of each point in common: their point texts are cut where
// they begin to differ.
std::string any_name(std::mt19937& random) {
    const std::string number = std::to_string(below(12, random));
    return below(3, random) == 0 ? std::string(272, 'x') + number : "node-" + number;
}

void change_one_thing(Nodes& nodes, std::mt19937& random) {
    const std::string name = any_name(random);
    const auto found = std::find_if(nodes.begin(), nodes.end(), [&name](const PoolNode& node) {
        return node.node.name == name;
    });
    if (found == nodes.end()) {
        nodes.push_back(pool_node(name, below(2, random) == 0 ? 1 : 1 + below(200, random)));
        return;
    }
    switch (below(4, random)) {
        case 0:
            nodes.erase(found);
            return;
        case 1:
            found->state = found->state == NodeState::in_ring ? NodeState::ejected_by_health
                                                              : NodeState::in_ring;
            return;
        case 2:
            found->node.weight = 1 + below(below(2, random) == 0 ? 4 : 100'000, random);
            return;
        default:
            std::shuffle(nodes.begin(), nodes.end(), random);
    }
}

TEST(RingChange, after_any_changes_the_ring_is_the_one_that_is_made_from_nothing) {
    std::mt19937 random(1);
    std::size_t rings_with_ties = 0;

    for (int sequence = 0; sequence < 150; ++sequence) {
        Nodes nodes;
        PoolPtr pool = build(nodes);
        for (int step = 0; step < 30; ++step) {
            for (auto changes = 1 + below(4, random); changes > 0; --changes) {
                change_one_thing(nodes, random);
            }
            pool = build(nodes, pool.get());
            const PoolPtr expected = build(nodes);

            ASSERT_NO_FATAL_FAILURE(expect_same(pool->ring, expected->ring, random))
                << "sequence " << sequence << ", step " << step;
            rings_with_ties += has_ties(expected->ring) ? 1 : 0;
        }
    }

    EXPECT_GT(rings_with_ties, 1000U);
}

// Whether a node has 160 points or 156 depends on how many there are.
TEST(RingChange, equal_nodes_that_come_and_go_change_the_points_of_all_where_binary32_rounds_down) {
    std::mt19937 random(2);
    const Nodes all = nodes_named("10.0.0.", 60);
    PoolPtr pool = build({});

    for (std::size_t count = 1; count <= all.size(); ++count) {
        const Nodes nodes(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count));
        pool = build(nodes, pool.get());

        ASSERT_NO_FATAL_FAILURE(expect_same(pool->ring, build(nodes)->ring, random)) << count;
    }
    for (std::size_t count = all.size(); count > 0; --count) {
        const Nodes nodes(all.end() - static_cast<std::ptrdiff_t>(count), all.end());
        pool = build(nodes, pool.get());

        ASSERT_NO_FATAL_FAILURE(expect_same(pool->ring, build(nodes)->ring, random)) << count;
    }
}

// 160,000 values of 32 bits: a few are equal by chance.
TEST(RingChange, a_thousand_nodes_keep_their_ties) {
    std::mt19937 random(3);
    Nodes nodes = nodes_named("cache.pc4ldq.", 1000);
    PoolPtr pool = build(nodes);
    ASSERT_TRUE(has_ties(pool->ring));

    for (int change = 0; change < 10; ++change) {
        const auto which = below(static_cast<std::uint32_t>(nodes.size()), random);
        if (change % 2 == 0) {
            nodes[which] = pool_node("cache.pc4ldq." + std::to_string(1000 + change));
        } else {
            nodes.erase(nodes.begin() + static_cast<std::ptrdiff_t>(which));
        }
        pool = build(nodes, pool.get());

        ASSERT_NO_FATAL_FAILURE(expect_same(pool->ring, build(nodes)->ring, random)) << change;
    }
}

TEST(RingChange, a_ring_of_another_distribution_is_no_beginning) {
    std::mt19937 random(4);
    const Nodes nodes = nodes_named("10.0.0.", 5);
    for (const auto from : {Distribution::ketama, Distribution::modula, Distribution::random}) {
        for (const auto to : {Distribution::ketama, Distribution::modula, Distribution::random}) {
            const PoolPtr before = build(nodes, nullptr, from);
            const PoolPtr pool = build(nodes, before.get(), to);

            ASSERT_NO_FATAL_FAILURE(
                expect_same(pool->ring, build(nodes, nullptr, to)->ring, random));
        }
    }
}

TEST(RingChange, a_ring_is_the_same_when_all_its_nodes_were_others_or_none) {
    std::mt19937 random(5);
    const Nodes some = nodes_named("a", 7);
    const Nodes others = nodes_named("b", 9);
    const PoolPtr before = build(some);

    ASSERT_NO_FATAL_FAILURE(
        expect_same(build(others, before.get())->ring, build(others)->ring, random));
    EXPECT_TRUE(build({}, before.get())->ring.empty());
    const PoolPtr empty = build({});
    ASSERT_NO_FATAL_FAILURE(expect_same(build(some, empty.get())->ring, before->ring, random));
}

}  // namespace
}  // namespace ringside::routing
