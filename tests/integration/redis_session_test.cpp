// Redis sessions: the dialect a client chooses, passwords, and requests whose keys live apart.
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/resp.h"
#include "integration/support/scripted_peer.h"
#include "integration/support/servers.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace ringside::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

class RedisSessions : public ::testing::Test {
  protected:
    std::array<RedisNode, 3> nodes_;
    std::uint16_t port_ = free_port();
    Proxy proxy_{{.pools = pool_before(nodes_, port_, {"redis: true", "hash_tag: \"{}\""})}};
    Client client_{port_};
};

TEST_F(RedisSessions, each_answer_is_in_the_dialect_of_its_time) {
    client_.send(resp({"GET", "none"}) + resp({"HELLO", "3"}) + resp({"GET", "none"}) +
                 resp({"HSET", "h", "f", "v"}) + resp({"HGETALL", "h"}) +
                 resp({"MGET", "none", "nothing", "nowhere"}) + resp({"HELLO", "2"}) +
                 resp({"HGETALL", "h"}) + resp({"HELLO", "3"}) + resp({"RESET"}) +
                 resp({"GET", "none"}));

    EXPECT_EQ(read_answer(client_).raw, "$-1\r\n");
    EXPECT_THAT(read_answer(client_).raw, StartsWith("%7\r\n"));
    EXPECT_EQ(read_answer(client_).raw, "_\r\n");
    EXPECT_EQ(read_answer(client_).raw, ":1\r\n");
    EXPECT_EQ(read_answer(client_).raw, "%1\r\n" + bulk("f") + bulk("v"));
    EXPECT_EQ(read_answer(client_).raw, "*3\r\n_\r\n_\r\n_\r\n");
    EXPECT_THAT(read_answer(client_).raw, StartsWith("*14\r\n"));
    EXPECT_EQ(read_answer(client_).raw, "*2\r\n" + bulk("f") + bulk("v"));
    EXPECT_THAT(read_answer(client_).raw, StartsWith("%7\r\n"));
    EXPECT_EQ(read_answer(client_).raw, "+RESET\r\n");
    EXPECT_EQ(read_answer(client_).raw, "$-1\r\n");
}

TEST_F(RedisSessions, sessions_of_both_dialects_live_side_by_side) {
    Client other(port_);
    ask(other, {"HELLO", "3"});

    for (int i = 0; i < 20; ++i) {
        const std::string key = fmt::format("{}-none", i);
        client_.send(resp({"GET", key}));
        other.send(resp({"GET", key}));
        EXPECT_EQ(read_answer(client_).raw, "$-1\r\n");
        EXPECT_EQ(read_answer(other).raw, "_\r\n");
    }
}

TEST_F(RedisSessions, keys_that_live_apart_are_refused_with_their_nodes) {
    Words sunion{"SUNION"};
    for (int i = 0; i < 30; ++i) {
        sunion.push_back(fmt::format("{}-set", i));
    }

    EXPECT_THAT(ask(client_, sunion).raw,
                MatchesRegex("-CROSSSLOT the keys of SUNION must live on one node: '0-set' is on "
                             "node-. .*, '.*-set' on node-. .*; give them a common hash_tag\r\n"));
    // Those with a common tag live together, whatever the command.
    EXPECT_EQ(ask(client_, {"SADD", "{t}a", "1", "2"}).raw, ":2\r\n");
    EXPECT_EQ(ask(client_, {"SADD", "{t}b", "2", "3"}).raw, ":2\r\n");
    EXPECT_EQ(ask(client_, {"SUNIONSTORE", "{t}c", "{t}a", "{t}b"}).raw, ":3\r\n");
    EXPECT_EQ(ask(client_, {"RENAME", "{t}c", "{t}d"}).raw, "+OK\r\n");
    EXPECT_EQ(ask(client_, {"ZUNIONSTORE", "{t}z", "2", "{t}a", "{t}b"}).raw, ":3\r\n");
    EXPECT_EQ(ask(client_, {"EVAL", "return #KEYS", "2", "{t}a", "{t}b"}).raw, ":2\r\n");
}

TEST_F(RedisSessions, every_connection_has_a_number_of_its_own) {
    Client other(port_);

    EXPECT_NE(ask(client_, {"CLIENT", "ID"}).raw, ask(other, {"CLIENT", "ID"}).raw);
    EXPECT_THAT(ask(client_, {"INFO"}).text, HasSubstr("connected_clients:2\r\n"));
    EXPECT_THAT(ask(client_, {"INFO", "pool"}).text, HasSubstr("nodes_in_ring:3\r\n"));
}

TEST(RedisPasswords, hello_authenticates_and_the_nodes_get_the_password_of_the_pool) {
    std::array<RedisNode, 1> nodes{RedisNode({"--requirepass", "open sesame"})};
    const std::uint16_t port = free_port();
    Proxy proxy({.pools = pool_before(nodes, port,
                                      {"redis: true", "redis_auth: open sesame", "redis_db: 3"})});
    Client client(port);

    EXPECT_EQ(ask(client, {"PING"}).raw, "-NOAUTH Authentication required.\r\n");
    EXPECT_THAT(ask(client, {"HELLO", "3"}).raw, StartsWith("-NOAUTH HELLO must be called"));
    EXPECT_THAT(ask(client, {"HELLO", "3", "AUTH", "default", "open sesame"}).raw,
                StartsWith("%7\r\n"));
    EXPECT_EQ(ask(client, {"SELECT", "3"}).raw, "+OK\r\n");
    EXPECT_EQ(ask(client, {"SET", "k", "v"}).raw, "+OK\r\n");
    EXPECT_EQ(ask(client, {"GET", "none"}).raw, "_\r\n");
    EXPECT_EQ(ask(client, {"RESET"}).raw, "+RESET\r\n");
    EXPECT_EQ(ask(client, {"GET", "k"}).raw, "-NOAUTH Authentication required.\r\n");

    Client node = nodes[0].client();
    ask(node, {"AUTH", "open sesame"});
    ask(node, {"SELECT", "3"});
    EXPECT_EQ(ask(node, {"GET", "k"}).raw, bulk("v"));
}

TEST(RedisDialects, a_node_before_redis_6_fails_requests_of_resp3_sessions_only) {
    ScriptedPeer old_node([](std::string_view line) -> std::optional<std::string> {
        if (line == "HELLO") {
            return "-ERR unknown command 'HELLO'\r\n";
        }
        return line == "GET" ? "$3\r\nold\r\n" : "";
    });
    const std::uint16_t port = free_port();
    PoolText pool{.listen = fmt::format("127.0.0.1:{}", port),
                  .servers = {server_line(old_node.address())},
                  .settings = {"redis: true", "server_connections: 1"}};
    Proxy proxy({.pools = to_yaml(pool)});
    Client client(port);

    EXPECT_THAT(ask(client, {"HELLO", "3"}).raw, StartsWith("%7\r\n"));
    EXPECT_EQ(ask(client, {"GET", "k"}).raw,
              fmt::format("-ERR the node refused redis_auth, redis_db or HELLO 3 (RESP3 needs "
                          "Redis 6): ERR unknown command 'HELLO': node {}\r\n",
                          old_node.address()));
}

// As twemproxy's own tests demand it.
TEST(RedisStrictly, what_twemproxy_does_not_know_closes_behind_the_answers_that_are_due) {
    std::array<RedisNode, 2> nodes;
    const std::uint16_t port = free_port();
    Proxy proxy({.pools = pool_before(nodes, port, {"redis: true", "strict_twemproxy: true"})});

    for (const Words& unknown : {Words{"MSETNX", "a", "1"}, Words{"GET"}, Words{"HELLO", "3"},
                                 Words{"XADD", "x", "*", "f", "v"}, Words{"QUIT"}}) {
        Client client(port);
        client.send(resp({"SET", "k", "v"}) + resp({"GET", "k"}) + resp(unknown));
        EXPECT_EQ(client.read_to_end(), "+OK\r\n" + bulk("v")) << unknown.front();
    }
}

}  // namespace
}  // namespace ringside::testing
