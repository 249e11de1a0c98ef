// What /metrics tells is what has happened: real nodes, real traffic, and the readers of others.
#include "integration/support/lab.h"
#include "integration/support/network.h"
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kOpenMetrics = "application/openmetrics-text; version=1.0.0";

// The value of a series, by its name and labels; -1 if there is none.
double value_of(const std::string& text, const std::string& series) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(series + " ")) {
            return std::strtod(line.c_str() + series.size(), nullptr);
        }
    }
    return -1;
}

std::string of_requests(std::string_view pool, std::string_view kind, std::string_view outcome) {
    return fmt::format("ringside_requests_total{{pool=\"{}\",class=\"{}\",outcome=\"{}\"}}", pool,
                       kind, outcome);
}

std::string of_node(std::string_view name, std::string_view node) {
    return fmt::format("ringside_node_{}{{pool=\"pool\",node=\"{}\"}}", name, node);
}

std::string scrape(std::uint16_t port, std::string_view accept) {
    return http(port, "GET", "/metrics", {}, fmt::format("Accept: {}\r\n", accept)).body;
}

// A reader of others, which finds fault with what it is given.
class Reader {
  public:
    Outcome check(const std::string& text, std::string_view command) {
        const std::string path = directory_.file("metrics.txt");
        std::ofstream(path) << text;
        return run({"/bin/sh", "-c", fmt::format("{} < {}", command, path)});
    }

  private:
    TemporaryDirectory directory_;
};

constexpr std::string_view kPromtool = "promtool check metrics";
constexpr std::string_view kPython =
    "/usr/bin/python3 -c 'import sys; "
    "from prometheus_client.openmetrics.parser import text_string_to_metric_families as read; "
    "print(len(list(read(sys.stdin.read()))))'";

// Nodes node-0 and node-1 of memcached, and one of Redis.
class Metrics : public ::testing::Test {
  protected:
    static std::string pools(const std::array<MemcachedNode, 2>& memcached, const RedisNode& redis,
                             std::array<std::uint16_t, 2> ports) {
        PoolText first{.listen = fmt::format("127.0.0.1:{}", ports[0]),
                       .settings = {"timeout: 300"}};
        first.servers = {server_line(memcached[0].address(), 1, "node-0"),
                         server_line(memcached[1].address(), 1, "node-1")};
        PoolText second{.name = "zset",
                        .listen = fmt::format("127.0.0.1:{}", ports[1]),
                        .servers = {server_line(redis.address(), 1, "redis-0")},
                        .settings = {"redis: true"}};
        return to_yaml(first) + to_yaml(second);
    }

    std::string metrics() const { return proxy_.get("/metrics").body; }
    std::string key_on(std::string_view node) const {
        for (int i = 0;; ++i) {
            const std::string key = fmt::format("key{}", i);
            const std::string body = proxy_.get("/pools/pool/locate?key=" + key).body;
            if (body.find(fmt::format("\"node\": \"{}\"", node)) != std::string::npos) {
                return key;
            }
        }
    }

    std::array<MemcachedNode, 2> memcached_;
    RedisNode redis_;
    std::array<std::uint16_t, 2> ports_{free_port(), free_port()};
    Proxy proxy_{{.pools = pools(memcached_, redis_, ports_)}};
};

TEST_F(Metrics, count_what_clients_have_sent) {
    Client memcached(ports_[0]);
    Client redis(ports_[1]);
    for (int i = 0; i < 10; ++i) {
        ASSERT_EQ(memcached.ask(fmt::format("set k{} 0 0 1\r\nx\r\n", i), "\r\n"), "STORED\r\n");
        memcached.ask(fmt::format("get k{}\r\n", i), "END\r\n");
    }
    memcached.ask("get none\r\n", "END\r\n");
    memcached.ask("get none k1 k2\r\n", "END\r\n");
    memcached.ask("delete k1\r\n", "\r\n");
    memcached.ask("delete k1\r\n", "\r\n");
    memcached.ask("incr k2 1\r\n", "\r\n");
    memcached.ask("nonsense\r\n", "\r\n");
    redis.ask("SET a 1\r\n", "\r\n");
    redis.ask("GET a\r\n", "1\r\n1\r\n");
    redis.ask("GET b\r\n", "\r\n");
    redis.ask("LPUSH a x\r\n", "\r\n");
    redis.ask("DEL a\r\n", "\r\n");
    redis.ask("PING\r\n", "\r\n");

    const std::string text = metrics();

    EXPECT_EQ(value_of(text, "ringside_requests_received_total{pool=\"pool\"}"), 26);
    EXPECT_EQ(value_of(text, of_requests("pool", "read", "hit")), 11);
    EXPECT_EQ(value_of(text, of_requests("pool", "read", "miss")), 1);
    EXPECT_EQ(value_of(text, of_requests("pool", "write", "ok")), 10);
    EXPECT_EQ(value_of(text, of_requests("pool", "write", "node_error")), 1);
    EXPECT_EQ(value_of(text, of_requests("pool", "delete", "ok")), 1);
    EXPECT_EQ(value_of(text, of_requests("pool", "delete", "miss")), 1);
    EXPECT_EQ(value_of(text, of_requests("pool", "other", "rejected")), 1);
    EXPECT_EQ(value_of(text,
                       "ringside_requests_rejected_total{pool=\"pool\","
                       "reason=\"unknown_command\"}"),
              1);
    EXPECT_EQ(value_of(text, of_requests("zset", "read", "hit")), 1);
    EXPECT_EQ(value_of(text, of_requests("zset", "read", "miss")), 1);
    EXPECT_EQ(value_of(text, of_requests("zset", "write", "ok")), 1);
    EXPECT_EQ(value_of(text, of_requests("zset", "write", "node_error")), 1);
    EXPECT_EQ(value_of(text, of_requests("zset", "delete", "ok")), 1);
    EXPECT_EQ(value_of(text, of_requests("zset", "other", "ok")), 1);
    EXPECT_EQ(value_of(text, "ringside_request_duration_seconds_count{pool=\"pool\"}"), 25);
    EXPECT_EQ(value_of(text, "ringside_request_duration_seconds_count{pool=\"zset\"}"), 5);
    EXPECT_EQ(value_of(text, "ringside_client_connections{pool=\"pool\"}"), 1);
    const double parts = value_of(text, of_node("response_duration_seconds_count", "node-0")) +
                         value_of(text, of_node("response_duration_seconds_count", "node-1"));
    EXPECT_EQ(parts, value_of(text, of_node("responses_total", "node-0")) +
                         value_of(text, of_node("responses_total", "node-1")));
    EXPECT_GE(parts, 25);
}

TEST_F(Metrics, are_read_by_promtool_and_by_the_parser_of_openmetrics) {
    Client(ports_[0]).ask("get a\r\n", "END\r\n");
    Client(ports_[0]).ask("nonsense\r\n", "\r\n");
    Reader reader;

    const std::string older = scrape(proxy_.stats_port(), "text/plain");
    const Outcome promtool = reader.check(older, kPromtool);
    const Outcome python = reader.check(scrape(proxy_.admin_port(), kOpenMetrics), kPython);

    EXPECT_EQ(promtool.exit_code, 0) << promtool.output << promtool.errors;
    EXPECT_EQ(promtool.errors, "");
    EXPECT_EQ(python.exit_code, 0) << python.errors;
    EXPECT_GT(std::atoi(python.output.c_str()), 60);
    EXPECT_THAT(older, Not(HasSubstr("# EOF")));
}

TEST_F(Metrics, tell_of_a_node_that_does_not_answer) {
    Client client(ports_[0]);
    const std::string key = key_on("node-0");
    client.ask(fmt::format("get {}\r\n", key), "END\r\n");
    memcached_[0].pause();

    EXPECT_THAT(client.ask(fmt::format("get {}\r\n", key), "\r\n"), HasSubstr("timed out"));
    const std::string text = metrics();
    memcached_[0].resume();

    EXPECT_EQ(value_of(text, of_requests("pool", "read", "timed_out")), 1);
    EXPECT_EQ(value_of(text, of_node("timeouts_total", "node-0")), 1);
    EXPECT_EQ(value_of(text, of_node("timeouts_total", "node-1")), 0);
    // 0.3 s: above 0.262144, within 0.524288.
    const auto within = [&text](std::string_view bound) {
        return value_of(text, fmt::format("ringside_request_duration_seconds_bucket{{pool=\"pool\","
                                          "le=\"{}\"}}",
                                          bound));
    };
    EXPECT_EQ(within("0.262144"), 1);
    EXPECT_EQ(within("+Inf"), 2);
    EXPECT_GT(value_of(text, "ringside_request_duration_seconds_sum{pool=\"pool\"}"), 0.29);
}

TEST_F(Metrics, tell_of_an_ejected_node) {
    ASSERT_EQ(proxy_.post("/pools/pool/nodes/node-0/eject").status, 200);
    const std::string text = metrics();

    EXPECT_EQ(value_of(text,
                       "ringside_node_state{pool=\"pool\",node=\"node-0\","
                       "state=\"ejected_by_operator\"}"),
              1);
    EXPECT_EQ(value_of(text,
                       "ringside_node_state{pool=\"pool\",node=\"node-0\","
                       "state=\"in_ring\"}"),
              0);
    EXPECT_EQ(value_of(text, of_node("share_ratio", "node-0")), 0);
    EXPECT_EQ(value_of(text, of_node("share_ratio", "node-1")), 1);
    EXPECT_EQ(value_of(text, "ringside_ejections_total{pool=\"pool\"}"), 1);
    EXPECT_GT(value_of(text, of_node("last_ejection_timestamp_seconds", "node-0")), 1.6e9);
}

TEST_F(Metrics, tell_how_the_last_load_of_the_configuration_went) {
    EXPECT_EQ(value_of(metrics(), "ringside_config_last_reload_successful"), 1);

    proxy_.write_config("pool:\n  nonsense: 1\n");
    EXPECT_EQ(proxy_.post("/config/reload").status, 409);

    EXPECT_EQ(value_of(metrics(), "ringside_config_last_reload_successful"), 0);
    EXPECT_EQ(value_of(metrics(), "ringside_config_reloads_refused_total"), 1);
}

// A source that tells nodes as they come and go.
TEST(MetricsOfNodes, end_when_the_node_leaves) {
    Lab lab(3);
    const std::uint16_t port = free_port();
    Proxy proxy({.pools = fmt::format("pool:\n"
                                      "  listen: 127.0.0.1:{}\n"
                                      "  discovery:\n"
                                      "    elasticache: {{endpoint: \"{}\", interval: 200ms}}\n",
                                      port, lab.endpoint())});
    const std::string before = proxy.get("/metrics").body;
    const std::string gone = fmt::format(":{}\"", lab.status().nodes.front().port);

    lab.remove(lab.status().nodes.front().name);
    proxy.wait_until(
        [&proxy] {
            return proxy.get("/pools").body.find("\"node_count\": 2") != std::string::npos;
        },
        "a pool of two nodes");
    const std::string after = proxy.get("/metrics").body;

    EXPECT_THAT(before, HasSubstr("ringside_pool_nodes{pool=\"pool\",state=\"in_ring\"} 3\n"));
    EXPECT_THAT(after, HasSubstr("ringside_pool_nodes{pool=\"pool\",state=\"in_ring\"} 2\n"));
    EXPECT_THAT(before, HasSubstr(gone));  // the name on the ring ends in the port
    EXPECT_THAT(after, Not(HasSubstr(gone)));
    EXPECT_THAT(after, HasSubstr("ringside_discovery_state{pool=\"pool\",source=\"elasticache " +
                                 lab.endpoint() + "\",state=\"good\"} 1\n"));
}

}  // namespace
}  // namespace ringside::testing
