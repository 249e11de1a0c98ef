// Redis pools on real redis-servers: commands, splitting, passwords, databases, unix sockets.
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/resp.h"
#include "integration/support/servers.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::testing {
namespace {

using ::testing::HasSubstr;

using Dialogue = std::vector<std::pair<Words, std::string>>;

void expect_answers(Client& client, const Dialogue& dialogue) {
    for (const auto& [words, answer] : dialogue) {
        EXPECT_EQ(client.ask(resp(words), answer.size()), answer) << words.front();
    }
    EXPECT_EQ(client.surplus(), "");
}

class RedisPool : public ::testing::Test {
  protected:
    std::array<RedisNode, 3> nodes_;
    std::uint16_t port_ = free_port();
    Proxy proxy_{{.pools = pool_before(nodes_, port_, {"redis: true"})}};
    Client client_{port_};

    void expect(const Dialogue& dialogue) { expect_answers(client_, dialogue); }

    // On how many nodes each key lives, summed up; and on how many nodes there are any.
    std::pair<int, int> copies_and_nodes(const std::vector<std::string>& keys) {
        std::vector<std::string> words{"EXISTS"};
        words.insert(words.end(), keys.begin(), keys.end());
        int copies = 0;
        int nodes_in_use = 0;
        for (const RedisNode& node : nodes_) {
            const int here = std::stoi(node.client().ask(resp(words), "\r\n").substr(1));
            copies += here;
            nodes_in_use += here > 0 ? 1 : 0;
        }
        return {copies, nodes_in_use};
    }
};

TEST_F(RedisPool, answers_every_command_of_the_table) {
    expect({{{"PING"}, "+PONG\r\n"},
            {{"GET", "k"}, "$-1\r\n"},
            {{"SET", "k", "a\r\nb"}, "+OK\r\n"},
            {{"get", "k"}, bulk("a\r\nb")},
            {{"EXISTS", "k"}, ":1\r\n"},
            {{"TTL", "k"}, ":-1\r\n"},
            {{"EXPIRE", "k", "100"}, ":1\r\n"},
            {{"TTL", "k"}, ":100\r\n"},
            {{"SET", "k", "v", "EX", "200"}, "+OK\r\n"},
            {{"TTL", "k"}, ":200\r\n"},
            {{"TTL", "none"}, ":-2\r\n"},
            {{"INCR", "n"}, ":1\r\n"},
            {{"INCR", "n"}, ":2\r\n"},
            {{"MSET", "k", "w"}, "+OK\r\n"},
            {{"MGET", "k"}, "*1\r\n" + bulk("w")},
            {{"DEL", "k"}, ":1\r\n"},
            {{"DEL", "k"}, ":0\r\n"}});
    client_.send(resp({"QUIT"}));
    EXPECT_EQ(client_.read_to_end(), "+OK\r\n");
}

TEST_F(RedisPool, understands_inline_commands) {
    EXPECT_EQ(client_.ask("SET k v\r\n", "\r\n"), "+OK\r\n");
    EXPECT_EQ(client_.ask("PING\n", "\r\n"), "+PONG\r\n");
    expect({{{"GET", "k"}, bulk("v")}});
}

TEST_F(RedisPool, splits_requests_of_many_keys_and_merges_in_their_order) {
    std::vector<std::string> keys;
    std::vector<std::string> mset{"MSET"};
    std::vector<std::string> mget{"MGET"};
    std::string expected = "*42\r\n";
    for (int i = 0; i < 40; ++i) {
        keys.push_back(fmt::format("{}-key", i));  // numbers last would share a node
        mset.insert(mset.end(), {keys.back(), fmt::format("value {}", i)});
        mget.push_back(keys.back());
        expected += bulk(fmt::format("value {}", i));
    }
    mget.insert(mget.end(), {"none", "0-key"});
    expected += "$-1\r\n" + bulk("value 0");

    expect({{mset, "+OK\r\n"}, {mget, expected}});

    EXPECT_EQ(copies_and_nodes(keys), std::pair(40, 3));
    auto exists = keys;
    exists.insert(exists.begin(), "EXISTS");
    exists.insert(exists.end(), {"7-key", "none"});
    auto del = keys;
    del.insert(del.begin(), "DEL");
    del.push_back("none");
    expect({{exists, ":41\r\n"}, {del, ":40\r\n"}, {exists, ":0\r\n"}});
}

TEST_F(RedisPool, answers_a_pipeline_of_ten_thousand_in_order) {
    constexpr int kRequests = 10'000;
    std::string requests;
    std::string expected;
    for (int i = 0; i < kRequests; i += 2) {
        requests += resp({"SET", fmt::format("key{}", i % 97), std::to_string(i)}) +
                    resp({"GET", fmt::format("key{}", i % 97)});
        expected += "+OK\r\n" + bulk(std::to_string(i));
    }

    client_.send(requests);

    EXPECT_TRUE(client_.read_exactly(expected.size()) == expected);
    EXPECT_EQ(client_.surplus(), "");
}

TEST_F(RedisPool, passes_on_the_errors_of_redis_word_for_word) {
    for (const RedisNode& node : nodes_) {
        node.client().ask(resp({"LPUSH", "list", "x"}), "\r\n");
    }
    expect({{{"SET", "text", "x"}, "+OK\r\n"},
            {{"GET", "list"},
             "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"},
            {{"INCR", "text"}, "-ERR value is not an integer or out of range\r\n"},
            {{"SET", "text", "x", "NONSENSE"}, "-ERR syntax error\r\n"},
            {{"MGET", "text", "list"}, "*2\r\n" + bulk("x") + "$-1\r\n"}});
}

TEST_F(RedisPool, answers_what_it_does_not_support_and_goes_on) {
    expect({{{"GET"}, "-ERR wrong number of arguments for 'get' command\r\n"},
            {{"MSET", "a", "1", "b"}, "-ERR wrong number of arguments for 'mset' command\r\n"},
            {{"AUTH", "other", "x"},
             "-WRONGPASS invalid username-password pair or user is disabled.\r\n"},
            {{"DANCE", "x"}, "-ERR unknown command 'DANCE', with args beginning with: 'x' \r\n"},
            {{"PING"}, "+PONG\r\n"}});
    for (const std::string word : {"FLUSHALL", "KEYS", "WATCH"}) {
        EXPECT_THAT(client_.ask(resp({word, "x"}), "\r\n"),
                    HasSubstr("is not supported by this proxy"));
    }
    expect({{{"PING", "hello"}, bulk("hello")}});
}

TEST(RedisSecrets, reaches_the_database_of_the_pool_with_its_password) {
    std::array<RedisNode, 1> nodes{RedisNode({"--requirepass", "open sesame"})};
    const std::uint16_t port = free_port();
    Proxy proxy({.pools = pool_before(nodes, port,
                                      {"redis: true", "redis_auth: open sesame", "redis_db: 3"})});
    Client client(port);

    expect_answers(client, {{{"GET", "k"}, "-NOAUTH Authentication required.\r\n"},
                            {{"AUTH", "wrong"},
                             "-WRONGPASS invalid username-password pair or user is disabled.\r\n"},
                            {{"SET", "k", "v"}, "-NOAUTH Authentication required.\r\n"},
                            {{"AUTH", "open sesame"}, "+OK\r\n"},
                            {{"SET", "k", "v"}, "+OK\r\n"},
                            {{"GET", "k"}, bulk("v")}});

    Client node = nodes[0].client();
    expect_answers(node, {{{"AUTH", "open sesame"}, "+OK\r\n"},
                          {{"EXISTS", "k"}, ":0\r\n"},
                          {{"SELECT", "3"}, "+OK\r\n"},
                          {{"GET", "k"}, bulk("v")}});
}

TEST(RedisSecrets, tells_the_client_when_the_node_refuses_password_or_database) {
    std::array<RedisNode, 1> locked{RedisNode({"--requirepass", "right"})};
    std::array<RedisNode, 1> small{RedisNode({"--databases", "2"})};
    const std::uint16_t locked_port = free_port();
    const std::uint16_t small_port = free_port();
    PoolText small_pool{.name = "small",
                        .listen = fmt::format("127.0.0.1:{}", small_port),
                        .servers = {server_line(small[0].address())},
                        .settings = {"redis: true", "redis_db: 2"}};
    Proxy proxy({.pools = pool_before(locked, locked_port, {"redis: true", "redis_auth: wrong"}) +
                          to_yaml(small_pool)});
    Client client(locked_port);

    expect_answers(client, {{{"AUTH", "wrong"}, "+OK\r\n"}});
    EXPECT_EQ(client.ask(resp({"GET", "k"}), "\r\n"),
              fmt::format("-ERR the node refused redis_auth or redis_db (Authentication required, "
                          "or no such database): WRONGPASS invalid username-password pair or user "
                          "is disabled.: node node-0 ({})\r\n",
                          locked[0].address()));
    EXPECT_EQ(Client(small_port).ask(resp({"SET", "k", "v"}), "\r\n"),
              fmt::format("-ERR the node refused redis_auth or redis_db (Authentication required, "
                          "or no such database): ERR DB index is out of range: node {}\r\n",
                          small[0].address()));

    // Nothing went to another database instead, and the client's connection is still there.
    Client node = small[0].client();
    expect_answers(node, {{{"EXISTS", "k"}, ":0\r\n"}});
    expect_answers(client, {{{"PING"}, "+PONG\r\n"}});
}

TEST(RedisUnixSockets, serves_on_one_socket_and_reaches_the_node_on_another) {
    TemporaryDirectory directory;
    const std::string node_path = directory.file("node.sock");
    const std::string listen_path = directory.file("ringside.sock");
    RedisNode node({"--unixsocket", node_path});
    PoolText pool{.listen = listen_path + " 0640",
                  .servers = {server_line(node_path)},
                  .settings = {"redis: true", "redis_db: 5"}};
    Proxy proxy({.pools = to_yaml(pool)});
    Client client(listen_path);

    expect_answers(client, {{{"SET", "k", "v"}, "+OK\r\n"}, {{"GET", "k"}, bulk("v")}});

    struct stat status {};
    ASSERT_EQ(::stat(listen_path.c_str(), &status), 0);
    EXPECT_TRUE(S_ISSOCK(status.st_mode));
    EXPECT_EQ(status.st_mode & 07777U, 0640U);
    Client direct = node.client();
    expect_answers(
        direct,
        {{{"EXISTS", "k"}, ":0\r\n"}, {{"SELECT", "5"}, "+OK\r\n"}, {{"GET", "k"}, bulk("v")}});
}

}  // namespace
}  // namespace ringside::testing
