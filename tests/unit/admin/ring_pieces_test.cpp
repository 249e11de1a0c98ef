#include "admin/ring_pieces.h"

#include "http/json.h"
#include "routing/fingerprint.h"
#include "routing/ring.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace ringside::admin {
namespace {

using Ordered = http::Json;

constexpr const char* kHostile = "a\"},\n\x1b[2J<script>\xff\\";

// Names and weights.
routing::PoolPtr pool_of(std::vector<std::string> names, std::vector<std::uint32_t> weights = {}) {
    std::vector<routing::PoolNode> nodes;
    weights.resize(names.size(), 1);
    for (std::string& name : names) {
        const auto id = static_cast<routing::NodeId>(nodes.size());
        nodes.push_back({{id, std::move(name), {"10.0.0.1", 11211}, weights[nodes.size()]}, {}});
    }
    return routing::build_pool(0, kHostile, {}, std::move(nodes));
}

std::vector<std::string> all_of(const http::NextPiece& next) {
    std::vector<std::string> pieces;
    for (std::string piece = next(); !piece.empty(); piece = next()) {
        pieces.push_back(std::move(piece));
    }
    EXPECT_EQ(next(), "") << "the end stays the end";
    return pieces;
}

std::string text_of(const http::NextPiece& next) {
    std::string text;
    for (const std::string& piece : all_of(next)) {
        text += piece;
    }
    return text;
}

std::vector<std::string> many_names(std::size_t count) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < count; ++i) {
        names.push_back("cache-" + std::to_string(i) + ".example");
    }
    return names;
}

// The same of a tree, whose lists are in lines as people read them.
std::string by_tree(const routing::Pool& pool) {
    Ordered root = {{"pool", pool.name},
                    {"distribution", routing::to_string(pool.ring.distribution())},
                    {"fingerprint", routing::to_hex(routing::fingerprint(pool))},
                    {"points", Ordered::array()}};
    for (const routing::Ring::Point& point : pool.ring.points()) {
        root["points"].push_back(
            {{"value", point.value}, {"node", pool.nodes[point.node_index].node.name}});
    }
    return http::to_text(root);
}

TEST(RingPieces, are_together_what_a_tree_of_all_points_would_be) {
    for (const std::size_t nodes : {1, 6, 7, 100}) {
        const routing::PoolPtr pool = pool_of(many_names(nodes));
        EXPECT_EQ(http::to_text(Ordered::parse(text_of(ring_pieces(pool)))), by_tree(*pool))
            << nodes;
    }
}

TEST(RingPieces, of_a_thousand_nodes_are_many_and_none_is_large) {
    constexpr std::size_t kPieceBytesMax = 160 * 1'024;
    const routing::PoolPtr pool = pool_of(many_names(1'000));
    ASSERT_GT(pool->ring.points().size(), 159'000u);

    const std::vector<std::string> points = all_of(ring_pieces(pool));
    const std::vector<std::string> nodes = all_of(ring_by_node_pieces(pool));

    for (const auto* pieces : {&points, &nodes}) {
        EXPECT_GT(pieces->size(), 35u);
        for (const std::string& piece : *pieces) {
            EXPECT_LT(piece.size(), kPieceBytesMax);
        }
    }
}

TEST(RingPieces, of_a_node_with_most_of_the_points_are_not_large_either) {
    const routing::PoolPtr pool = pool_of(many_names(60), [] {
        std::vector<std::uint32_t> weights(60, 1);
        weights[1] = 1'000;
        return weights;
    }());
    const auto points = pool->ring.points();
    ASSERT_GT(std::count_if(points.begin(), points.end(),
                            [](const auto& point) { return point.node_index == 1; }),
              5'000);

    const std::vector<std::string> pieces = all_of(ring_by_node_pieces(pool));

    std::string text;
    for (const std::string& piece : pieces) {
        EXPECT_LT(piece.size(), 16u * kNodePointsAtOnce);
        text += piece;
    }
    std::size_t told = 0;
    const Ordered root = Ordered::parse(text);
    for (const Ordered& node : root.at("nodes")) {
        told += node.at("points").size();
    }
    EXPECT_EQ(told, points.size());
}

TEST(RingPieces, stay_those_of_the_pool_that_was_asked_about) {
    routing::PoolPtr pool = pool_of(many_names(50));
    const std::string before = text_of(ring_pieces(pool));
    const http::NextPiece next = ring_pieces(pool);
    std::string text = next();

    const std::weak_ptr<const routing::Pool> held = pool;
    pool = pool_of(many_names(3));
    text += text_of(next);

    EXPECT_EQ(text, before);
    EXPECT_FALSE(held.expired());
}

TEST(RingPieces, every_point_stands_beside_its_owner_in_ascending_order) {
    const routing::PoolPtr pool = pool_of({"a", "b", kHostile});

    const Ordered root = Ordered::parse(text_of(ring_pieces(pool)));

    const auto points = pool->ring.points();
    ASSERT_EQ(root.at("points").size(), points.size());
    ASSERT_GT(points.size(), 0u);
    for (std::size_t i = 0; i < points.size(); ++i) {
        EXPECT_EQ(root["points"][i]["value"], points[i].value);
        const std::string name = pool->nodes[points[i].node_index].node.name;
        if (name != kHostile) {
            EXPECT_EQ(root["points"][i]["node"], name);
        }
    }
}

TEST(RingPieces, by_node_it_has_the_same_points) {
    const auto pool = pool_of({"a", kHostile, "c"});
    std::vector<std::pair<std::uint32_t, std::string>> points;

    const Ordered root = Ordered::parse(text_of(ring_by_node_pieces(pool)));

    EXPECT_EQ(root.at("distribution"), "ketama");
    EXPECT_EQ(root.at("fingerprint"), Ordered::parse(text_of(ring_pieces(pool))).at("fingerprint"));
    for (const Ordered& node : root.at("nodes")) {
        EXPECT_TRUE(std::is_sorted(node.at("points").begin(), node.at("points").end()));
        for (const Ordered& point : node.at("points")) {
            points.emplace_back(point, node.at("name"));
        }
    }
    std::sort(points.begin(), points.end());
    const Ordered expected = Ordered::parse(text_of(ring_pieces(pool))).at("points");
    ASSERT_EQ(points.size(), expected.size());
    for (std::size_t i = 0; i < points.size(); ++i) {
        EXPECT_EQ(points[i].first, expected[i].at("value"));
        EXPECT_EQ(points[i].second, expected[i].at("node"));
    }
}

TEST(RingPieces, an_empty_ring_is_an_empty_list) {
    EXPECT_TRUE(Ordered::parse(text_of(ring_pieces(pool_of({})))).at("points").empty());
    EXPECT_TRUE(Ordered::parse(text_of(ring_by_node_pieces(pool_of({})))).at("nodes").empty());
}

}  // namespace
}  // namespace ringside::admin
