// What Redis nodes refuse reaches the one who asked, word for word, and nobody else; and large or
// odd traffic leaves the connection in step.
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/resp.h"
#include "integration/support/servers.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>

namespace ringside::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// A pool before one node.
struct OneNode {
    explicit OneNode(Words node_arguments = {}, Words settings = {"redis: true"})
        : nodes{RedisNode(std::move(node_arguments))},
          proxy({.pools = pool_before(nodes, port, std::move(settings))}) {}

    Client client() const { return Client(port); }

    std::array<RedisNode, 1> nodes;
    std::uint16_t port = free_port();
    Proxy proxy;
};

TEST(RedisErrors, a_node_without_memory_refuses_writes_only) {
    OneNode pool({"--maxmemory", "1", "--maxmemory-policy", "noeviction"});
    Client client = pool.client();

    client.send(resp({"GET", "k"}) + resp({"SET", "k", "v"}) + resp({"GET", "k"}));

    EXPECT_EQ(read_answer(client).raw, "$-1\r\n");
    EXPECT_THAT(read_answer(client).raw, StartsWith("-OOM command not allowed"));
    EXPECT_EQ(read_answer(client).raw, "$-1\r\n");
    Client neighbour = pool.client();
    EXPECT_EQ(ask(neighbour, {"EXISTS", "k"}).raw, ":0\r\n");
}

TEST(RedisErrors, a_node_that_runs_a_script_too_long_says_busy_until_it_is_killed) {
    OneNode pool({"--busy-reply-threshold", "10"});
    Client runner = pool.nodes[0].client();
    Client killer = pool.nodes[0].client();
    Client client = pool.client();
    EXPECT_EQ(ask(client, {"SET", "k", "v"}).raw, "+OK\r\n");
    runner.send(resp({"EVAL", "while true do end", "0"}));
    // The node may get the first request before the script.
    pool.proxy.wait_until(
        [&] {
            return ask(client, {"GET", "k"}).raw.starts_with("-BUSY Redis is busy");
        },
        "-BUSY");

    EXPECT_EQ(ask(killer, {"SCRIPT", "KILL"}).raw, "+OK\r\n");

    EXPECT_THAT(read_answer(runner).raw, HasSubstr("Script killed by user"));
    EXPECT_EQ(ask(client, {"GET", "k"}).raw, bulk("v"));
}

TEST(RedisErrors, a_node_that_is_loading_says_so) {
    TemporaryDirectory directory;
    {
        RedisNode before({"--dir", directory.path()});
        Client client = before.client();
        Words mset{"MSET"};
        for (int i = 0; i < 5000; ++i) {
            mset.insert(mset.end(), {fmt::format("key{}", i), std::string(20, 'v')});
        }
        EXPECT_EQ(ask(client, mset).raw, "+OK\r\n");
        EXPECT_EQ(ask(client, {"SAVE"}).raw, "+OK\r\n");
    }
    // 5000 keys of 20 ms: it loads for longer than this test takes.
    OneNode pool({"--dir", directory.path(), "--key-load-delay", "20000",
                  "--loading-process-events-interval-bytes", "1024"});
    Client client = pool.client();

    EXPECT_THAT(ask(client, {"GET", "key1"}).raw, StartsWith("-LOADING Redis is loading"));
    EXPECT_THAT(ask(client, {"SET", "key1", "v"}).raw, StartsWith("-LOADING Redis is loading"));
    EXPECT_EQ(ask(client, {"PING"}).raw, "+PONG\r\n");
}

TEST(RedisErrors, an_error_in_a_pipeline_leaves_its_neighbours_alone) {
    OneNode pool;
    Client client = pool.client();

    client.send(resp({"SET", "text", "x"}) + resp({"LPUSH", "text", "y"}) + resp({"GET", "text"}) +
                resp({"NONSENSE"}) + resp({"STRLEN", "text"}));

    EXPECT_EQ(read_answer(client).raw, "+OK\r\n");
    EXPECT_EQ(read_answer(client).raw,
              "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n");
    EXPECT_EQ(read_answer(client).raw, bulk("x"));
    EXPECT_THAT(read_answer(client).raw, StartsWith("-ERR unknown command 'NONSENSE'"));
    EXPECT_EQ(read_answer(client).raw, ":1\r\n");
}

TEST(RedisErrors, a_broken_frame_closes_behind_the_answers_that_are_due) {
    OneNode pool;
    Client client = pool.client();

    client.send(resp({"SET", "k", "v"}) + resp({"GET", "k"}) + "*1\r\n$-5\r\n" + resp({"PING"}));

    EXPECT_EQ(client.read_to_end(),
              "+OK\r\n" + bulk("v") + "-ERR Protocol error: invalid bulk length\r\n");
}

TEST(RedisErrors, a_large_argument_leaves_its_neighbours_and_the_connection_alone) {
    std::array<RedisNode, 2> nodes;
    const std::uint16_t port = free_port();
    Proxy proxy({.pools = pool_before(nodes, port, {"redis: true", "value_bytes_max: 1000"})});
    Client client(port);
    const std::string large(2000, 'x');

    client.send(resp({"SET", "a", "1"}) + resp({"MSET", "b", large, "c", "1", "d", large}) +
                resp({"GET", large, "b"}) + "SET e " + large + "\r\n" + resp({"GET", "a"}) +
                resp({"EXISTS", "b", "c", "d", "e"}));

    EXPECT_EQ(read_answer(client).raw, "+OK\r\n");
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(read_answer(client).raw,
                  "-ERR an argument of 2000 bytes is above the value_bytes_max of this pool, "
                  "1000\r\n");
    }
    EXPECT_EQ(read_answer(client).raw, bulk("1"));
    EXPECT_EQ(read_answer(client).raw, ":0\r\n");
}

TEST(RedisErrors, a_large_request_names_the_setting_that_refuses_it) {
    std::array<RedisNode, 2> nodes;
    const std::uint16_t port = free_port();
    Proxy proxy({.pools = pool_before(nodes, port, {"redis: true", "request_bytes_max: 4194304"})});
    Client client(port);
    Words mset{"MSET"};
    for (int i = 0; i < 6; ++i) {
        mset.insert(mset.end(), {fmt::format("{}-key", i), std::string(1 << 20, 'x')});
    }

    client.send(resp(mset) + resp({"EXISTS", "0-key", "5-key"}));

    EXPECT_EQ(read_answer(client).raw,
              "-ERR the request is above the request_bytes_max of this pool, 4194304 bytes\r\n");
    EXPECT_EQ(read_answer(client).raw, ":0\r\n");
}

// A node that only replicates refuses writes with -READONLY.
class ReadOnlyNode : public ::testing::Test {
  protected:
    std::string delete_over_nodes(Words settings) {
        std::array<RedisNode, 3> nodes;
        const std::uint16_t port = free_port();
        Proxy proxy({.pools = pool_before(nodes, port, std::move(settings))});
        Client node = nodes[1].client();
        ask(node, {"REPLICAOF", "127.0.0.1", std::to_string(free_port())});
        Client client(port);
        Words del{"DEL"};
        for (int i = 0; i < 30; ++i) {
            del.push_back(fmt::format("{}-key", i));
        }
        const std::string answer = ask(client, del).raw;
        EXPECT_EQ(ask(client, {"PING"}).raw, "+PONG\r\n");
        return answer;
    }
};

TEST_F(ReadOnlyNode, refuses_its_part_and_with_it_the_whole) {
    EXPECT_EQ(delete_over_nodes({"redis: true"}),
              "-READONLY You can't write against a read only replica.\r\n");
}

TEST_F(ReadOnlyNode, is_an_invalid_argument_in_twemproxys_words) {
    EXPECT_EQ(delete_over_nodes({"redis: true", "strict_twemproxy: true"}),
              "-ERR Invalid argument\r\n");
}

TEST(RedisTraffic, five_values_of_16_mib_go_in_by_one_mset_and_come_out_by_one_mget) {
    std::array<RedisNode, 4> nodes;
    const std::uint16_t port = free_port();
    Proxy proxy({.pools = pool_before(nodes, port, {"redis: true", "value_bytes_max: 16777216"})});
    Client client(port);
    Words mset{"MSET"};
    Words mget{"MGET"};
    std::string expected = "*5\r\n";
    for (int i = 0; i < 5; ++i) {
        const std::string value(std::size_t{16} << 20, static_cast<char>('a' + i));
        mget.push_back(fmt::format("{}-large", i));
        mset.insert(mset.end(), {mget.back(), value});
        expected += bulk(value);
    }

    EXPECT_EQ(ask(client, mset).raw, "+OK\r\n");
    client.send(resp(mget));

    EXPECT_TRUE(client.read_exactly(expected.size()) == expected);
    EXPECT_EQ(client.surplus(), "");
}

TEST(RedisTraffic, arrays_may_be_nested) {
    OneNode pool;
    Client client = pool.client();

    EXPECT_EQ(ask(client, {"EVAL", "return {1,{2,{3,{}},'x'},{{}}}", "1", "k"}).raw,
              "*3\r\n:1\r\n*3\r\n:2\r\n*2\r\n:3\r\n*0\r\n$1\r\nx\r\n*1\r\n*0\r\n");
}

// What scripts may make Redis say is never the node's fault.
class Scripts : public ::testing::Test {
  protected:
    // Each script is run so often; a neighbour's request is under way on the same link.
    static constexpr int kRuns = 20;

    void expect_same_answer_as_of_the_node(const std::string& script) {
        const std::string request = resp({"EVAL", script, "1", "k"});
        direct_.send(request);
        const std::string expected = read_answer(direct_).raw;
        for (int i = 0; i < kRuns; ++i) {
            client_.send(request);
            neighbour_.send(resp({"GET", "k"}));
            EXPECT_TRUE(client_.read_exactly(expected.size()) == expected) << script;
            EXPECT_EQ(read_answer(neighbour_).raw, bulk("v")) << script;
        }
    }

    // "total_connections_received:5"
    std::string connections_of_node() {
        const std::string info = ask(direct_, {"INFO", "stats"}).text;
        return info.substr(info.find("total_connections_received"),
                           info.find("total_commands") - info.find("total_connections_received"));
    }

    OneNode pool_{{},
                  {"redis: true", "server_connections: 1", "auto_eject_hosts: true",
                   "server_failure_limit: 1", "timeout: 10000"}};
    Client direct_ = pool_.nodes[0].client();
    Client client_ = pool_.client();
    Client neighbour_ = pool_.client();
};

TEST_F(Scripts, may_answer_with_any_depth_and_with_lines_of_any_length) {
    EXPECT_EQ(ask(client_, {"HELLO", "3"}).type(), '%');
    EXPECT_EQ(ask(client_, {"SET", "k", "v"}).raw, "+OK\r\n");
    EXPECT_EQ(ask(neighbour_, {"GET", "k"}).raw, bulk("v"));
    const std::string connections = connections_of_node();

    for (const char* dialect : {"2", "3"}) {
        ask(direct_, {"HELLO", dialect});
        ask(client_, {"HELLO", dialect});
        for (const char* script :
             {"local a='x'; for i=1,200 do a={a} end; return a",
              "local a='x'; for i=1,10000 do a={a} end; return a",
              "return redis.error_reply(string.rep('x',70000))",
              "return redis.status_reply(string.rep('x',70000))",
              "return redis.status_reply(string.rep('x',1048576))",
              "return {1,redis.status_reply(string.rep('x',1048576)),2}",
              "return {1,{redis.error_reply(string.rep('x',70000))}}",
              "redis.setresp(3); return {{big_number=string.rep('9',70000)},{map={a={1}}}}"}) {
            expect_same_answer_as_of_the_node(script);
        }
    }

    EXPECT_EQ(connections_of_node(), connections) << "no link was lost";
}

TEST_F(Scripts, may_say_what_a_node_says_that_is_not_well) {
    EXPECT_EQ(ask(client_, {"SET", "k", "v"}).raw, "+OK\r\n");
    EXPECT_EQ(ask(neighbour_, {"GET", "k"}).raw, bulk("v"));
    const std::string connections = connections_of_node();

    for (const char* word : {"BUSY", "LOADING", "MASTERDOWN", "NOAUTH", "READONLY", "MISCONF",
                             "NOSCRIPT", "OOM", "EXECABORT", "MOVED", "CLUSTERDOWN"}) {
        expect_same_answer_as_of_the_node(fmt::format("return redis.error_reply('{} x')", word));
        expect_same_answer_as_of_the_node(fmt::format("return {{err='{}'}}", word));
    }
    expect_same_answer_as_of_the_node("return redis.status_reply('QUEUED')");
    expect_same_answer_as_of_the_node("return {1, redis.error_reply('BUSY x')}");

    const std::string pool = pool_.proxy.get("/pools/pool").body;
    EXPECT_THAT(pool, HasSubstr("\"server_ejects\": 0"));
    EXPECT_THAT(pool, HasSubstr("\"readonly_replies\": 0"));
    EXPECT_THAT(pool, HasSubstr("\"protocol_errors\": 0"));
    EXPECT_EQ(connections_of_node(), connections) << "no link was lost";
}

TEST(RedisTraffic, a_long_error_for_a_client_that_has_gone_disturbs_nobody) {
    OneNode pool({}, {"redis: true", "server_connections: 1"});
    Client neighbour = pool.client();
    EXPECT_EQ(ask(neighbour, {"SET", "k", "v"}).raw, "+OK\r\n");

    for (int i = 0; i < 20; ++i) {
        Client leaving = pool.client();
        leaving.send(resp({"EVAL", "return redis.error_reply(string.rep('x',1048576))", "1", "k"}));
        neighbour.send(resp({"GET", "k"}));
        EXPECT_EQ(read_answer(neighbour).raw, bulk("v"));
    }
}

TEST(RedisTraffic, requests_may_come_byte_by_byte) {
    OneNode pool;
    Client client = pool.client();

    for (const char byte :
         resp({"MSET", "a", "1", "b", "2"}) + "GET \"\\x61\"\r\n" + resp({"MGET", "b", "a"})) {
        client.send({&byte, 1});
    }

    EXPECT_EQ(read_answer(client).raw, "+OK\r\n");
    EXPECT_EQ(read_answer(client).raw, bulk("1"));
    EXPECT_EQ(read_answer(client).raw, "*2\r\n" + bulk("2") + bulk("1"));
}

}  // namespace
}  // namespace ringside::testing
