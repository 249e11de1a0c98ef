// Nodes from SRV records, with a real nameserver whose records change.
#include "integration/support/load.h"
#include "integration/support/name_server.h"
#include "integration/support/network.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using Json = nlohmann::json;
using Weights = std::map<std::string, int>;  // by ring name

constexpr std::string_view kService = "_memcached._tcp.cache.test";

std::string service(std::string_view target, std::uint16_t port, int weight = 0, int priority = 0) {
    return fmt::format("--srv-host={},{},{},{},{}", kService, target, port, priority, weight);
}
std::string host(std::string_view name, std::string_view ip) {
    return fmt::format("--host-record={},{},1", name, ip);
}

class SrvSourceOnDnsmasq : public ::testing::Test {
  protected:
    void start_names(const std::vector<std::string>& lines) {
        names_ = std::make_unique<NameServer>(lines);
    }
    void change_names(const std::vector<std::string>& lines) {
        const std::uint16_t port = names_->port();
        names_.reset();
        names_ = std::make_unique<NameServer>(port, lines);
    }
    void start_proxy(std::string_view settings = "") {
        port_ = free_port();
        proxy_ = std::make_unique<Proxy>(ProxyOptions{
            .pools = fmt::format("pool:\n"
                                 "  listen: 127.0.0.1:{}\n"
                                 "  timeout: 5000\n"
                                 "  returns_max: 0\n"
                                 "  discovery:\n"
                                 "    srv: {{name: {}., ttl_min: 100ms, ttl_max: 200ms{}}}\n",
                                 port_, kService, settings),
            .settings =
                fmt::format("  workers: 2\n  nameservers: 127.0.0.1:{}\n", names_->port())});
    }
    Json pool() { return Json::parse(proxy_->get("/pools/pool").body); }
    Weights nodes() {
        Weights found;
        const Json document = pool();
        for (const Json& node : document.at("nodes")) {
            found[node.at("name")] = node.at("weight");
        }
        return found;
    }
    void wait_for_nodes(const Weights& wanted) {
        proxy_->wait_until(
            [&] { return nodes() == wanted && pool().at("converged") == true && are_found(); },
            fmt::format("{} nodes", wanted.size()));
    }
    // Their names: a nameserver that is replaced answers nothing that is under way.
    bool are_found() {
        const Json document = pool();
        const Json& nodes = document.at("nodes");
        return std::none_of(nodes.begin(), nodes.end(),
                            [](const Json& node) { return node.at("addresses").empty(); });
    }

    std::unique_ptr<NameServer> names_;
    std::uint16_t port_ = 0;  // of the pool
    std::unique_ptr<Proxy> proxy_;
};

TEST_F(SrvSourceOnDnsmasq, nodes_come_and_go_with_ports_of_their_own_while_clients_work) {
    const MemcachedNode a;
    const MemcachedNode b;
    const MemcachedNode c;
    const auto records = [&](std::string_view which) {
        std::vector<std::string> lines;
        for (const char name : which) {
            const MemcachedNode& node = name == 'a' ? a : name == 'b' ? b : c;
            const std::string target = fmt::format("cache-{}.test", name);
            lines.push_back(service(target, node.port(), 33));
            lines.push_back(host(target, "127.0.0.1"));
        }
        return lines;
    };
    const auto named = [&](std::string_view which) {
        Weights wanted;
        for (const char name : which) {
            const MemcachedNode& node = name == 'a' ? a : name == 'b' ? b : c;
            wanted[fmt::format("cache-{}.test:{}", name, node.port())] = 1;
        }
        return wanted;
    };
    start_names(records("ab"));
    start_proxy();
    wait_for_nodes(named("ab"));
    Load load(port_, {"--clients", "10", "--pipeline", "4", "--keys", "2000"});

    for (const std::string_view which : {"abc", "bc", "b", "ba", "cab", "c"}) {
        change_names(records(which));
        wait_for_nodes(named(which));
    }
    const LoadReport report = load.stop();

    EXPECT_EQ(report.exit_code, 0) << report.text;
    EXPECT_EQ(report.wrong, 0);
    EXPECT_EQ(report.lost, 0);
    EXPECT_EQ(report.errors, 0);
    EXPECT_GT(report.hits, 0);
}

TEST_F(SrvSourceOnDnsmasq, weights_count_if_they_are_wanted_and_one_priority_only) {
    start_names({service("a.test", 11211, 50), service("b.test", 11212, 100),
                 service("c.test", 11213, 50, 10), host("a.test", "127.0.0.1"),
                 host("b.test", "127.0.0.1"), host("c.test", "127.0.0.1")});

    start_proxy(", weights: true");

    EXPECT_EQ(nodes(), (Weights{{"a.test", 1}, {"b.test:11212", 2}}));
}

TEST_F(SrvSourceOnDnsmasq, a_target_that_moves_stays_the_same_node) {
    const MemcachedNode before;
    const std::string name = fmt::format("cache-0.test:{}", before.port());
    start_names({service("cache-0.test", before.port()), host("cache-0.test", "127.0.0.1")});
    start_proxy();
    Client client(port_);
    ASSERT_EQ(client.ask("set k 0 0 1\r\nv\r\n", "\r\n"), "STORED\r\n");
    const Process after(
        {"memcached", "-l", "127.0.0.2", "-p", std::to_string(before.port()), "-u", "root"});

    change_names({service("cache-0.test", before.port()), host("cache-0.test", "127.0.0.2")});
    proxy_->wait_until([&] { return client.ask("get k\r\n", "END\r\n") == "END\r\n"; }, "the move");

    EXPECT_EQ(nodes(), (Weights{{name, 1}}));
    EXPECT_EQ(pool().at("nodes").at(0).at("metrics").at("server_err"), 0);
}

TEST_F(SrvSourceOnDnsmasq, a_service_that_is_gone_or_not_available_keeps_its_nodes) {
    const MemcachedNode node;
    const std::vector<std::string> records{service("a.test", node.port()),
                                           host("a.test", "127.0.0.1")};
    start_names(records);
    start_proxy();

    const std::vector<std::pair<std::string, const char*>> troubles{
        {"--host-record=other.test,127.0.0.1", "no such name (NXDOMAIN)"},
        {fmt::format("--srv-host={}", kService), "target"},
        {service("10.0.0.1", node.port()), "target 10.0.0.1 is an address and no name"}};
    for (const auto& [trouble, problem] : troubles) {
        change_names({trouble, records[1]});
        proxy_->post("/pools/pool/refresh");  // else later each time
        proxy_->wait_for_body("/pools/pool", problem);
        EXPECT_THAT(nodes(), SizeIs(1)) << problem;
    }

    change_names(records);
    proxy_->post("/pools/pool/refresh");
    proxy_->wait_until([&] { return pool().at("source").at("last_failure").is_null(); },
                       "the service");
    EXPECT_EQ(Client(port_).ask("set k 0 0 1\r\nv\r\n", "\r\n"), "STORED\r\n");
}

}  // namespace
}  // namespace ringside::testing
