// What only workers know, asked over the admin API and by ringctl while real clients and nodes are
// connected.
#include "integration/support/network.h"
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace ringside::testing {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Workers : public ::testing::Test {
  protected:
    Json json(std::string_view target) const {
        const HttpAnswer answer = proxy_.get(target);
        EXPECT_EQ(answer.status, 200) << answer.body;
        return Json::parse(answer.body);
    }

    std::vector<MemcachedNode> nodes_{2};
    std::uint16_t port_ = free_port();
    Proxy proxy_{{.pools = pool_before(nodes_, port_), .settings = "  workers: 2\n"}};
};

TEST_F(Workers, tell_their_sessions_links_and_turns) {
    Client client(port_);
    client.ask("set a 0 0 1\r\nx\r\n", "STORED\r\n");

    const Json before = json("/workers").at("workers");
    client.ask("get a\r\n", "END\r\n");
    const Json after = json("/workers").at("workers");

    ASSERT_EQ(before.size(), 2u);
    std::size_t sessions = 0;
    std::size_t links = 0;
    for (const Json& worker : before) {
        sessions += worker.at("sessions").get<std::size_t>();
        links += worker.at("links").get<std::size_t>();
        EXPECT_EQ(worker.at("in_flight"), 0);
        EXPECT_LT(worker.at("told_after_us"), 1'000'000);
    }
    EXPECT_EQ(sessions, 1u);
    EXPECT_GE(links, 1u);
    EXPECT_GT(after[0].at("turns"), before[0].at("turns"));
    EXPECT_THAT(proxy_.ringctl({"workers"}).output, StartsWith("WORKER"));
}

TEST_F(Workers, list_every_connection_once_page_by_page) {
    std::vector<Client> clients;
    for (int i = 0; i < 30; ++i) {
        clients.emplace_back(port_);
        clients.back().ask("get a\r\n", "END\r\n");
    }
    std::set<std::uint64_t> ids;
    std::uint64_t received = 0;
    std::string from;
    int pages = 0;
    do {
        const Json page =
            json("/connections?side=session&limit=7" + (from.empty() ? from : "&from=" + from));
        EXPECT_LE(page.at("connections").size(), 7u);
        for (const Json& row : page.at("connections")) {
            EXPECT_TRUE(ids.insert(row.at("id").get<std::uint64_t>()).second);
            EXPECT_EQ(row.at("pool"), "pool");
            EXPECT_THAT(row.at("peer").get<std::string>(), StartsWith("127.0.0.1:"));
            received += row.at("received_bytes").get<std::uint64_t>();
        }
        from = page.at("next").is_null() ? "" : page.at("next").get<std::string>();
    } while (!from.empty() && ++pages < 100);

    EXPECT_EQ(ids.size(), 30u);
    EXPECT_EQ(received, 30 * std::string("get a\r\n").size());
    const Json links = json("/connections?side=link").at("connections");
    ASSERT_FALSE(links.empty());
    EXPECT_EQ(links[0].at("peer"), nodes_[links[0].at("node") == "node-0" ? 0 : 1].address());
    EXPECT_GT(links[0].at("sent_bytes"), 0);
    EXPECT_THAT(proxy_.ringctl({"connections"}).output, HasSubstr("127.0.0.1:"));
}

TEST_F(Workers, name_the_request_that_was_slow_and_where_it_waited) {
    Client client(port_);
    const std::string node =
        Json::parse(proxy_.get("/pools/pool/locate?key=greeting").body).at("node");
    client.ask("get greeting\r\n", "END\r\n");  // the link is there
    MemcachedNode& slow = nodes_[node == "node-0" ? 0 : 1];
    slow.pause();
    client.send("get greeting\r\n");
    proxy_.wait_until(
        [this] {
            const Json workers = json("/workers").at("workers");
            return workers[0].at("in_flight") != 0 || workers[1].at("in_flight") != 0;
        },
        "the request to be under way");
    slow.resume();
    client.read_until("END\r\n");

    const Json slowest = json("/slow").at("requests").at(0);

    EXPECT_EQ(slowest.at("command"), "get");
    EXPECT_EQ(slowest.at("key"), "greeting");
    EXPECT_EQ(slowest.at("pool"), "pool");
    EXPECT_EQ(slowest.at("node"), node);
    EXPECT_EQ(slowest.at("outcome"), "miss");
    EXPECT_GT(slowest.at("at_node_us"), 0);
    EXPECT_EQ(slowest.at("took_us").get<long>(),
              slowest.at("queued_us").get<long>() + slowest.at("at_node_us").get<long>());
    EXPECT_THAT(proxy_.ringctl({"slow"}).output, HasSubstr("greeting"));
}

TEST(HotKeys, of_a_pool_are_told_once_it_is_asked_to_count_them) {
    const std::vector<MemcachedNode> nodes(2);
    const std::uint16_t port = free_port();
    Proxy proxy({.pools = pool_before(nodes, port), .settings = "  workers: 2\n"});
    EXPECT_EQ(proxy.get("/pools/pool/keys/top").status, 409);
    EXPECT_THAT(proxy.get("/pools/pool/keys/top").body, HasSubstr("hot_keys: true"));
    EXPECT_EQ(proxy.get("/pools/nowhere/keys/top").status, 404);
    proxy.reload(pool_before(nodes, port, {"hot_keys: true"}));
    std::vector<Client> clients;
    for (int i = 0; i < 4; ++i) {
        clients.emplace_back(port);
    }

    for (int i = 0; i < 2'000; ++i) {
        clients[static_cast<std::size_t>(i) % clients.size()].ask(
            i % 2 == 0 ? "get hot\r\n" : fmt::format("get cold:{}\r\n", i), "END\r\n");
    }

    const Json top = Json::parse(proxy.get("/pools/pool/keys/top?limit=5").body);
    ASSERT_EQ(top.at("keys").size(), 5u);
    const Json& hottest = top.at("keys")[0];
    EXPECT_EQ(hottest.at("key"), "hot");
    EXPECT_EQ(hottest.at("node"),
              Json::parse(proxy.get("/pools/pool/locate?key=hot").body).at("node"));
    EXPECT_NEAR(hottest.at("share").get<double>(), 0.5, 0.2);
    EXPECT_GT(hottest.at("per_second"), 10);
    EXPECT_EQ(proxy.get("/pools/pool/keys/top?limit=0").status, 400);
}

TEST_F(Workers, many_keys_are_located_at_once) {
    Client client(proxy_.admin_port());
    client.send(
        "POST /pools/pool/locate HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        "Content-Type: application/json\r\nContent-Length: 10\r\n\r\n[\"a\", \"b\"]");
    const std::string answer = client.read_to_end();

    ASSERT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    const Json list = Json::parse(answer.substr(answer.find("\r\n\r\n") + 4));
    EXPECT_EQ(list[1], Json::parse(proxy_.get("/pools/pool/locate?key=b").body));
}

}  // namespace
}  // namespace ringside::testing
