// The table of docs/from-twemproxy.md beside nutcracker itself: what it says of both programs. Each
// stands before nodes of its own, with the same settings.
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"
#include "integration/support/temporary_directory.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <array>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::testing {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// With this hash key-0 to key-5 live on both nodes.
constexpr const char* kHash = "hash: murmur";

struct Settings {
    std::vector<std::string> pool = {};
    std::vector<std::string> node_arguments = {};
    int workers = 1;
};

template <typename Node>
class Beside {
  public:
    explicit Beside(Settings settings = {})
        : settings_(with_hash(std::move(settings))),
          their_nodes_{Node(settings_.node_arguments), Node(settings_.node_arguments)},
          our_nodes_{Node(settings_.node_arguments), Node(settings_.node_arguments)},
          nutcracker_(yaml("nutcracker", their_nodes_), path("nutcracker")),
          ringside_({.pools = yaml("ringside", our_nodes_),
                     .settings = fmt::format("  workers: {}\n", settings_.workers)}) {}

    Client theirs() const { return Client(path("nutcracker")); }
    Client ours() const { return Client(path("ringside")); }
    std::uint16_t their_stats_port() const { return nutcracker_.stats_port(); }
    std::uint16_t our_stats_port() const { return ringside_.stats_port(); }
    Json their_pool() const { return pool_of(their_stats_port()); }
    Json our_pool() const { return pool_of(our_stats_port()); }
    void wait_until(const std::function<bool()>& condition, std::string_view what) {
        ringside_.wait_until(condition, what);
    }

    // For the first node of both.
    template <typename Change>
    void with_first_nodes(Change change) {
        change(their_nodes_[0]);
        change(our_nodes_[0]);
    }
    Node& their_first() { return their_nodes_[0]; }
    Node& our_first() { return our_nodes_[0]; }

  private:
    using Nodes = std::array<Node, 2>;

    static Settings with_hash(Settings settings) {
        settings.pool.emplace_back(kHash);
        return settings;
    }
    static Json pool_of(std::uint16_t stats_port) {
        return Json::parse(Client(stats_port).read_to_end()).at("pool");
    }
    std::string path(const char* name) const { return directory_.file(name); }
    std::string yaml(const char* name, const Nodes& nodes) const {
        return pool_before(nodes, path(name), settings_.pool);
    }

    TemporaryDirectory directory_;
    Settings settings_;
    Nodes their_nodes_;
    Nodes our_nodes_;
    Nutcracker nutcracker_;
    Proxy ringside_;
};

std::string six_keys(std::string_view prefix = " key-") {
    std::string keys;
    for (int i = 0; i < 6; ++i) {
        keys += fmt::format("{}{}", prefix, i);
    }
    return keys;
}

// The words as an array of RESP.
std::string resp(const std::vector<std::string>& words) {
    std::string bytes = fmt::format("*{}\r\n", words.size());
    for (const std::string& word : words) {
        bytes += fmt::format("${}\r\n{}\r\n", word.size(), word);
    }
    return bytes;
}

std::string resp_of_keys(std::string word) {
    std::vector<std::string> words{std::move(word)};
    for (int i = 0; i < 6; ++i) {
        words.push_back(fmt::format("key-{}", i));
    }
    return resp(words);
}

void store_six_in_redis(Client client) {
    for (int i = 0; i < 6; ++i) {
        const std::string set = resp({"SET", fmt::format("key-{}", i), "v"});
        ASSERT_EQ(client.ask(set, "\r\n"), "+OK\r\n");
    }
}

TEST(FromTwemproxy, control_bytes_in_a_key_stop_at_the_proxy) {
    Beside<MemcachedNode> both;

    EXPECT_EQ(both.theirs().ask({"get a\0b\r\n", 9}, "\r\n"), "END\r\n");
    EXPECT_THAT(both.ours().ask({"get a\0b\r\n", 9}, "\r\n"), StartsWith("CLIENT_ERROR "));
}

TEST(FromTwemproxy, a_value_above_the_limit_is_refused_here) {
    const std::string set =
        fmt::format("set key 0 0 2000000\r\n{}\r\n", std::string(2'000'000, 'v'));
    Beside<MemcachedNode> both({.node_arguments = {"-I", "4m"}});

    EXPECT_EQ(both.theirs().ask(set, "\r\n"), "STORED\r\n");
    EXPECT_EQ(both.ours().ask(set, "\r\n"), "SERVER_ERROR object too large for cache\r\n");
}

TEST(FromTwemproxy, a_get_of_many_keys_keeps_what_was_found_when_a_node_is_lost) {
    Beside<MemcachedNode> both;
    std::array clients{both.theirs(), both.ours()};
    for (Client& client : clients) {
        for (int i = 0; i < 6; ++i) {
            ASSERT_EQ(client.ask(fmt::format("set key-{} 0 0 1\r\nv\r\n", i), "\r\n"),
                      "STORED\r\n");
        }
    }
    both.with_first_nodes([](MemcachedNode& node) { node.kill(); });
    auto& [theirs, ours] = clients;

    theirs.send("get" + six_keys() + "\r\n");
    EXPECT_EQ(theirs.read_to_end(), "SERVER_ERROR Connection refused\r\n");

    ours.send("get" + six_keys() + "\r\n");
    EXPECT_THAT(ours.read_until("SERVER_ERROR "), StartsWith("VALUE key-"));
    EXPECT_THAT(ours.read_line(), HasSubstr("node node-0 (127.0.0.1:"));
    EXPECT_THAT(ours.ask("version\r\n", "\r\n"), StartsWith("VERSION ")) << "the client stays";
}

TEST(FromTwemproxy, an_mget_is_one_error_when_a_node_is_lost_and_the_client_stays) {
    Beside<RedisNode> both({.pool = {"redis: true"}});
    both.with_first_nodes([](RedisNode& node) { node.kill(); });
    const std::string mget = resp_of_keys("MGET");

    Client theirs = both.theirs();
    theirs.send(mget);
    EXPECT_EQ(theirs.read_to_end(), "-ERR Connection refused\r\n");

    Client ours = both.ours();
    EXPECT_THAT(ours.ask(mget, "\r\n"), StartsWith("-ERR Connection refused: node node-0 ("));
    EXPECT_EQ(ours.ask(resp({"PING"}), "\r\n"), "+PONG\r\n");
}

TEST(FromTwemproxy, keys_that_must_be_together_are_refused_instead_of_half_answered) {
    Beside<RedisNode> both({.pool = {"redis: true"}});
    std::array clients{both.theirs(), both.ours()};
    for (Client& client : clients) {
        for (int i = 0; i < 6; ++i) {
            const std::string add = resp({"SADD", fmt::format("key-{}", i), std::to_string(i)});
            ASSERT_EQ(client.ask(add, "\r\n"), ":1\r\n");
        }
    }

    const std::string half = both.theirs().ask(resp_of_keys("SUNION"), "\r\n");
    EXPECT_THAT(half, StartsWith("*"));
    EXPECT_NE(half, "*6\r\n");
    EXPECT_THAT(both.ours().ask(resp_of_keys("SUNION"), "\r\n"), StartsWith("-CROSSSLOT "));
}

TEST(FromTwemproxy, exists_and_pfcount_count_on_all_nodes) {
    Beside<RedisNode> both({.pool = {"redis: true"}});
    store_six_in_redis(both.theirs());
    store_six_in_redis(both.ours());

    EXPECT_NE(both.theirs().ask(resp_of_keys("EXISTS"), "\r\n"), ":6\r\n");
    EXPECT_EQ(both.ours().ask(resp_of_keys("EXISTS"), "\r\n"), ":6\r\n");
}

// The first request waits for longer than is allowed, the second has time left when the node is
// awake again.
TEST(FromTwemproxy, a_request_that_times_out_takes_no_other_with_it) {
    constexpr base::milliseconds kHalf{2500};
    Beside<MemcachedNode> both({.pool = {"timeout: 5000"}});
    const auto first_of = [](Client& client) { client.send("get key-0 key-1 key-2\r\n"); };
    both.with_first_nodes([](MemcachedNode& node) { node.pause(); });
    Client their_first = both.theirs();
    Client our_first = both.ours();
    first_of(their_first);
    first_of(our_first);
    EXPECT_EQ(our_first.surplus(kHalf), "");
    Client their_second = both.theirs();
    Client our_second = both.ours();
    first_of(their_second);
    first_of(our_second);

    EXPECT_EQ(their_first.read_line(), "SERVER_ERROR Connection timed out\r\n");
    EXPECT_THAT(our_first.read_line(), StartsWith("SERVER_ERROR Connection timed out: node "));
    both.with_first_nodes([](MemcachedNode& node) { node.resume(); });

    EXPECT_EQ(their_second.read_line(), "SERVER_ERROR Connection timed out\r\n");
    EXPECT_EQ(our_second.read_line(), "END\r\n");
}

TEST(FromTwemproxy, a_node_that_closes_an_idle_connection_has_not_failed) {
    Beside<MemcachedNode> both({.pool = {"auto_eject_hosts: true", "server_failure_limit: 1",
                                         "server_retry_timeout: 3600000"},
                                .node_arguments = {"-o", "idle_timeout=1"}});
    const std::string get = "get" + six_keys() + "\r\n";
    ASSERT_EQ(both.theirs().ask(get, "\r\n"), "END\r\n");
    ASSERT_EQ(both.ours().ask(get, "\r\n"), "END\r\n");

    both.wait_until([&both] { return both.their_pool().at("server_ejects") == 2; },
                    "nutcracker to eject both nodes");
    both.wait_until(
        [&both] {
            const Json pool = both.our_pool();
            return pool.at("node-0").at("server_connections") == 0 &&
                   pool.at("node-1").at("server_connections") == 0;
        },
        "ringside's nodes to close");

    EXPECT_EQ(both.their_first().client().ask(get, "\r\n"), "END\r\n") << "it is well";
    EXPECT_EQ(both.theirs().ask("get key-0\r\n", "\r\n"), "SERVER_ERROR Connection refused\r\n");
    EXPECT_EQ(both.our_pool().at("server_ejects"), 0);
    EXPECT_EQ(both.ours().ask(get, "\r\n"), "END\r\n");
}

TEST(FromTwemproxy, an_ejected_node_costs_no_further_requests) {
    constexpr int kManyErrors = 12;
    Beside<MemcachedNode> both({.pool = {"auto_eject_hosts: true", "server_failure_limit: 2",
                                         "server_retry_timeout: 200"}});
    both.with_first_nodes([](MemcachedNode& node) { node.kill(); });
    Client theirs = both.theirs();
    Client ours = both.ours();
    const std::string all = "get" + six_keys() + "\r\n";
    both.wait_until([&] { return ours.ask(all, "\r\n") == "END\r\n"; }, "ringside's ejection");
    int their_errors = 0;
    int our_errors = 0;
    int round = 0;

    both.wait_until(
        [&] {
            const std::string get = fmt::format("get key-{}\r\n", round++ % 6);
            their_errors += theirs.ask(get, "\r\n") == "END\r\n" ? 0 : 1;
            our_errors += ours.ask(get, "\r\n") == "END\r\n" ? 0 : 1;
            return their_errors >= kManyErrors;
        },
        "requests that nutcracker tries the dead node with");

    EXPECT_EQ(our_errors, 0);
}

TEST(FromTwemproxy, client_connections_is_a_limit) {
    Beside<MemcachedNode> both({.pool = {"client_connections: 1"}});
    std::vector<Client> their_clients;
    for (int i = 0; i < 3; ++i) {
        their_clients.push_back(both.theirs());
        EXPECT_THAT(their_clients.back().ask("version\r\n", "\r\n"), StartsWith("VERSION "));
    }

    Client ours = both.ours();
    EXPECT_THAT(ours.ask("version\r\n", "\r\n"), StartsWith("VERSION "));
    EXPECT_TRUE(both.ours().closed_by_peer());
}

TEST(FromTwemproxy, data_goes_to_the_database_of_the_pool) {
    Beside<RedisNode> both({.pool = {"redis: true", "redis_auth: pw", "redis_db: 3"},
                            .node_arguments = {"--requirepass", "pw"}});
    std::array clients{both.theirs(), both.ours()};
    for (Client& client : clients) {
        ASSERT_EQ(client.ask(resp({"AUTH", "pw"}), "\r\n"), "+OK\r\n");
        for (int i = 0; i < 6; ++i) {
            ASSERT_EQ(client.ask(resp({"SET", fmt::format("key-{}", i), "v"}), "\r\n"), "+OK\r\n");
        }
    }
    const auto databases = [](RedisNode& node) {
        Client client = node.client();
        client.ask(resp({"AUTH", "pw"}), "\r\n");
        client.send(resp({"INFO", "keyspace"}) + resp({"QUIT"}));
        return client.read_to_end();
    };

    EXPECT_THAT(databases(both.their_first()), HasSubstr("db0:keys="));
    EXPECT_THAT(databases(both.our_first()), HasSubstr("db3:keys="));
}

TEST(FromTwemproxy, fragments_are_counted_and_the_statistics_speak_http) {
    Beside<MemcachedNode> both;
    const std::string get = "get" + six_keys() + "\r\n";
    ASSERT_EQ(both.theirs().ask(get, "\r\n"), "END\r\n");
    ASSERT_EQ(both.ours().ask(get, "\r\n"), "END\r\n");
    const auto answer_to_http = [](std::uint16_t port) {
        Client client(port);
        client.send("GET / HTTP/1.0\r\n\r\n");
        return client.read_until("\n");
    };

    both.wait_until([&both] { return both.their_pool().at("node-0").at("requests") == 1; },
                    "nutcracker's statistics");
    EXPECT_EQ(both.their_pool().at("fragments"), 0);
    EXPECT_EQ(both.our_pool().at("fragments"), 2);
    EXPECT_EQ(both.our_pool().at("node-0").at("requests"), 1);
    EXPECT_THAT(answer_to_http(both.their_stats_port()), StartsWith("{\"service\""));
    EXPECT_THAT(answer_to_http(both.our_stats_port()), StartsWith("HTTP/1.1 200 OK"));
}

TEST(FromTwemproxy, each_worker_has_connections_to_the_nodes_of_its_own) {
    Beside<MemcachedNode> both({.pool = {"server_connections: 1"}, .workers = 2});
    std::vector<Client> clients;
    for (int i = 0; i < 4; ++i) {  // spread over the workers
        clients.push_back(both.theirs());
        clients.push_back(both.ours());
    }
    for (Client& client : clients) {
        ASSERT_EQ(client.ask("get" + six_keys() + "\r\n", "\r\n"), "END\r\n");
    }

    both.wait_until(
        [&both] { return both.their_pool().at("node-0").at("server_connections") == 1; },
        "nutcracker's statistics");
    EXPECT_EQ(both.our_pool().at("node-0").at("server_connections"), 2);
}

TEST(FromTwemproxy, sigterm_ends_without_a_failure_and_leaves_no_socket_behind) {
    const MemcachedNode node;
    const TemporaryDirectory directory;
    const auto end = [&](const std::string& program, const std::string& name) {
        const std::string path = directory.file(name + ".sock");
        const std::string file = directory.write(
            name + ".yml", to_yaml({.listen = path, .servers = {server_line(node.address())}}));
        Process process({program, "-c", file, "-s", std::to_string(free_port()), "-a", "127.0.0.1",
                         "-o", directory.file(name + ".log")});
        process.wait_until([&path] { return accepts(path); }, "the socket");
        const int exit_code = process.stop();
        return std::pair(exit_code, std::filesystem::exists(path));
    };

    EXPECT_EQ(end("nutcracker", "theirs"), std::pair(128 + SIGTERM, true));
    EXPECT_EQ(end(program("ringside"), "ours"), std::pair(0, false));
}

}  // namespace
}  // namespace ringside::testing
