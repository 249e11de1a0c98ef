// Several sources of one pool among real programs: one that comes late, fails and comes back; and
// which combinations are refused before anything runs.
#include "integration/support/name_server.h"
#include "integration/support/network.h"
#include "integration/support/process.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"
#include "integration/support/temporary_directory.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace ringside::testing {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;
using Names = std::set<std::string>;

// Records in DNS are preferred, a file stands behind them.
class APoolOfTwoSources : public ::testing::Test {
  protected:
    APoolOfTwoSources() : names_port_(free_port()), port_(free_port()) {}

    void start_names(const std::vector<std::string>& ips) {
        std::vector<std::string> records;
        for (const std::string& ip : ips) {
            records.push_back(fmt::format("--host-record=cache.test,{},1", ip));
        }
        names_ = std::make_unique<NameServer>(names_port_, records);
    }
    void write_file(const std::vector<std::string>& ips) {
        std::string text;
        for (const std::string& ip : ips) {
            text += fmt::format("- {}:{}:1\n", ip, node_.port());
        }
        std::filesystem::rename(folder_.write(".new", text), folder_.file("nodes.yml"));
    }
    void start_proxy() {
        proxy_ = std::make_unique<Proxy>(ProxyOptions{
            .pools = fmt::format("pool:\n"
                                 "  listen: 127.0.0.1:{}\n"
                                 "  discovery:\n"
                                 "    - dns: {{name: \"cache.test.:{}\", ttl_min: 100ms, ttl_max: "
                                 "200ms, timeout: 1s}}\n"
                                 "    - file: {{path: \"{}\"}}\n",
                                 port_, node_.port(), folder_.file("nodes.yml")),
            .settings = fmt::format("  workers: 1\n  nameservers: 127.0.0.1:{}\n", names_port_)});
    }
    Json pool() { return Json::parse(proxy_->get("/pools/pool").body); }
    Json source(std::size_t place) { return pool().at("sources").at(place); }
    Names nodes() {
        Names ips;
        const Json document = pool();
        for (const Json& node : document.at("nodes")) {
            const std::string address = node.at("address");
            ips.insert(address.substr(0, address.rfind(':')));
        }
        return ips;
    }
    void wait_for_nodes(const Names& ips) {
        proxy_->wait_until([&] { return nodes() == ips; }, fmt::format("{}", fmt::join(ips, ", ")));
    }

    const MemcachedNode node_;
    TemporaryDirectory folder_;
    const std::uint16_t names_port_;
    const std::uint16_t port_;
    std::unique_ptr<NameServer> names_;
    std::unique_ptr<Proxy> proxy_;
};

TEST_F(APoolOfTwoSources, is_served_by_the_second_until_the_first_comes_and_stays_with_that) {
    write_file({"127.0.0.1", "127.0.0.7"});

    start_proxy();
    wait_for_nodes({"127.0.0.1", "127.0.0.7"});
    proxy_->process().wait_for_text("file \"" + folder_.file("nodes.yml") +
                                    "\" decides on the nodes from now on");
    EXPECT_EQ(source(0).at("authoritative"), false);
    EXPECT_EQ(source(0).at("state"), "waiting");
    EXPECT_EQ(source(1).at("authoritative"), true);
    EXPECT_EQ(source(1).at("node_count"), 2);

    start_names({"127.0.0.1", "127.0.0.2"});
    wait_for_nodes({"127.0.0.1", "127.0.0.2"});
    EXPECT_EQ(source(0).at("authoritative"), true);
    EXPECT_FALSE(source(0).at("authoritative_since").is_null());
    EXPECT_EQ(source(1).at("authoritative"), false);
    EXPECT_EQ(source(1).at("state"), "good");
    for (const char* verb : {"pool", "discovery"}) {
        EXPECT_THAT(proxy_->ringctl({verb, "pool"}).output,
                    ::testing::ContainsRegex(fmt::format("SOURCE +DECIDES +STATE +NODES .*FAILING\n"
                                                         "dns cache.test.:{} +yes +good +2 .*\n"
                                                         "file \"{}\" +no +good +2 .* +-\n",
                                                         node_.port(), folder_.file("nodes.yml"))));
    }

    names_.reset();
    proxy_->wait_until([&] { return source(0).at("state") == "failing"; }, "a failure");
    write_file({"127.0.0.1"});
    proxy_->wait_until([&] { return source(1).at("node_count") == 1; }, "the other list");
    EXPECT_EQ(nodes(), (Names{"127.0.0.1", "127.0.0.2"}));
    EXPECT_EQ(source(0).at("authoritative"), true);
    EXPECT_THAT(proxy_->ringctl({"discovery", "pool"}).output,
                ::testing::ContainsRegex("dns cache.test.:[0-9]+ +yes +failing +2 .*cache.test"));

    start_names({"127.0.0.1", "127.0.0.3"});
    wait_for_nodes({"127.0.0.1", "127.0.0.3"});
    EXPECT_EQ(source(0).at("state"), "good");
}

TEST_F(APoolOfTwoSources, never_shows_the_ring_of_the_second_if_the_first_has_an_answer) {
    write_file({"127.0.0.9"});
    start_names({"127.0.0.1"});

    start_proxy();
    wait_for_nodes({"127.0.0.1"});

    proxy_->wait_until([&] { return source(1).at("node_count") == 1; }, "the other list");
    EXPECT_EQ(source(0).at("authoritative"), true);
    EXPECT_EQ(pool().at("source").at("last_added").size(), 1U);
    EXPECT_TRUE(pool().at("source").at("last_removed").empty());
}

TEST(SourceOrder, a_combination_that_would_move_keys_is_refused_before_it_runs) {
    TemporaryDirectory folder;
    const std::string file = folder.write("pools.yml",
                                          "cache:\n"
                                          "  listen: 127.0.0.1:1\n"
                                          "  discovery:\n"
                                          "    - kubernetes: {service: cache, namespace: app}\n"
                                          "    - dns: {name: \"cache.example:11211\"}\n");

    const Outcome refused = run({program("ringside"), "--test-conf", "--conf-file", file});

    EXPECT_NE(refused.exit_code, 0);
    EXPECT_THAT(refused.errors, HasSubstr(file + ":5:7: cache.discovery[1]: kubernetes (pod name) "
                                                 "and dns (address) would name"));
    EXPECT_THAT(refused.errors, HasSubstr("write \"identity: address\""));
}

}  // namespace
}  // namespace ringside::testing
