#include "admin/json.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace ringside::admin {
namespace {

using Ordered = nlohmann::ordered_json;

constexpr const char* kHostile = "a\"},\n\x1b[2J<script>\xff\\";

routing::PoolPtr pool_of(std::vector<std::string> names) {
    std::vector<routing::PoolNode> nodes;
    for (std::string& name : names) {
        const auto id = static_cast<routing::NodeId>(nodes.size());
        nodes.push_back({{id, std::move(name), {"10.0.0.1", 11211}, 1}, {}});
    }
    return routing::build_pool(0, kHostile, {}, std::move(nodes));
}

std::vector<std::string> keys_of(const Ordered& object) {
    std::vector<std::string> keys;
    for (const auto& item : object.items()) {
        keys.push_back(item.key());
    }
    return keys;
}

std::string all_of(const http::NextPiece& next) {
    std::string text;
    for (std::string piece = next(); !piece.empty(); piece = next()) {
        text += piece;
    }
    return text;
}

TEST(PoolJson, is_one_document_however_many_pieces_it_takes) {
    for (const std::size_t count : {0, 1, 16, 40}) {
        PoolDocument document;
        std::vector<std::string> names;
        for (std::size_t i = 0; i < count; ++i) {
            names.push_back(kHostile + std::to_string(i));
        }
        document.view.pool = pool_of(names);
        for (const routing::PoolNode& node : document.view.pool->nodes) {
            document.view.nodes.emplace_back().node = node.node;
            document.node_totals.emplace_back();
        }

        const std::string text = all_of(pool_pieces(document));

        const Ordered root = Ordered::parse(text);
        EXPECT_EQ(root.at("nodes").size(), count);
        EXPECT_EQ(root.dump(2) + '\n', text) << "indented as a whole";
    }
}

TEST(PoolJson, shows_no_secret) {
    routing::PoolPolicy policy;
    policy.redis_auth = "s3cret";
    PoolDocument document;
    document.view.pool = routing::build_pool(0, "alpha", policy, {});

    EXPECT_EQ(all_of(pool_pieces(document)).find("s3cret"), std::string::npos);
    EXPECT_EQ(pools_json({document}).find("s3cret"), std::string::npos);
}

TEST(PoolJson, times_are_utc_and_what_never_happened_is_null) {
    PoolDocument document;
    document.view.pool = pool_of({});
    document.view.last_change =
        std::chrono::system_clock::time_point(std::chrono::seconds(1'700'000'000));

    const Ordered root = Ordered::parse(all_of(pool_pieces(document)));

    EXPECT_EQ(root["source"]["last_change"], "2023-11-14T22:13:20Z");
    EXPECT_TRUE(root["source"]["last_answer"].is_null());
    EXPECT_TRUE(root["source"]["last_failure"].is_null());
}

TEST(PoolJson, carries_every_counter_of_pool_and_nodes) {
    PoolDocument document;
    document.view.pool = pool_of({"a"});
    document.view.nodes.resize(1);
    document.node_totals.resize(1);

    const Ordered root = Ordered::parse(all_of(pool_pieces(document)));

    EXPECT_EQ(keys_of(root["metrics"]).size(), metrics::pool_metrics().size());
    EXPECT_EQ(keys_of(root["nodes"][0]["metrics"]).size(), metrics::node_metrics().size());
}

TEST(PoolJson, tells_how_long_answers_took_and_how_requests_ended) {
    PoolDocument document;
    document.view.pool = pool_of({"a"});
    document.view.nodes.resize(1);
    document.node_totals.resize(1);
    metrics::Histogram latency;
    latency.add(std::chrono::microseconds(10));
    latency.add(std::chrono::microseconds(40));
    document.totals.latency = latency.get();
    latency.add(std::chrono::seconds(100));
    document.node_totals[0].latency = latency.get();
    document.totals.endings[metrics::RequestCounts::index_of(metrics::RequestKind::read,
                                                             metrics::RequestEnding::hit)] = 7;

    const Ordered root = Ordered::parse(all_of(pool_pieces(document)));

    const std::size_t bounds = root["latency_bounds_us"].size();
    EXPECT_EQ(root["latency_bounds_us"][0], 16);
    EXPECT_EQ(root["latency_bounds_us"][1], 32);
    EXPECT_EQ(root["latency"], Ordered({{"counts", {1, 0, 1}}, {"sum_us", 50}}));
    EXPECT_EQ(root["nodes"][0]["latency"]["counts"].size(), bounds + 1);
    EXPECT_EQ(root["nodes"][0]["latency"]["counts"].back(), 1);
    EXPECT_EQ(root["outcomes"]["read"]["hit"], 7);
    EXPECT_EQ(root["outcomes"]["delete"]["timed_out"], 0);
}

TEST(ErrorJson, escapes_what_the_client_sent) {
    const Ordered root = Ordered::parse(problem_json({404, "Not Found", "not_found", kHostile}));

    EXPECT_EQ(root["code"], "not_found");
    EXPECT_TRUE(root["detail"].get<std::string>().starts_with("a\"},\n"));
}

}  // namespace
}  // namespace ringside::admin
