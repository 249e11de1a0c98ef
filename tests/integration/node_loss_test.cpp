// Nodes that die, stay silent and come back: errors that say which, and nothing else disturbed.
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::testing {
namespace {

using ::testing::EndsWith;
using ::testing::StartsWith;
using Json = nlohmann::json;

constexpr base::milliseconds kTimeout{400};

class NodeLoss : public ::testing::Test {
  protected:
    explicit NodeLoss(std::vector<std::string> settings = {"timeout: 400"})
        : proxy_({.pools = pool_before(nodes_, port_, std::move(settings))}), client_(port_) {
        for (int i = 0; keys_[0].empty() || keys_[1].empty() || keys_[2].empty(); ++i) {
            const std::string key = fmt::format("key{}", i);
            keys_[owner_of(key)] = key;
        }
        for (const std::string& key : keys_) {
            EXPECT_EQ(set(client_, key, key), "STORED\r\n");
        }
    }

    std::size_t owner_of(const std::string& key) {
        const auto answer = Json::parse(proxy_.get("/pools/pool/locate?key=" + key).body);
        const std::string name = answer.at("node");
        return std::stoul(name.substr(name.find('-') + 1));  // "node-0"
    }

    static std::string set(Client& client, std::string_view key, std::string_view value) {
        return client.ask(fmt::format("set {} 0 0 {}\r\n{}\r\n", key, value.size(), value), "\r\n");
    }
    static std::string get(Client& client, std::string_view key) {
        client.send(fmt::format("get {}\r\n", key));
        std::string answer = client.read_line();
        if (answer.starts_with("VALUE")) {
            answer += client.read_until("END\r\n");
        }
        return answer;
    }
    static std::string found(std::string_view key, std::string_view value) {
        return fmt::format("VALUE {} 0 {}\r\n{}\r\nEND\r\n", key, value.size(), value);
    }

    // What a request for the lost node is answered with.
    std::string error_because_of(std::string_view cause) const {
        return fmt::format("SERVER_ERROR {}{}", cause, error_end());
    }
    std::string error_end() const { return fmt::format(": node node-0 ({})\r\n", lost_.address()); }

    // Of the lost node.
    std::int64_t metric(std::string_view name) {
        const auto pool = Json::parse(proxy_.get("/pools/pool").body);
        const Json& node = pool.at("nodes").at(0);
        return node.at("name") == "node-0"
                   ? node.at("metrics").at(std::string(name)).get<std::int64_t>()
                   : -1;
    }

    void expect_others_to_work() {
        Client other(port_);
        for (const std::size_t i : {1U, 2U}) {
            EXPECT_EQ(get(other, keys_[i]), found(keys_[i], keys_[i]));
            EXPECT_EQ(get(client_, keys_[i]), found(keys_[i], keys_[i]));
        }
    }

    // Values that no late answer to another request could be taken for.
    void expect_to_be_in_step() {
        for (int i = 0; i < 100; ++i) {
            const std::string value = fmt::format("unique {}", i);
            const std::string& key = keys_[static_cast<std::size_t>(i) % keys_.size()];
            ASSERT_EQ(set(client_, key, value), "STORED\r\n");
            ASSERT_EQ(get(client_, key), found(key, value));
        }
    }

    std::array<MemcachedNode, 3> nodes_;
    MemcachedNode& lost_ = nodes_[0];
    std::uint16_t port_ = free_port();
    Proxy proxy_;
    Client client_;
    std::array<std::string, 3> keys_;  // one of each node
};

TEST_F(NodeLoss, a_killed_node_is_named_at_once_and_works_again_soon_after_its_restart) {
    lost_.kill();
    const base::TimePoint killed = base::Clock::now();

    const std::string first = get(client_, keys_[0]);
    const std::string second = set(client_, keys_[0], "x");
    const auto elapsed = base::Clock::now() - killed;

    EXPECT_THAT(first, StartsWith("SERVER_ERROR Connection "));
    EXPECT_THAT(first, EndsWith(error_end()));
    EXPECT_EQ(second, error_because_of("Connection refused"));
    EXPECT_LT(elapsed, kTimeout);
    expect_others_to_work();

    lost_.restart();
    const base::TimePoint restarted = base::Clock::now();
    proxy_.wait_until([this] { return set(client_, keys_[0], "x") == "STORED\r\n"; }, "the node");
    EXPECT_LT(base::Clock::now() - restarted, base::seconds(2));
    expect_to_be_in_step();
}

TEST_F(NodeLoss, is_logged_once_when_it_begins_and_once_when_it_ends) {
    const auto lines_with = [this](std::string_view text) {
        const std::string log = proxy_.process().errors();
        std::size_t count = 0;
        for (auto at = log.find(text); at != std::string::npos; at = log.find(text, at + 1)) {
            ++count;
        }
        return count;
    };
    lost_.kill();
    for (int i = 0; i < 100; ++i) {
        EXPECT_THAT(get(client_, keys_[0]), StartsWith("SERVER_ERROR "));
    }
    proxy_.process().wait_for_text("pool pool: node node-0 lost: connection ");

    lost_.restart();
    proxy_.wait_until([this] { return set(client_, keys_[0], "x") == "STORED\r\n"; }, "the node");
    proxy_.process().wait_for_text("pool pool: node node-0 back after ");

    EXPECT_EQ(lines_with("lost: "), 1U);
    EXPECT_EQ(lines_with("back after "), 1U);
}

TEST_F(NodeLoss, requests_under_way_are_answered_when_their_node_is_killed) {
    lost_.pause();
    client_.send(fmt::format("get {0}\r\nset {0} 0 0 1\r\nx\r\nget {1}\r\n", keys_[0], keys_[1]));
    proxy_.wait_until([this] { return metric("out_queue") == 2; }, "the requests");

    lost_.kill();

    EXPECT_THAT(client_.read_line(), EndsWith(error_end()));
    EXPECT_THAT(client_.read_line(), EndsWith(error_end()));
    EXPECT_EQ(client_.read_until("END\r\n"), found(keys_[1], keys_[1]));
    lost_.restart();
    proxy_.wait_until([this] { return set(client_, keys_[0], "x") == "STORED\r\n"; }, "the node");
    expect_to_be_in_step();
}

TEST_F(NodeLoss, a_silent_node_costs_the_timeout_and_its_late_answers_are_dropped) {
    // Given a node that neither answers nor closes
    lost_.pause();
    Client patient(port_);
    const base::TimePoint asked = base::Clock::now();
    patient.send(fmt::format("get {}\r\n", keys_[0]));

    // When the others are asked meanwhile, they answer
    expect_others_to_work();

    // Then the error comes when the timeout has passed, and names the node.
    EXPECT_EQ(patient.read_line(), error_because_of("Connection timed out"));
    const auto elapsed = base::Clock::now() - asked;
    EXPECT_GE(elapsed, kTimeout);
    // 200 ms over it is the aim on a quiet machine; the rest is for busy ones and sanitizers.
    EXPECT_LT(elapsed, kTimeout + base::milliseconds(600));

    // And what the node says later is nobody's answer.
    lost_.resume();
    proxy_.wait_until([this] { return metric("late_replies") == 1; }, "the late answer");
    EXPECT_EQ(get(patient, keys_[1]), found(keys_[1], keys_[1]));
    EXPECT_EQ(metric("server_timedout"), 1);
    EXPECT_EQ(metric("server_eof"), 0);
    expect_to_be_in_step();
}

TEST_F(NodeLoss, a_node_that_stays_silent_loses_its_connection_and_gets_a_new_one) {
    lost_.pause();
    EXPECT_EQ(get(client_, keys_[0]), error_because_of("Connection timed out"));
    proxy_.wait_until([this] { return metric("server_connections") == 0; }, "the end");
    expect_others_to_work();

    lost_.resume();

    proxy_.wait_until([this] { return set(client_, keys_[0], "x") == "STORED\r\n"; }, "the node");
    expect_to_be_in_step();
}

TEST_F(NodeLoss, a_multi_get_has_the_values_of_the_living_and_then_the_error) {
    const std::string request = fmt::format("get {} {} {}\r\n", keys_[1], keys_[0], keys_[2]);
    lost_.kill();
    get(client_, keys_[0]);  // the connection is known to be lost

    client_.send(request);

    for (const std::size_t i : {1U, 2U}) {
        EXPECT_EQ(client_.read_line(), fmt::format("VALUE {} 0 {}\r\n", keys_[i], keys_[i].size()));
        EXPECT_EQ(client_.read_line(), keys_[i] + "\r\n");
    }
    EXPECT_EQ(client_.read_line(), error_because_of("Connection refused"));
    expect_others_to_work();
}

class NodeLossAsMiss : public NodeLoss {
  protected:
    NodeLossAsMiss() : NodeLoss({"timeout: 400", "failure_mode: miss"}) {}
};

TEST_F(NodeLossAsMiss, a_multi_get_takes_the_dead_for_misses_if_the_pool_says_so) {
    lost_.kill();

    client_.send(fmt::format("get {} {}\r\n", keys_[0], keys_[1]));

    EXPECT_EQ(client_.read_until("END\r\n"), found(keys_[1], keys_[1]));
    expect_others_to_work();
}

class NodeLossWithEjection : public NodeLoss {
  protected:
    NodeLossWithEjection()
        : NodeLoss({"timeout: 400", "auto_eject_hosts: true", "server_failure_limit: 1",
                    "server_retry_timeout: 100"}) {}
};

TEST_F(NodeLossWithEjection, the_others_take_over_until_the_node_answers_again) {
    lost_.kill();

    proxy_.wait_until([this] { return set(client_, keys_[0], "away") == "STORED\r\n"; },
                      "the ejection");
    EXPECT_NE(owner_of(keys_[0]), 0U);
    expect_others_to_work();

    lost_.restart();
    proxy_.wait_until([this] { return owner_of(keys_[0]) == 0; }, "the return");
    EXPECT_EQ(set(client_, keys_[0], "back"), "STORED\r\n");
    Client node = lost_.client();
    EXPECT_EQ(get(node, keys_[0]), found(keys_[0], "back"));
}

// RFC 6761: no name under .invalid has an address.
TEST(NodeWithoutAddress, fails_its_part_of_a_multi_get_and_leaves_the_client_alone) {
    const MemcachedNode node;
    const std::uint16_t port = free_port();
    Proxy proxy(
        {.pools = to_yaml({.listen = fmt::format("127.0.0.1:{}", port),
                           .servers = {server_line(node.address(), 1, "node"),
                                       server_line("no.such.host.invalid:1", 1, "nameless")},
                           .settings = {"hash: murmur", "timeout: 20000"}})});
    Client client(port);
    std::string request = "get";
    for (int i = 0; i < 40; ++i) {
        request += fmt::format(" key{}", i);  // keys of both
    }

    for (int i = 0; i < 2; ++i) {
        const std::string answer = client.ask(request + "\r\n", "\r\n");
        // Not found; or timed out, where no name server answers.
        EXPECT_THAT(answer, StartsWith("SERVER_ERROR "));
        EXPECT_THAT(answer, EndsWith(": node nameless (no.such.host.invalid:1)\r\n"));
    }

    EXPECT_EQ(client.ask("version\r\n", "\r\n").substr(0, 8), "VERSION ");
}

TEST(RedisNodeLoss, is_an_error_that_names_the_node_and_leaves_the_client_alone) {
    std::array<RedisNode, 1> nodes;
    const std::uint16_t port = free_port();
    Proxy proxy({.pools = pool_before(nodes, port, {"redis: true", "timeout: 400"})});
    Client client(port);
    ASSERT_EQ(client.ask("SET k v\r\n", "\r\n"), "+OK\r\n");
    const std::string end = fmt::format(": node node-0 ({})\r\n", nodes[0].address());

    nodes[0].kill();
    const std::string first = client.ask("GET k\r\n", "\r\n");
    const std::string second = client.ask("MGET k j\r\n", "\r\n");

    EXPECT_THAT(first, StartsWith("-ERR "));
    EXPECT_THAT(first, EndsWith(end));
    EXPECT_EQ(second, "-ERR Connection refused" + end);
    nodes[0].restart();
    proxy.wait_until([&client] { return client.ask("SET k w\r\n", "\r\n") == "+OK\r\n"; },
                     "the node");
    EXPECT_EQ(client.ask("GET k\r\n", "w\r\n"), "$1\r\nw\r\n");
}

}  // namespace
}  // namespace ringside::testing
