// Answers of a real nameserver that lead where no node of the pool may be: outside of `allow`, or
// to where the proxy itself listens.
#include "integration/support/name_server.h"
#include "integration/support/network.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace ringside::testing {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

class AllowedAddresses : public ::testing::Test {
  protected:
    // "cache.test" is at these addresses, the target of "_m._tcp.test" at the same ones.
    void start_names(const std::vector<std::string>& ips, std::uint16_t port) {
        std::vector<std::string> records{
            fmt::format("--srv-host=_m._tcp.test,cache.test,{}", port)};
        for (const std::string& ip : ips) {
            records.push_back(fmt::format("--host-record=cache.test,{},1", ip));
        }
        if (names_) {
            names_.reset();
        }
        names_ = std::make_unique<NameServer>(names_port_, records);
    }
    void start_proxy(const std::string& listen, const std::string& keys) {
        proxy_ = std::make_unique<Proxy>(ProxyOptions{
            .pools = fmt::format("pool:\n  listen: {}:{}\n{}", listen, port_, keys),
            .settings = fmt::format("  workers: 1\n  resolvers: [\"127.0.0.1:{}\"]\n", names_port_),
            .wait_until_ready = false});
    }
    std::string dns(std::uint16_t port) const {
        return fmt::format(
            "  discovery: {{dns: {{name: \"cache.test.:{}\", ttl_min: 100ms, "
            "ttl_max: 200ms, timeout: 1s}}}}\n",
            port);
    }
    Json pool() { return Json::parse(proxy_->get("/pools/pool").body); }
    void wait_for_failure(const std::string& text) {
        proxy_->wait_until(
            [&] {
                const Json failure = pool().at("source").at("last_failure");
                return failure.is_string() &&
                       failure.get<std::string>().find(text) != std::string::npos;
            },
            text);
    }

    const MemcachedNode node_;  // at 127.0.0.1
    const std::uint16_t names_port_ = free_port();
    const std::uint16_t port_ = free_port();
    std::unique_ptr<NameServer> names_;
    std::unique_ptr<Proxy> proxy_;
};

TEST_F(AllowedAddresses, an_answer_that_leads_to_our_own_listener_is_refused) {
    start_names({"127.0.0.1"}, 1);

    start_proxy("127.0.0.1", dns(port_));

    wait_for_failure(
        fmt::format("node 127.0.0.1:{0} is at 127.0.0.1:{0}, where this process "
                    "listens itself: requests would go round in a circle",
                    port_));
    EXPECT_TRUE(pool().at("nodes").empty());
}

TEST_F(AllowedAddresses, with_a_wildcard_so_is_every_address_of_this_host) {
    start_names({"127.0.0.9"}, 1);

    start_proxy("0.0.0.0", dns(port_));

    wait_for_failure("where this process listens itself");
}

TEST_F(AllowedAddresses, a_target_that_leads_to_our_own_listener_is_not_dialled) {
    start_names({"127.0.0.1"}, port_);

    start_proxy("127.0.0.1",
                "  timeout: 2000\n  discovery: {srv: {name: _m._tcp.test., timeout: 1s}}\n");

    proxy_->wait_until(
        [&] {
            const Json nodes = pool().at("nodes");
            return nodes.size() == 1 && nodes[0].at("address_problem").is_string();
        },
        "a problem of the name");
    EXPECT_EQ(pool().at("nodes")[0].at("address_problem"),
              "its name leads to where this process listens itself");
    EXPECT_THAT(Client(port_).ask("get k\r\n", "\r\n"), HasSubstr("SERVER_ERROR"));
}

TEST_F(AllowedAddresses, a_list_with_a_node_outside_of_the_ranges_changes_nothing) {
    start_names({"127.0.0.1"}, 1);
    start_proxy("127.0.0.1", "  allow: [\"127.0.0.0/30\", \"fd00::/8\"]\n" + dns(node_.port()));
    proxy_->wait_until([&] { return pool().at("nodes").size() == 1; }, "the node");

    start_names({"127.0.0.1", "127.0.0.9"}, 1);

    wait_for_failure(
        fmt::format("node 127.0.0.9:{0} is at 127.0.0.9:{0}, outside of \"allow\" "
                    "(127.0.0.0/30, fd00::/8)",
                    node_.port()));
    EXPECT_EQ(pool().at("nodes").size(), 1U);
    EXPECT_EQ(Client(port_).ask("set k 0 0 1\r\nv\r\n", "\r\n"), "STORED\r\n");
}

}  // namespace
}  // namespace ringside::testing
