// Failovers on real servers: nodes that have become replicas, passwords that were wrong, links that
// the operator wants replaced. Nothing of it takes a restart.
#include "integration/support/name_server.h"
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/resp.h"
#include "integration/support/servers.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::testing {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kOk = "+OK\r\n";
constexpr const char* kReadonly = "-READONLY You can't write against a read only replica.\r\n";

std::size_t count(std::string_view text, std::string_view what) {
    std::size_t times = 0;
    for (std::size_t at = text.find(what); at != std::string_view::npos;
         at = text.find(what, at + 1)) {
        ++times;
    }
    return times;
}

// What the n-th node of the pool looks like from outside.
Json node_of(const Proxy& proxy, std::size_t place = 0) {
    return Json::parse(proxy.get("/pools/pool").body).at("nodes").at(place);
}

void become_replica(RedisNode& node, const RedisNode& primary) {
    Client client = node.client();
    ASSERT_EQ(ask(client, {"REPLICAOF", "127.0.0.1", std::to_string(primary.port())}).raw, kOk);
}

// A number out of INFO or `stats`.
long long number_behind(const std::string& text, const std::string& label) {
    return std::stoll(text.substr(text.find(label) + label.size()));
}

TEST(RedisFailover, writes_work_again_when_another_node_has_the_address) {
    // Given a node that was the primary and lives on as a replica, while the new
    // one has its address
    TemporaryDirectory directory;
    const std::string path = directory.file("redis.sock");
    RedisNode old_primary({"--unixsocket", path, "--dir", directory.path()});
    const std::uint16_t port = free_port();
    Proxy proxy({.pools = to_yaml({.listen = fmt::format("127.0.0.1:{}", port),
                                   .servers = {server_line(path, 1, "node")},
                                   .settings = {"redis: true", "timeout: 2000"}}),
                 .settings = "  workers: 2\n"});
    std::array<Client, 3> clients{Client(port), Client(port), Client(port)};
    for (Client& client : clients) {
        ASSERT_EQ(ask(client, {"SET", "k", "old"}).raw, kOk);
    }
    RedisNode new_primary({"--unixsocket", path});
    become_replica(old_primary, new_primary);

    // When clients write on, over the links that they have
    for (Client& client : clients) {
        int refused = 0;
        const auto writes = [&] {
            const std::string answer = ask(client, {"SET", "k", "new"}).raw;
            EXPECT_TRUE(answer == kOk || answer == kReadonly) << answer;
            refused += answer == kReadonly ? 1 : 0;
            return answer == kOk;
        };
        proxy.wait_until(writes, "a write that is done");
    }

    // Then the new one has it, and the proxy has said what happened, once
    Client node = new_primary.client();
    EXPECT_EQ(ask(node, {"GET", "k"}).raw, bulk("new"));
    proxy.wait_until([&] { return node_of(proxy).at("problem").is_null(); }, "the problem's end");
    EXPECT_GE(node_of(proxy).at("metrics").at("readonly_replies"), 1);
    EXPECT_EQ(node_of(proxy).at("state"), "in_ring");
    EXPECT_EQ(count(proxy.process().errors(), "refuses writes as a replica does"), 1U);
    const auto ends = [&] { return count(proxy.process().errors(), "takes writes again"); };
    proxy.wait_until([&] { return ends() > 0; }, "the line that tells it");
    EXPECT_EQ(ends(), 1U);
}

TEST(RedisFailover, writes_follow_the_name_of_the_node_long_before_its_time_to_live_is_over) {
    // Given a primary behind a name that may be kept for ten minutes
    TemporaryDirectory directory;  // a replica writes what it is sent to a file
    RedisNode old_primary({"--dir", directory.path()});
    const std::string node_port = std::to_string(old_primary.port());
    const Process new_primary({"redis-server", "--port", node_port, "--bind", "127.0.0.2", "--save",
                               "", "--protected-mode", "no"});
    const auto record = [](const char* ip) {
        return std::vector<std::string>{fmt::format("--host-record=a.test,{},600", ip)};
    };
    auto names = std::make_unique<NameServer>(record("127.0.0.1"));
    const std::uint16_t names_port = names->port();
    const std::uint16_t port = free_port();
    Proxy proxy(
        {.pools = to_yaml({.listen = fmt::format("127.0.0.1:{}", port),
                           .servers = {server_line("a.test:" + node_port, 1, "node")},
                           .settings = {"redis: true", "timeout: 2000"}}),
         .settings = fmt::format("  workers: 2\n  nameservers: 127.0.0.1:{}\n", names_port)});
    Client client(port);
    ASSERT_EQ(ask(client, {"SET", "k", "old"}).raw, kOk);

    // When another node takes over, under the same name
    Client watcher = old_primary.client();
    ASSERT_EQ(ask(watcher, {"REPLICAOF", "127.0.0.2", node_port}).raw, kOk);
    const auto is_replica = [&] {
        return ask(watcher, {"INFO", "replication"}).text.find("master_link_status:up") !=
               std::string::npos;
    };
    proxy.wait_until(is_replica, "the replica");
    names.reset();
    names = std::make_unique<NameServer>(names_port, record("127.0.0.2"));
    const auto begin = std::chrono::steady_clock::now();

    // Then the first writes are refused, and the next ones done by the new one
    const auto writes = [&] {
        const std::string answer = ask(client, {"SET", "k", "new"}).raw;
        EXPECT_TRUE(answer == kOk || answer == kReadonly) << answer;
        return answer == kOk;
    };
    proxy.wait_until(writes, "a write that is done");
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::minutes(5));
    EXPECT_EQ(node_of(proxy).at("addresses").at(0), "127.0.0.2:" + node_port);
    EXPECT_EQ(node_of(proxy).at("state"), "in_ring");
}

TEST(RedisFailover, a_node_that_is_to_be_a_replica_gets_no_storm_of_connections) {
    RedisNode primary;
    TemporaryDirectory directory;
    std::array<RedisNode, 1> replica{RedisNode({"--dir", directory.path()})};
    become_replica(replica[0], primary);
    const std::uint16_t port = free_port();
    Proxy proxy({.pools = pool_before(replica, port, {"redis: true"})});
    Client client(port);
    Client watcher = replica[0].client();
    const auto connections = [&watcher] {
        return number_behind(ask(watcher, {"INFO", "stats"}).text, "total_connections_received:");
    };
    const long long before = connections();
    const auto begin = std::chrono::steady_clock::now();

    const auto replaced_three_times = [&] {
        for (int i = 0; i < 100; ++i) {
            EXPECT_EQ(ask(client, {"SET", "k", "v"}).raw, kReadonly);
            EXPECT_FALSE(ask(client, {"GET", "k"}).is_error());
        }
        return node_of(proxy).at("link_epoch") == 3;
    };
    proxy.wait_until(replaced_three_times, "the third time that the links are replaced");

    EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(2900))
        << "at once, after 1 s and after 2 s more";
    EXPECT_LE(connections() - before, 4);
    EXPECT_EQ(node_of(proxy).at("metrics").at("links_replaced"), 3);
    EXPECT_THAT(node_of(proxy).at("problem").get<std::string>(), HasSubstr("READONLY"));
    EXPECT_EQ(node_of(proxy).at("metrics").at("degraded"), 1);
    EXPECT_EQ(count(proxy.process().errors(), "refuses writes as a replica does"), 1U);
}

TEST(RedisFailover, the_operator_has_links_replaced_without_a_request_lost) {
    std::array<MemcachedNode, 1> nodes;
    const std::uint16_t port = free_port();
    Proxy proxy({.pools = pool_before(nodes, port)});
    Client client(port);
    Client watcher = nodes[0].client();
    const auto stat = [&watcher](const std::string& name) {
        return number_behind(watcher.ask("stats\r\n", "END\r\n"), "STAT " + name + " ");
    };
    const long long without_link = stat("curr_connections");
    ASSERT_EQ(client.ask("get k\r\n", "END\r\n"), "END\r\n");
    ASSERT_EQ(stat("curr_connections"), without_link + 1);

    for (const char* action : {"reconnect", "restore"}) {
        const long long total = stat("total_connections");
        EXPECT_EQ(proxy.post(fmt::format("/pools/pool/nodes/node-0/{}", action)).status, 200);
        proxy.wait_until([&] { return stat("curr_connections") == without_link; },
                         "the end of the idle link");
        EXPECT_EQ(stat("total_connections"), total) << "new ones are made at need";

        EXPECT_EQ(client.ask("get k\r\n", "END\r\n"), "END\r\n");
        EXPECT_EQ(stat("curr_connections"), without_link + 1);
        EXPECT_EQ(stat("total_connections"), total + 1) << action;
    }

    // What is under way is answered over the link that it went out on.
    nodes[0].pause();
    client.send("get k\r\n");
    proxy.wait_until([&] { return node_of(proxy).at("metrics").at("out_queue") == 1; },
                     "the request at the node");
    const Outcome done = proxy.ringctl({"reconnect", "pool", "node-0"});
    EXPECT_EQ(done.exit_code, 0) << done.errors;
    EXPECT_THAT(done.output, StartsWith("node-0 of pool pool is in_ring"));
    nodes[0].resume();
    EXPECT_EQ(client.read_until("END\r\n"), "END\r\n");
    proxy.wait_until([&] { return stat("curr_connections") == without_link; },
                     "the end of the link that was busy");

    ASSERT_EQ(client.ask("get k\r\n", "END\r\n"), "END\r\n");
    const Outcome all = proxy.ringctl({"reconnect", "pool"});
    EXPECT_EQ(all.exit_code, 0) << all.errors;
    EXPECT_EQ(all.output, "the links of pool pool are being replaced\n");
    proxy.wait_until([&] { return stat("curr_connections") == without_link; },
                     "the end of the pool's idle link");
    EXPECT_EQ(proxy.ringctl({"reconnect"}).exit_code, 2);
    EXPECT_EQ(proxy.ringctl({"reconnect", "nowhere"}).exit_code, 1);
}

// With a pool that ejects, and with one that does not.
class RedisWrongPassword : public ::testing::TestWithParam<bool> {
  protected:
    std::string pool(const std::string& password) const {
        return pool_before(nodes_, port_,
                           {"redis: true", "redis_auth: " + password, "timeout: 2000",
                            GetParam() ? "auto_eject_hosts: true" : "auto_eject_hosts: false",
                            "server_failure_limit: 1", "server_retry_timeout: 30000"});
    }

    std::array<RedisNode, 2> nodes_{RedisNode({"--requirepass", "right"}),
                                    RedisNode({"--requirepass", "right"})};
    std::uint16_t port_ = free_port();
};

TEST_P(RedisWrongPassword, is_shown_told_once_and_forgotten_when_it_is_corrected) {
    // Given nodes that refuse the password of the pool
    Proxy proxy({.pools = pool("wrong"), .settings = "  workers: 2\n"});
    Client client(port_);
    ASSERT_EQ(ask(client, {"AUTH", "wrong"}).raw, kOk);
    const auto shows_problem = [&] {
        for (int i = 0; i < 20; ++i) {
            EXPECT_TRUE(ask(client, {"GET", fmt::format("{}-key", i)}).is_error());
        }
        return !node_of(proxy, 0).at("problem").is_null() ||
               !node_of(proxy, 1).at("problem").is_null();
    };
    proxy.wait_until(shows_problem, "a degraded node");
    EXPECT_EQ(proxy.get("/readyz").status, 200);
    EXPECT_THAT(proxy.ringctl({"pool", "pool"}).output,
                HasSubstr("refuses redis_auth or redis_db"));
    const std::string log = proxy.process().errors();
    for (const char* node : {"node-0", "node-1"}) {
        EXPECT_LE(count(log, fmt::format("{} refuses redis_auth", node)), 1U) << log;
    }

    // When it is corrected
    const auto begin = std::chrono::steady_clock::now();
    proxy.reload(pool("right"));

    // Then both nodes are used at once: no back-off and no ejection outlives it
    const auto is_well = [&] {
        int errors = 0;
        for (int i = 0; i < 20; ++i) {
            errors += ask(client, {"GET", fmt::format("{}-key", i)}).is_error() ? 1 : 0;
        }
        return errors == 0 && node_of(proxy, 0).at("state") == "in_ring" &&
               node_of(proxy, 1).at("state") == "in_ring";
    };
    proxy.wait_until(is_well, "both nodes");
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(25));
    EXPECT_TRUE(node_of(proxy, 0).at("problem").is_null());
    EXPECT_TRUE(node_of(proxy, 1).at("problem").is_null());
}

INSTANTIATE_TEST_SUITE_P(Pools, RedisWrongPassword, ::testing::Bool(), [](const auto& instance) {
    return std::string(instance.param ? "that_eject" : "that_do_not_eject");
});

}  // namespace
}  // namespace ringside::testing
