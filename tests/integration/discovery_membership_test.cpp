// The list of a configuration endpoint becomes the ring: what is good of it, and nothing else.
#include "integration/support/lab.h"
#include "integration/support/network.h"
#include "integration/support/proxy.h"
#include "integration/support/scripted_peer.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::testing {
namespace {

using Json = nlohmann::json;
using ::testing::UnorderedElementsAreArray;

constexpr const char* kInterval = "100ms";

ProxyOptions discovering_proxy(std::string_view endpoint, std::uint16_t port,
                               std::string_view timeout = "10s") {
    ProxyOptions options;
    options.pools = fmt::format(
        "pool:\n"
        "  listen: 127.0.0.1:{}\n"
        "  discovery:\n"
        "    elasticache: {{endpoint: \"{}\", interval: {}, timeout: {}}}\n",
        port, endpoint, kInterval, timeout);
    return options;
}

Json pool_of(const Proxy& proxy) {
    return Json::parse(proxy.get("/pools/pool").body);
}
Json source_of(const Proxy& proxy) {
    return pool_of(proxy).at("source");
}
// The nodes that the last change of the ring has changed, once requests go by it; none before.
Json last_adopted(const Proxy& proxy) {
    const Json changes = Json::parse(proxy.get("/pools/pool/history").body).at("changes");
    const Json none{{"names", Json::array()}};
    return !changes.empty() && changes[0].at("adopted_by_all") == true ? changes[0].at("changed")
                                                                       : none;
}
Json points_of(const Proxy& proxy) {
    return Json::parse(proxy.get("/pools/pool/ring").body).at("points");
}

std::vector<std::string> names_of(const Proxy& proxy) {
    std::vector<std::string> names;
    const Json pool = pool_of(proxy);
    for (const Json& node : pool.at("nodes")) {
        names.push_back(node.at("name"));
    }
    return names;
}

std::vector<std::string> names_of(Lab& lab) {
    std::vector<std::string> names;
    for (const Lab::Node& node : lab.status().nodes) {
        names.push_back(fmt::format("{}:{}", node.host, node.port));
    }
    return names;
}

void wait_for_nodes(Proxy& proxy, const std::vector<std::string>& names) {
    proxy.wait_until(
        [&] {
            std::vector<std::string> present = names_of(proxy);
            std::vector<std::string> wanted = names;
            std::sort(present.begin(), present.end());
            std::sort(wanted.begin(), wanted.end());
            return present == wanted;
        },
        "the nodes of the list");
}

// Until the source has given `count` more answers of a kind: "answers" or "failures".
void wait_for_more(Proxy& proxy, const std::string& kind, std::uint64_t count) {
    const auto before = source_of(proxy).at(kind).get<std::uint64_t>();
    proxy.wait_until(
        [&] { return source_of(proxy).at(kind).get<std::uint64_t>() >= before + count; }, kind);
}

TEST(DiscoveryMembership, nodes_that_come_and_go_are_found) {
    Lab lab(2);
    Proxy proxy(discovering_proxy(lab.endpoint(), free_port()));
    wait_for_nodes(proxy, names_of(lab));
    const std::string leaving = names_of(lab).front();

    lab.add();
    wait_for_nodes(proxy, names_of(lab));
    EXPECT_THAT(source_of(proxy).at("last_added"), ::testing::SizeIs(1));
    lab.remove(lab.status().nodes.front().name);
    wait_for_nodes(proxy, names_of(lab));

    EXPECT_EQ(source_of(proxy).at("last_removed"), Json::array({leaving}));
    EXPECT_EQ(proxy.get("/readyz").status, 200);
}

class MisbehavingSource : public ::testing::TestWithParam<const char*> {};

TEST_P(MisbehavingSource, never_changes_the_ring_and_is_visible) {
    constexpr int kPolls = 5;  // more than it takes an older version to be looked into
    const std::string_view timeout = GetParam() == std::string_view("silent") ? "500ms" : "10s";
    Lab lab(3);
    const std::uint16_t port = free_port();
    Proxy proxy(discovering_proxy(lab.endpoint(), port, timeout));
    wait_for_nodes(proxy, names_of(lab));
    const Json points = points_of(proxy);

    lab.misbehave(GetParam());
    wait_for_more(proxy, "failures", kPolls);

    EXPECT_EQ(points_of(proxy), points);
    EXPECT_FALSE(source_of(proxy).at("last_failure").is_null());
    EXPECT_EQ(proxy.get("/readyz").status, 200);
    Client client(port);
    EXPECT_EQ(client.ask("set key 0 0 5\r\nvalue\r\n", "\r\n"), "STORED\r\n");
    const std::string log = proxy.process().errors();
    EXPECT_EQ(log.find("gave no usable list"), log.rfind("gave no usable list")) << log;

    lab.misbehave("normal");
    lab.add();
    wait_for_nodes(proxy, names_of(lab));
    EXPECT_TRUE(source_of(proxy).at("last_failure").is_null());
}

INSTANTIATE_TEST_SUITE_P(Modes, MisbehavingSource,
                         ::testing::Values("empty", "unset", "garbage", "truncated", "error",
                                           "silent", "closed", "old-version"),
                         [](const auto& mode) {
                             std::string name = mode.param;
                             std::replace(name.begin(), name.end(), '-', '_');
                             return name;
                         });

class UnusualSource : public ::testing::TestWithParam<const char*> {};

TEST_P(UnusualSource, is_understood) {
    Lab lab(2);
    lab.misbehave(GetParam());
    Proxy proxy(discovering_proxy(lab.endpoint(), free_port()));

    wait_for_nodes(proxy, names_of(lab));
    wait_for_more(proxy, "answers", 2);

    EXPECT_TRUE(source_of(proxy).at("last_failure").is_null());
}

INSTANTIATE_TEST_SUITE_P(Modes, UnusualSource, ::testing::Values("slow", "legacy"),
                         [](const auto& mode) { return std::string(mode.param); });

TEST(DiscoveryMembership, without_an_ip_the_host_is_dialled) {
    Lab lab(2);
    lab.misbehave("no-ip");
    const std::uint16_t port = free_port();
    Proxy proxy(discovering_proxy(lab.endpoint(), port));
    std::vector<std::string> names;
    for (const Lab::Node& node : lab.status().nodes) {
        names.push_back(fmt::format("localhost:{}", node.port));
    }

    wait_for_nodes(proxy, names);
}

TEST(DiscoveryMembership, a_node_with_a_new_address_keeps_every_key) {
    Lab lab(3);
    const std::uint16_t port = free_port();
    Proxy proxy(discovering_proxy(lab.endpoint(), port));
    wait_for_nodes(proxy, names_of(lab));
    const Json points = points_of(proxy);
    const Lab::Node node = lab.status().nodes.front();
    const std::string name = fmt::format("{}:{}", node.host, node.port);

    lab.command({"restart", node.name, "--new-ip"});
    proxy.wait_until([&] { return source_of(proxy).at("last_changed") == Json::array({name}); },
                     "the new address");
    // Of two rings within 100 ms the second waits: requests go by it later than it is known.
    proxy.wait_until([&] { return last_adopted(proxy).at("names") == Json::array({name}); },
                     "its adoption");

    EXPECT_EQ(points_of(proxy), points);
    EXPECT_NE(lab.status().nodes.front().ip, node.ip);
    Client client(port);
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(client.ask(fmt::format("set key{} 0 0 1\r\nx\r\n", i), "\r\n"), "STORED\r\n");
    }
}

TEST(DiscoveryMembership, the_nodes_are_asked_when_the_endpoint_is_gone) {
    const auto listing = [](int version, const std::string& nodes) {
        const std::string data = fmt::format("{}\n{}\n", version, nodes);
        return fmt::format("CONFIG cluster 0 {}\r\n{}\r\nEND\r\n", data.size(), data);
    };
    // Each node of a cluster knows the whole list; this one has the latest.
    ScriptedPeer node([&](std::string_view) { return listing(2, "old|127.0.0.1|1 new||2"); });
    std::optional<ScriptedPeer> endpoint(std::in_place, [&](std::string_view) {
        return listing(1, fmt::format("old|127.0.0.1|{}", node.port()));
    });
    Proxy proxy(discovering_proxy(endpoint->address(), free_port()));
    wait_for_nodes(proxy, {fmt::format("old:{}", node.port())});

    endpoint.reset();

    wait_for_nodes(proxy, {"old:1", "new:2"});
}

TEST(DiscoveryMembership, a_refresh_finds_a_change_before_the_interval_is_over) {
    Lab lab(1);
    ProxyOptions options = discovering_proxy(lab.endpoint(), free_port());
    const std::size_t interval = options.pools.find(kInterval);
    options.pools.replace(interval, std::string_view(kInterval).size(), "1h");
    Proxy proxy(options);
    wait_for_nodes(proxy, names_of(lab));

    lab.add();
    EXPECT_LT(proxy.post("/pools/pool/refresh").status, 300);

    wait_for_nodes(proxy, names_of(lab));
}

}  // namespace
}  // namespace ringside::testing
