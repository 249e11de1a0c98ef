// Nodes and endpoints by host name, with a real nameserver that is slow, silent, wrong or changed.
#include "integration/support/lab.h"
#include "integration/support/name_server.h"
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::testing {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Json = nlohmann::json;

// "a.test" with one address or several, for a second at a time.
std::vector<std::string> records(const std::vector<std::string>& ips,
                                 std::string_view name = "a.test") {
    std::vector<std::string> lines;
    for (const std::string& ip : ips) {
        lines.push_back(fmt::format("--host-record={},{},1", name, ip));
    }
    return lines;
}

class NodeNames : public ::testing::Test {
  protected:
    // A pool of one node at a.test.
    std::string pool(std::uint16_t node_port, std::vector<std::string> settings = {"timeout: 400"},
                     std::string_view name = "pool", std::string_view host = "a.test") {
        return to_yaml({.name = std::string(name),
                        .listen = fmt::format("127.0.0.1:{}", ports_.emplace_back(free_port())),
                        .servers = {server_line(fmt::format("{}:{}", host, node_port), 1, "node")},
                        .settings = std::move(settings)});
    }
    void start_names(const std::vector<std::string>& lines) {
        names_ = std::make_unique<NameServer>(lines);
    }
    void change_names(const std::vector<std::string>& lines) {
        const std::uint16_t port = names_->port();
        names_.reset();
        names_ = std::make_unique<NameServer>(port, lines);
    }
    void start_proxy(std::string pools, bool wait_until_ready = true) {
        proxy_ = std::make_unique<Proxy>(ProxyOptions{
            .pools = std::move(pools),
            .settings = fmt::format("  workers: 1\n  nameservers: 127.0.0.1:{}\n", names_->port()),
            .wait_until_ready = wait_until_ready});
    }

    Json node(std::string_view pool_name = "pool") {
        return Json::parse(proxy_->get(fmt::format("/pools/{}", pool_name)).body).at("nodes").at(0);
    }
    static std::string set(Client& client, std::string_view value) {
        return client.ask(fmt::format("set k 0 0 {}\r\n{}\r\n", value.size(), value), "\r\n");
    }
    static std::string get(Client& client) {
        client.send("get k\r\n");
        std::string answer = client.read_line();
        if (answer.starts_with("VALUE")) {
            answer += client.read_until("END\r\n");
        }
        return answer;
    }

    std::vector<std::uint16_t> ports_;  // of the pools
    std::unique_ptr<NameServer> names_;
    std::unique_ptr<Proxy> proxy_;
};

TEST_F(NodeNames, a_silent_nameserver_disturbs_no_other_pool) {
    const MemcachedNode node;
    start_names({});
    names_->pause();
    const std::vector<std::string> eager{"timeout: 400", "auto_eject_hosts: true",
                                         "server_failure_limit: 2"};
    std::string pools = pool(node.port(), eager, "nameless");
    pools += pool(node.port(), eager, "well", "127.0.0.1");
    start_proxy(pools, false);
    Client nameless(ports_[0]);
    Client well(ports_[1]);
    ASSERT_EQ(set(well, "v"), "STORED\r\n");

    for (int i = 0; i < 10; ++i) {
        nameless.send("get k\r\n");
        EXPECT_EQ(get(well), "VALUE k 0 1\r\nv\r\nEND\r\n");
    }

    EXPECT_THAT(nameless.read_line(),
                AllOf(StartsWith("SERVER_ERROR "), HasSubstr("still being looked up"),
                      EndsWith(fmt::format(": node node (a.test:{})\r\n", node.port()))));
    EXPECT_EQ(this->node("well").at("state"), "in_ring");
    EXPECT_EQ(this->node("well").at("failures"), 0);
}

// What a nameserver may do while a node restarts at its old address.
enum class Trouble { gone, silent, name_unknown };

class NodeNamesInTrouble : public NodeNames, public ::testing::WithParamInterface<Trouble> {};

TEST_P(NodeNamesInTrouble, a_node_that_restarts_is_found_at_its_last_good_address) {
    MemcachedNode node;
    start_names(records({"127.0.0.1"}));
    start_proxy(pool(node.port()));
    Client client(ports_[0]);
    ASSERT_EQ(set(client, "v"), "STORED\r\n");

    switch (GetParam()) {
        case Trouble::gone:
            names_->kill();
            break;
        case Trouble::silent:
            names_->pause();
            break;
        case Trouble::name_unknown:
            change_names(records({"127.0.0.1"}, "b.test"));
            break;
    }
    proxy_->wait_until([this] { return !this->node().at("address_problem").is_null(); },
                       "the failed lookup");
    node.kill();
    EXPECT_THAT(get(client), StartsWith("SERVER_ERROR "));
    node.restart();
    proxy_->wait_until([&client] { return set(client, "w") == "STORED\r\n"; }, "the node");

    EXPECT_EQ(this->node().at("addresses"),
              Json::array({fmt::format("127.0.0.1:{}", node.port())}));
    EXPECT_GE(this->node().at("metrics").at("lookup_failures"), 1);
    EXPECT_THAT(proxy_->process().errors(), HasSubstr("; going on with 127.0.0.1"));
}

INSTANTIATE_TEST_SUITE_P(Nameserver, NodeNamesInTrouble,
                         ::testing::Values(Trouble::gone, Trouble::silent, Trouble::name_unknown));

TEST_F(NodeNames, a_changed_address_moves_the_traffic_without_an_error) {
    const MemcachedNode before;
    const Process after(
        {"memcached", "-l", "127.0.0.2", "-p", std::to_string(before.port()), "-u", "root"});
    start_names(records({"127.0.0.1"}));
    start_proxy(pool(before.port()));
    Client client(ports_[0]);
    ASSERT_EQ(set(client, "v"), "STORED\r\n");

    change_names(records({"127.0.0.2"}));
    std::string answer;
    proxy_->wait_until(
        [&] {
            answer = get(client);
            return answer != "VALUE k 0 1\r\nv\r\nEND\r\n";
        },
        "the move");

    EXPECT_EQ(answer, "END\r\n") << "the other node is empty";
    EXPECT_EQ(node().at("metrics").at("server_err"), 0);
    EXPECT_EQ(node().at("state"), "in_ring");
}

TEST_F(NodeNames, the_second_address_of_a_name_serves_when_the_first_refuses) {
    const MemcachedNode node;
    start_names(records({"127.0.0.9", "127.0.0.1", "127.0.0.8"}));
    start_proxy(pool(node.port()));

    for (int i = 0; i < 5; ++i) {
        Client client(ports_[0]);
        EXPECT_EQ(set(client, "v"), "STORED\r\n");
    }

    EXPECT_EQ(this->node().at("addresses").size(), 3U);
    EXPECT_EQ(this->node().at("failures"), 0);
}

TEST_F(NodeNames, a_lookup_that_takes_longer_than_a_request_may_still_counts) {
    const MemcachedNode node;
    start_names(records({"127.0.0.1"}));
    names_->pause();
    start_proxy(pool(node.port(), {"timeout: 100"}), false);
    Client client(ports_[0]);

    EXPECT_THAT(set(client, "v"), HasSubstr("still being looked up"));
    EXPECT_EQ(proxy_->get("/readyz").status, 503);
    EXPECT_THAT(proxy_->get("/readyz").body, HasSubstr("names of nodes are being looked up"));
    names_->resume();
    proxy_->wait_until([&client] { return set(client, "v") == "STORED\r\n"; }, "the lookup");

    EXPECT_EQ(proxy_->get("/readyz").status, 200);
    EXPECT_EQ(this->node().at("metrics").at("lookup_failures"), 0) << "one lookup was enough";
}

TEST_F(NodeNames, an_endpoint_whose_name_takes_longer_than_a_poll_is_asked_in_the_end) {
    Lab lab(1);
    start_names(records({"127.0.0.1"}, "cfg.test"));
    names_->pause();
    start_proxy(fmt::format("pool:\n"
                            "  listen: 127.0.0.1:{}\n"
                            "  discovery:\n"
                            "    elasticache: {{endpoint: \"cfg.test:{}\", interval: 100ms, "
                            "timeout: 100ms}}\n",
                            free_port(), lab.port()),
                false);
    const auto source = [this] {
        return Json::parse(proxy_->get("/pools/pool").body).at("source");
    };
    proxy_->wait_until([this] { return proxy_->get("/readyz").status == 503; }, "the admin API");

    names_->resume();
    proxy_->wait_until([&] { return source().at("discovered") == true; }, "the list");

    EXPECT_EQ(source().at("failures"), 0);
}

}  // namespace
}  // namespace ringside::testing
