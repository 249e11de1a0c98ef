// A connection to a node that dies without a word, as behind a firewall that has forgotten it.
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/relay.h"
#include "integration/support/servers.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::testing {
namespace {

using ::testing::StartsWith;
using Json = nlohmann::json;

constexpr std::size_t kClients = 20;

class DeadConnection : public ::testing::Test {
  protected:
    static std::string pool_text(const std::string& node, std::uint16_t port) {
        return to_yaml(
            {.listen = fmt::format("127.0.0.1:{}", port),
             .servers = {server_line(node, 1, "node-0")},
             .settings = {"timeout: 400", "auto_eject_hosts: true", "server_failure_limit: 2"}});
    }
    // Of the only node of the pool.
    Json node() { return Json::parse(proxy_.get("/pools/pool").body).at("nodes").at(0); }

    MemcachedNode memcached_;
    Relay relay_{memcached_.port()};
    std::uint16_t port_ = free_port();
    Proxy proxy_{{.pools = pool_text(relay_.address(), port_)}};
};

TEST_F(DeadConnection, costs_each_client_one_error_and_the_node_nothing) {
    std::vector<Client> clients;
    for (std::size_t i = 0; i < kClients; ++i) {
        clients.emplace_back(port_);
        ASSERT_EQ(clients.back().ask("get a\r\n", "END\r\n"), "END\r\n");
    }
    relay_.forget_connections();

    for (Client& client : clients) {
        client.send("get a\r\n");
    }
    for (Client& client : clients) {
        EXPECT_THAT(client.read_line(), StartsWith("SERVER_ERROR Connection timed out"));
    }
    for (Client& client : clients) {
        EXPECT_EQ(client.ask("set a 0 0 1\r\nv\r\nget a\r\n", "END\r\n"),
                  "STORED\r\nVALUE a 0 1\r\nv\r\nEND\r\n");
    }

    EXPECT_EQ(node().at("state"), "in_ring");
    const Json metrics = node().at("metrics");
    EXPECT_EQ(metrics.at("server_timedout"), kClients);
    EXPECT_GE(metrics.at("links_silent"), 1);
}

TEST_F(DeadConnection, fails_the_requests_of_a_pipeline_and_serves_those_behind_it) {
    Client client(port_);
    ASSERT_EQ(client.ask("get a\r\n", "END\r\n"), "END\r\n");
    relay_.forget_connections();

    client.send("get a\r\nset a 0 0 1\r\nv\r\nget a\r\n");
    for (int i = 0; i < 3; ++i) {
        EXPECT_THAT(client.read_line(), StartsWith("SERVER_ERROR Connection timed out"));
    }

    EXPECT_EQ(client.ask("get a\r\n", "END\r\n"), "END\r\n");
}

}  // namespace
}  // namespace ringside::testing
