#include "admin/json.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <vector>

namespace ringside::admin {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kHostile = "a\"},\n\x1b[2J<script>\xff\\";

routing::PoolPtr pool_of(std::vector<std::string> names) {
    std::vector<routing::PoolNode> nodes;
    for (std::string& name : names) {
        const auto id = static_cast<routing::NodeId>(nodes.size());
        nodes.push_back({{id, std::move(name), {"10.0.0.1", 11211}, 1}, {}});
    }
    return routing::build_pool(0, kHostile, {}, std::move(nodes));
}

std::vector<std::string> keys_of(const Json& object) {
    std::vector<std::string> keys;
    for (const auto& item : object.items()) {
        keys.push_back(item.key());
    }
    return keys;
}

TEST(StatsJson, has_twemproxys_layout_and_order) {
    StatsDocument document;
    document.source = "host-1";
    document.version = "1.2.3";
    document.uptime = std::chrono::seconds(17);
    document.now = std::chrono::system_clock::time_point(std::chrono::seconds(1'700'000'000));
    document.total_connections = 5;
    document.current_connections = 3;
    StatsPool pool{"alpha", {}, {{"10.0.0.1", {}}, {"10.0.0.2:11212", {}}}};
    pool.values[std::size_t(metrics::PoolMetric::client_connections)] = 2;
    pool.nodes[0].values[std::size_t(metrics::NodeMetric::requests)] = 42;
    document.pools.push_back(pool);

    const std::string text = stats_json(document);

    EXPECT_TRUE(text.starts_with(
        R"({"service":"nutcracker","source":"host-1","version":"1.2.3","uptime":17,)"
        R"("timestamp":1700000000,"total_connections":5,"curr_connections":3,)"
        R"("alpha":{"client_eof":0,"client_err":0,"client_connections":2,"server_ejects":0,)"
        R"("forward_error":0,"fragments":0,"10.0.0.1":{"server_eof":0,"server_err":0,)"
        R"("server_timedout":0,"server_connections":0,"server_ejected_at":0,"requests":42,)"
        R"("request_bytes":0,"responses":0,"response_bytes":0,"in_queue":0,"in_queue_bytes":0,)"
        R"("out_queue":0,"out_queue_bytes":0},"10.0.0.2:11212":{)"))
        << text;
    EXPECT_TRUE(text.ends_with("}}}\n"));
}

TEST(StatsJson, hostile_names_are_escaped_and_cannot_replace_a_field) {
    StatsDocument document;
    document.version = "1";
    document.pools = {{kHostile, {}, {{"client_eof", {}}, {"b\nc", {}}}}, {"version", {}, {}}};

    const std::string text = stats_json(document);

    const Json root = Json::parse(text);
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(text.find('\n'), text.size() - 1);
    EXPECT_EQ(root.at("version"), "1");
    const Json& pool = root.back();
    EXPECT_EQ(pool.at("client_eof"), 0);
    EXPECT_TRUE(pool.contains("b\nc"));
}

TEST(RingJson, every_point_stands_beside_its_owner_in_ascending_order) {
    const routing::PoolPtr pool = pool_of({"a", "b", kHostile});

    const Json root = Json::parse(ring_json(*pool));

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

TEST(RingJson, an_empty_ring_is_an_empty_list) {
    EXPECT_TRUE(Json::parse(ring_json(*pool_of({}))).at("points").empty());
}

TEST(PoolJson, shows_no_secret) {
    routing::PoolPolicy policy;
    policy.redis_auth = "s3cret";
    PoolDocument document;
    document.view.pool = routing::build_pool(0, "alpha", policy, {});

    EXPECT_EQ(pool_json(document).find("s3cret"), std::string::npos);
    EXPECT_EQ(pools_json({document}).find("s3cret"), std::string::npos);
}

TEST(PoolJson, times_are_utc_and_what_never_happened_is_null) {
    PoolDocument document;
    document.view.pool = pool_of({});
    document.view.last_change =
        std::chrono::system_clock::time_point(std::chrono::seconds(1'700'000'000));

    const Json root = Json::parse(pool_json(document));

    EXPECT_EQ(root["source"]["last_change"], "2023-11-14T22:13:20Z");
    EXPECT_TRUE(root["source"]["last_answer"].is_null());
    EXPECT_TRUE(root["source"]["last_failure"].is_null());
}

TEST(PoolJson, carries_every_counter_of_pool_and_nodes) {
    PoolDocument document;
    document.view.pool = pool_of({"a"});
    document.view.nodes.resize(1);
    document.node_values.resize(1);

    const Json root = Json::parse(pool_json(document));

    EXPECT_EQ(keys_of(root["metrics"]).size(), metrics::pool_metrics().size());
    EXPECT_EQ(keys_of(root["nodes"][0]["metrics"]).size(), metrics::node_metrics().size());
}

TEST(ErrorJson, escapes_what_the_client_sent) {
    const Json root = Json::parse(error_json("not_found", kHostile));

    EXPECT_EQ(root["error"]["code"], "not_found");
    EXPECT_TRUE(root["error"]["message"].get<std::string>().starts_with("a\"},\n"));
}

}  // namespace
}  // namespace ringside::admin
