#include "admin/stats.h"

#include "test_process.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace ringside::admin {
namespace {

using Ordered = nlohmann::ordered_json;

constexpr const char* kHostile = "a\"},\n\x1b[2J<script>\xff\\";

// Every byte, blanks included, is what nutcracker 0.5.0 prints for such a configuration.
TEST(StatsText, is_twemproxys_to_the_byte) {
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
    document.pools = {pool, {"b", {}, {}}};

    const std::string text = stats_text(document);

    EXPECT_EQ(text,
              R"({"service":"nutcracker", "source":"host-1", "version":"1.2.3", "uptime":17, )"
              R"("timestamp":1700000000, "total_connections":5, "curr_connections":3, )"
              R"("alpha": {"client_eof":0, "client_err":0, "client_connections":2, )"
              R"("server_ejects":0, "forward_error":0, "fragments":0, )"
              R"("10.0.0.1": {"server_eof":0, "server_err":0, "server_timedout":0, )"
              R"("server_connections":0, "server_ejected_at":0, "requests":42, )"
              R"("request_bytes":0, "responses":0, "response_bytes":0, "in_queue":0, )"
              R"("in_queue_bytes":0, "out_queue":0, "out_queue_bytes":0},)"
              R"("10.0.0.2:11212": {"server_eof":0, "server_err":0, "server_timedout":0, )"
              R"("server_connections":0, "server_ejected_at":0, "requests":0, )"
              R"("request_bytes":0, "responses":0, "response_bytes":0, "in_queue":0, )"
              R"("in_queue_bytes":0, "out_queue":0, "out_queue_bytes":0}},)"
              R"("b": {"client_eof":0, "client_err":0, "client_connections":0, )"
              R"("server_ejects":0, "forward_error":0, "fragments":0}})"
              "\n");
}

TEST(StatsText, hostile_names_are_escaped_and_cannot_replace_a_field) {
    StatsDocument document;
    document.version = "1";
    document.pools = {{kHostile, {}, {{"client_eof", {}}, {"b\nc", {}}}}, {"version", {}, {}}};

    const std::string text = stats_text(document);

    const Ordered root = Ordered::parse(text);
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(text.find('\n'), text.size() - 1);
    EXPECT_EQ(root.at("version"), "1");
    const Ordered& pool = root.back();
    EXPECT_EQ(pool.at("client_eof"), 0);
    EXPECT_TRUE(pool.contains("b\nc"));
}

TEST(Stats, are_those_of_this_moment) {
    TestProcess process;
    const auto alpha = process.controller.snapshot()->find(std::string_view("alpha"))->id;
    const auto requests_of_first_node = [&process] {
        const StatsDocument document = read_stats(process.context(), process.moment().wall);
        return document.pools.back().nodes.front().values[std::size_t(
            metrics::NodeMetric::requests)];
    };
    auto& cells = process.registry.node(
        0, alpha, process.controller.snapshot()->find(alpha)->nodes.front().node.id);

    EXPECT_EQ(requests_of_first_node(), 0);
    cells.add(metrics::NodeMetric::requests);
    EXPECT_EQ(requests_of_first_node(), 1);
}

}  // namespace
}  // namespace ringside::admin
