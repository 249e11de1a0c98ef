// What counts as a failure of a node, beside nutcracker: with one worker and with several the same
// nodes are ejected as there, after about as many errors.
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/scripted_peer.h"
#include "integration/support/servers.h"
#include "integration/support/temporary_directory.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::testing {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

using Nodes = std::array<MemcachedNode, 2>;

// By the number of workers.
class FailuresBesideNutcracker : public ::testing::TestWithParam<int> {
  protected:
    static constexpr int kLimit = 10;

    struct Errors {
        int theirs = 0;
        int ours = 0;
    };

    // Everything anew.
    void start(int failure_limit) {
        nutcracker_.reset();
        ringside_.reset();
        their_nodes_.emplace();
        our_nodes_.emplace();
        ++starts_;
        const std::vector<std::string> settings{
            "hash: murmur", "timeout: 400", "auto_eject_hosts: true",
            fmt::format("server_failure_limit: {}", failure_limit),
            "server_retry_timeout: 3600000"};
        nutcracker_ = std::make_unique<Nutcracker>(
            pool_before(*their_nodes_, path("nutcracker"), settings), path("nutcracker"));
        ringside_ = std::make_unique<Proxy>(
            ProxyOptions{.pools = pool_before(*our_nodes_, path("ringside"), settings),
                         .settings = fmt::format("  workers: {}\n", GetParam())});
    }

    std::string path(const char* name) const {
        return directory_.file(fmt::format("{}-{}", name, starts_));
    }
    // So many that each worker has some.
    std::vector<Client> clients(const char* name, int count) const {
        std::vector<Client> result;
        for (int i = 0; i < count; ++i) {
            result.emplace_back(path(name));
        }
        return result;
    }

    // A key of the first node: what the node itself has after a set through the proxy.
    static std::string key_of_first(Nodes& nodes, Client client) {
        for (int i = 0; i < 100; ++i) {
            const std::string key = fmt::format("key-{}", i);
            EXPECT_EQ(client.ask(fmt::format("set {} 0 0 1\r\nx\r\n", key), "\r\n"), "STORED\r\n");
            Client node = nodes[0].client();
            if (node.ask(fmt::format("get {}\r\n", key), "END\r\n") != "END\r\n") {
                return key;
            }
        }
        return {};
    }

    static int ejections(std::uint16_t stats_port) {
        return Json::parse(Client(stats_port).read_to_end()).at("pool").at("server_ejects");
    }
    int our_ejections() const { return ejections(ringside_->stats_port()); }
    int their_ejections() const { return ejections(nutcracker_->stats_port()); }

    // Errors of clients that take turns, until one gets an answer.
    static int errors_until_answered(std::vector<Client>& clients, const std::string& key) {
        int errors = 0;
        while (errors < 10'000) {
            for (Client& client : clients) {
                if (client.ask(fmt::format("get {}\r\n", key), "\r\n") == "END\r\n") {
                    return errors;
                }
                ++errors;
            }
        }
        return errors;
    }

    // Until the first node is ejected, which dies as soon as clients have used it.
    Errors errors_of_a_dead_node() {
        const std::string their_key = key_of_first(*their_nodes_, Client(path("nutcracker")));
        const std::string our_key = key_of_first(*our_nodes_, Client(path("ringside")));
        std::vector<Client> their_clients = clients("nutcracker", 8);
        std::vector<Client> our_clients = clients("ringside", 8);
        (*their_nodes_)[0].kill();
        (*our_nodes_)[0].kill();
        return {errors_until_answered(their_clients, their_key),
                errors_until_answered(our_clients, our_key)};
    }

    // All clients ask for a node that hangs, a little one behind the other, and get an error each;
    // they ask again, and the node goes on.
    static void hang_for_one_timeout(std::vector<Client>& clients, Nodes& nodes,
                                     const std::string& key) {
        const std::string get = fmt::format("get {}\r\n", key);
        nodes[0].pause();
        Client elsewhere = nodes[1].client();
        for (Client& client : clients) {
            client.send(get);
            for (int i = 0; i < 5; ++i) {
                elsewhere.ask("version\r\n", "\r\n");
            }
        }
        for (Client& client : clients) {
            EXPECT_THAT(client.read_line(), StartsWith("SERVER_ERROR Connection timed out"));
            client.send(get);
        }
        nodes[0].resume();
        for (Client& client : clients) {
            const std::string answer = client.read_line();
            EXPECT_THAT(answer, StartsWith("VALUE"));
            if (answer.starts_with("VALUE")) {
                client.read_until("END\r\n");
            }
        }
    }

    TemporaryDirectory directory_;
    int starts_ = 0;
    std::optional<Nodes> their_nodes_;
    std::optional<Nodes> our_nodes_;
    std::unique_ptr<Nutcracker> nutcracker_;
    std::unique_ptr<Proxy> ringside_;
};

// How many there are beyond the limit is how often clients ask before the control thread has its
// turn: on a busy machine any number, but not five times in a row.
TEST_P(FailuresBesideNutcracker, a_dead_node_costs_about_as_many_errors_and_is_ejected) {
    Errors errors;
    for (int run = 0; run < 5 && (run == 0 || errors.ours > 5 * kLimit); ++run) {
        start(kLimit);
        errors = errors_of_a_dead_node();
        fmt::print("errors until the ejection: {} workers {}, nutcracker {}\n", GetParam(),
                   errors.ours, errors.theirs);
        EXPECT_GE(errors.theirs, kLimit - 1);
        EXPECT_GE(errors.ours, kLimit - 1);
        EXPECT_EQ(our_ejections(), 1);
    }

    EXPECT_LE(errors.ours, 5 * kLimit) << "the same order";
    ringside_->wait_until([this] { return their_ejections() == 1; },
                          "nutcracker's statistics, which lag behind");
}

TEST_P(FailuresBesideNutcracker, a_node_that_hangs_for_less_than_the_limit_is_not_ejected) {
    start(2);
    const std::string their_key = key_of_first(*their_nodes_, Client(path("nutcracker")));
    const std::string our_key = key_of_first(*our_nodes_, Client(path("ringside")));
    std::vector<Client> their_clients = clients("nutcracker", 32);
    std::vector<Client> our_clients = clients("ringside", 32);

    hang_for_one_timeout(our_clients, *our_nodes_, our_key);

    EXPECT_EQ(our_ejections(), 0);
    // In nutcracker all requests expire with the first one, so those who ask again are in time.
    for (Client& client : their_clients) {
        EXPECT_THAT(client.ask(fmt::format("get {}\r\n", their_key), "END\r\n"),
                    StartsWith("VALUE"));
    }
    EXPECT_EQ(their_ejections(), 0);
}

INSTANTIATE_TEST_SUITE_P(Workers, FailuresBesideNutcracker, ::testing::Values(1, 2, 4),
                         [](const auto& instance) {
                             return fmt::format("{}_of_them", instance.param);
                         });

// --- real nodes that turn links away ---

template <typename Node>
class TurningAway : public ::testing::Test {
  protected:
    TurningAway(std::vector<std::string> node_arguments, std::vector<std::string> settings)
        : nodes_{Node(std::move(node_arguments))},
          proxy_({.pools = pool_before(nodes_, directory_.file("s"), std::move(settings))}) {}

    TemporaryDirectory directory_;
    std::array<Node, 1> nodes_;
    Proxy proxy_;
};

class FullRedis : public TurningAway<RedisNode> {
  protected:
    FullRedis() : TurningAway({"--maxclients", "1"}, {"redis: true", "timeout: 2000"}) {}
};

TEST_F(FullRedis, is_quoted_and_dialled_after_pauses) {
    {
        Client other = nodes_[0].client();
        ASSERT_EQ(other.ask("PING\r\n", "\r\n"), "+PONG\r\n");
        Client client(directory_.file("s"));
        const std::string first = client.ask("GET a\r\n", "\r\n");
        EXPECT_THAT(first, HasSubstr("ERR max number of clients reached"));

        proxy_.wait_until(
            [&client] {
                return client.ask("GET a\r\n", "\r\n")
                    .starts_with("-ERR turned away by the node: ERR max number of clients reached");
            },
            "a request within a pause");
        proxy_.wait_until(
            [this] {
                return proxy_.process().errors().find(
                           "node node-0 lost: turned away by the node: ERR max number of clients "
                           "reached") != std::string::npos;
            },
            "the node's words in the log");
        for (int i = 0; i < 2000; ++i) {
            client.ask("GET a\r\n", "\r\n");
        }
        const Json pool = Json::parse(Client(proxy_.stats_port()).read_to_end()).at("pool");
        EXPECT_LE(pool.at("node-0").at("server_eof").get<int>(), 50);
    }
    Client client(directory_.file("s"));
    proxy_.wait_until([&client] { return client.ask("GET a\r\n", "\r\n") == "$-1\r\n"; },
                      "an answer when there is room");
}

class FullMemcached : public TurningAway<MemcachedNode> {
  protected:
    FullMemcached()
        : TurningAway({"-c", std::to_string(kConnectionsMax), "-o", "maxconns_fast"},
                      {"timeout: 2000"}) {}

    static constexpr int kConnectionsMax = 20;  // with fewer it finds no descriptor to start with
};

TEST_F(FullMemcached, is_quoted) {
    std::vector<Client> others;
    for (int i = 0; i < kConnectionsMax; ++i) {
        others.push_back(nodes_[0].client());
    }
    proxy_.wait_until(
        [&] {
            Client client(directory_.file("s"));
            const std::string answer = client.ask("get a\r\n", "\r\n");
            return answer.find("ERROR Too many open connections") != std::string::npos;
        },
        "memcached's words");
}

// --- a node that answers once and resets ---

// One client that asks one thing after the other, of this node and of a memcached.
class AnswersOnceAndResets : public ::testing::Test {
  protected:
    static constexpr int kRequests = 300;
    static constexpr const char* kGet = "get k\r\n";
    // The node's; memcached has no values.
    static constexpr const char* kValue = "VALUE k 0 1\r\nx\r\nEND\r\n";

    void start(std::vector<std::string> settings) {
        settings.emplace_back("server_retry_timeout: 3600000");
        // With one node of 100 parts of 101 it is the owner of the key.
        proxy_ = std::make_unique<Proxy>(
            ProxyOptions{.pools = to_yaml({.listen = directory_.file("s"),
                                           .servers = {server_line(node_.address(), 100, "node"),
                                                       server_line(other_.address(), 1, "other")},
                                           .settings = std::move(settings)}),
                         .settings = "  workers: 1\n"});
        client_ = std::make_unique<Client>(directory_.file("s"));
    }
    // Empty if it was an error.
    std::string ask() {
        client_->send(kGet);
        const std::string line = client_->read_line();
        return line.starts_with("VALUE") ? line + client_->read_until("END\r\n")
               : line == "END\r\n"       ? line
                                         : std::string();
    }
    Json pool() { return Json::parse(Client(proxy_->stats_port()).read_to_end()).at("pool"); }

    TemporaryDirectory directory_;
    ScriptedPeer node_{[](std::string_view) { return std::string(kValue); }, 1};
    MemcachedNode other_;
    std::unique_ptr<Proxy> proxy_;
    std::unique_ptr<Client> client_;
};

TEST_F(AnswersOnceAndResets, is_ejected_at_the_limit) {
    constexpr int kLimit = 10;
    start({"auto_eject_hosts: true", fmt::format("server_failure_limit: {}", kLimit)});

    int answers = 0;
    std::string last;
    for (int i = 0; i < kRequests && last != "END\r\n"; ++i) {
        last = ask();
        answers += last == kValue ? 1 : 0;
    }

    EXPECT_EQ(last, "END\r\n") << "memcached's, which has the key now";
    EXPECT_GE(answers, 1);
    EXPECT_GE(node_.connections(), std::size_t{kLimit});
    EXPECT_LE(node_.connections(), std::size_t{2 * kLimit});
    EXPECT_EQ(pool().at("server_ejects"), 1);
}

TEST_F(AnswersOnceAndResets, is_dialled_after_pauses) {
    start({});

    for (int i = 0; i < kRequests; ++i) {
        ask();
    }

    EXPECT_GE(node_.connections(), 1U);
    EXPECT_LE(node_.connections(), std::size_t{kRequests / 10});
}

// --- unix sockets ---

TEST(UnixNode, whose_socket_is_missing_is_told_so) {
    TemporaryDirectory directory;
    Proxy proxy({.pools = to_yaml({.listen = directory.file("s"),
                                   .servers = {server_line(directory.file("none"), 1, "n")}})});
    Client client(directory.file("s"));

    EXPECT_EQ(client.ask("get a\r\n", "\r\n"),
              fmt::format("SERVER_ERROR No such file or directory: node n ({})\r\n",
                          directory.file("none")));
    proxy.wait_until(
        [&proxy] {
            return proxy.process().errors().find(
                       "node n lost: no connection: No such file or directory") !=
                   std::string::npos;
        },
        "the cause in the log");
}

}  // namespace
}  // namespace ringside::testing
