// Scripts are loaded into all nodes of a pool, and run at the node of their keys.
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/resp.h"
#include "integration/support/servers.h"
#include "support/checkout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>

namespace ringside::testing {
namespace {

using ::testing::StartsWith;

const Words kLoad{"SCRIPT", "LOAD", "return ARGV[1]"};
constexpr std::string_view kHash = "098e0f0d1448c0a81dafe820f66d460eb09263da";

template <std::size_t kNodes>
struct Pool {
    explicit Pool(Words settings = {}) : proxy({.pools = text(std::move(settings))}) {}

    std::string text(Words settings) {
        settings.push_back("redis: true");
        return pool_before(nodes, port, std::move(settings));
    }

    std::array<RedisNode, kNodes> nodes;
    std::uint16_t port = free_port();
    Proxy proxy;
    Client client{port};
};

TEST(RedisScripts, redis_py_has_locks_and_registered_scripts_through_restarts_of_nodes) {
    std::array<RedisNode, 3> nodes;
    const std::uint16_t port = free_port();
    Proxy proxy({.pools = pool_before(nodes, port, {"redis: true"})});
    Words command{"/usr/bin/python3",
                  checkout::path("tests/integration/clients/redis_py_scripts.py"), "127.0.0.1",
                  std::to_string(port)};
    for (const RedisNode& node : nodes) {
        command.push_back(std::to_string(node.port()));
    }

    const Outcome outcome = run(command);

    EXPECT_EQ(outcome.exit_code, 0) << outcome.output << outcome.errors;
}

TEST(RedisScripts, load_is_done_if_one_node_has_taken_the_script) {
    Pool<3> pool({"timeout: 2000"});
    pool.nodes[0].kill();
    pool.nodes[2].kill();

    const RespAnswer hash = ask(pool.client, kLoad);

    Client node = pool.nodes[1].client();
    EXPECT_EQ(hash.raw, bulk(ask(node, kLoad).text));
    EXPECT_EQ(ask(node, {"SCRIPT", "EXISTS", hash.text}).raw, "*1\r\n:1\r\n");
    EXPECT_EQ(ask(pool.client, {"SCRIPT", "EXISTS", hash.text}).raw, "*1\r\n:0\r\n")
        << "not every node is known to have it";
    pool.nodes[1].kill();
    EXPECT_THAT(ask(pool.client, kLoad).raw, StartsWith("-ERR "));
    EXPECT_THAT(ask(pool.client, {"SCRIPT", "EXISTS", hash.text}).raw, StartsWith("-ERR "));
}

TEST(RedisScripts, a_script_exists_if_every_node_has_it) {
    Pool<3> pool;
    const std::string hash = ask(pool.client, kLoad).text;
    const Words exists{"SCRIPT", "EXISTS", hash, std::string(40, 'f'), hash};
    EXPECT_EQ(ask(pool.client, exists).raw, "*3\r\n:1\r\n:0\r\n:1\r\n");
    EXPECT_EQ(ask(pool.client, {"EVALSHA", hash, "1", "k", "v"}).raw, bulk("v"));

    Client node = pool.nodes[1].client();
    ask(node, {"SCRIPT", "FLUSH"});

    EXPECT_EQ(ask(pool.client, exists).raw, "*3\r\n:0\r\n:0\r\n:0\r\n");
}

TEST(RedisScripts, a_script_that_is_wrong_is_refused_in_the_words_of_the_nodes) {
    Pool<2> pool;

    EXPECT_THAT(ask(pool.client, {"SCRIPT", "LOAD", "retrun"}).raw,
                StartsWith("-ERR Error compiling script"));
    EXPECT_EQ(ask(pool.client, {"SCRIPT", "EXISTS"}).raw,
              "-ERR wrong number of arguments for 'script|exists' command\r\n");
}

TEST(RedisScripts, are_forgotten_only_where_the_pool_says_so) {
    Pool<2> closed;
    Pool<2> open({"flush_all: true"});

    const std::string hash = ask(closed.client, kLoad).text;
    EXPECT_EQ(ask(closed.client, {"SCRIPT", "FLUSH"}).raw,
              "-ERR 'script|flush' is not allowed: it needs \"flush_all: true\" in pool pool\r\n");
    EXPECT_EQ(ask(closed.client, {"SCRIPT", "EXISTS", hash}).raw, "*1\r\n:1\r\n");

    ask(open.client, kLoad);
    EXPECT_EQ(ask(open.client, {"SCRIPT", "FLUSH", "SYNC"}).raw, "+OK\r\n");
    EXPECT_EQ(ask(open.client, {"SCRIPT", "EXISTS", hash}).raw, "*1\r\n:0\r\n");
}

TEST(RedisScripts, without_keys_run_where_there_is_one_node_or_the_pool_says_so) {
    Pool<3> several;
    Pool<1> one;
    Pool<3> allowed({"scripts_without_keys: true"});
    const Words eval{"EVAL", "return redis.call('INCR', 'c')", "0"};

    EXPECT_THAT(ask(several.client, eval).raw, StartsWith("-ERR at least one key is needed"));
    EXPECT_EQ(ask(one.client, eval).raw, ":1\r\n");
    // All at the same node, however they are called.
    EXPECT_EQ(ask(allowed.client, eval).raw, ":1\r\n");
    const std::string hash = ask(allowed.client, {"SCRIPT", "LOAD", eval[1]}).text;
    EXPECT_EQ(ask(allowed.client, {"EVALSHA", hash, "0"}).raw, ":2\r\n");
    EXPECT_EQ(
        ask(allowed.client, {"EVAL", "return redis.call('GET', 'c') .. ARGV[1]", "0", "x"}).raw,
        bulk("2x"));
}

TEST(RedisScripts, strictly_close_the_connection_but_for_those_that_twemproxy_knows) {
    Pool<2> pool({"strict_twemproxy: true", "scripts_without_keys: true"});

    for (const Words& words :
         {kLoad, Words{"SCRIPT", "EXISTS", std::string(kHash)}, Words{"EVAL", "return 1", "0"}}) {
        Client client(pool.port);
        client.send(resp({"SET", "k", "v"}) + resp(words));
        EXPECT_EQ(client.read_to_end(), "+OK\r\n") << words[0];
    }
}

}  // namespace
}  // namespace ringside::testing
