// What a pool has learnt of its source outlives a reload, whatever else the reload changes.
#include "base/limits.h"
#include "integration/support/network.h"
#include "integration/support/proxy.h"
#include "integration/support/scripted_peer.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::testing {
namespace {

using Json = nlohmann::json;
using ::testing::ElementsAre;

std::string listing(int version, const std::string& nodes) {
    const std::string data = fmt::format("{}\n{}\n", version, nodes);
    return fmt::format("CONFIG cluster 0 {}\r\n{}\r\nEND\r\n", data.size(), data);
}

// An endpoint whose list can be exchanged.
class Endpoint {
  public:
    explicit Endpoint(int version) : version_(version) {}

    void set_version(int version) { version_ = version; }
    std::string address() const { return peer_.address(); }

  private:
    // Version n has the nodes 1 to n.
    std::string list() const {
        std::string nodes;
        for (int i = 1; i <= version_; ++i) {
            nodes += fmt::format("{}node|127.0.0.1|{}", i == 1 ? "" : " ", i);
        }
        return listing(version_, nodes);
    }

    std::atomic<int> version_;
    ScriptedPeer peer_{[this](std::string_view) { return list(); }};
};

class ReloadOfSources : public ::testing::Test {
  protected:
    std::string pools(const std::string& endpoint, std::string_view more,
                      std::string_view name = "pool") const {
        return fmt::format(
            "{}:\n"
            "  listen: 127.0.0.1:{}\n"
            "  discovery:\n"
            "    elasticache: {{endpoint: \"{}\"{}}}\n",
            name, port_, endpoint, more);
    }
    std::string fixed() const {
        return fmt::format("pool:\n  listen: 127.0.0.1:{}\n  servers: [127.0.0.1:9:1 fixed]\n",
                           port_);
    }
    void load(Proxy& proxy, const std::string& pools) {
        const std::string file =
            directory_.write("new", fmt::format("ringside:\n  admin: 127.0.0.1:{}\n"
                                                "  stats: 127.0.0.1:{}\n  workers: 1\n{}",
                                                proxy.admin_port(), proxy.stats_port(), pools));
        std::filesystem::rename(file, proxy.config_path());
        const HttpAnswer loaded = proxy.post("/config/reload");
        ASSERT_EQ(loaded.status, 200) << loaded.body;
    }
    static Json pool(const Proxy& proxy) { return Json::parse(proxy.get("/pools/pool").body); }
    static std::vector<std::string> names(const Proxy& proxy) {
        std::vector<std::string> result;
        const Json known = pool(proxy);
        for (const Json& node : known.at("nodes")) {
            result.push_back(node.at("name"));
        }
        return result;
    }
    static void wait_for_failure(Proxy& proxy, std::string_view text) {
        proxy.wait_for_body("/pools/pool", text);
    }

    TemporaryDirectory directory_;
    std::uint16_t port_ = free_port();
};

TEST_F(ReloadOfSources, an_older_list_is_no_news_because_a_setting_has_changed) {
    Endpoint endpoint(3);
    Proxy proxy({.pools = pools(endpoint.address(), "")});
    ASSERT_THAT(names(proxy), ElementsAre("node:1", "node:2", "node:3"));

    endpoint.set_version(2);
    for (const char* setting :
         {", interval: 50s", ", timeout: 3s", ", interval: 40s, timeout: 1s"}) {
        load(proxy, pools(endpoint.address(), setting));
    }

    wait_for_failure(proxy, "version 2 is older than 3, which stays");
    EXPECT_THAT(names(proxy), ElementsAre("node:1", "node:2", "node:3"));
}

TEST_F(ReloadOfSources, known_nodes_are_still_asked_when_the_endpoint_is_gone) {
    const auto list = [](int version, const std::string& more, int port) {
        return listing(version, fmt::format("node|127.0.0.1|{}{}", port, more));
    };
    std::atomic<int> node_port = 0;
    ScriptedPeer node([&](std::string_view) { return list(2, " new||7", node_port); });
    node_port = node.port();
    std::optional<ScriptedPeer> endpoint(std::in_place,
                                         [&](std::string_view) { return list(1, "", node_port); });
    const std::string address = endpoint->address();
    Proxy proxy({.pools = pools(address, "")});

    endpoint.reset();
    load(proxy, pools(address, ", interval: 50s"));

    proxy.wait_for_body("/pools/pool", "\"new:7\"");
}

TEST_F(ReloadOfSources, a_list_stays_until_the_other_endpoint_has_answered) {
    Endpoint endpoint(3);
    Proxy proxy({.pools = pools(endpoint.address(), "")});

    load(proxy, pools(fmt::format("127.0.0.1:{}", free_port()), ""));
    wait_for_failure(proxy, "Connection refused");
    EXPECT_THAT(names(proxy), ElementsAre("node:1", "node:2", "node:3"));

    Endpoint other(2);  // counts for itself
    load(proxy, pools(other.address(), ""));
    proxy.wait_until([&] { return names(proxy).size() == 2; }, "the other list");
}

TEST_F(ReloadOfSources, by_address_a_list_gives_way_to_discovery_without_a_key_moving) {
    Endpoint endpoint(3);
    Proxy proxy({.pools = fmt::format("pool:\n  listen: 127.0.0.1:{}\n  servers:\n"
                                      "   - 127.0.0.1:1:1\n   - 127.0.0.1:2:1\n"
                                      "   - 127.0.0.1:3:1\n",
                                      port_)});
    const Json before = pool(proxy);
    const auto shares = [](const Json& known) {
        std::vector<std::pair<std::string, double>> result;
        for (const Json& node : known.at("nodes")) {
            result.emplace_back(node.at("name"), node.at("share"));
        }
        return result;
    };

    load(proxy, pools(endpoint.address(), "") + "  identity: address\n");
    proxy.wait_until([&] { return pool(proxy).at("source").at("version") == "3"; }, "its answer");
    const Json by_address = pool(proxy);
    load(proxy, pools(endpoint.address(), ""));

    EXPECT_EQ(shares(by_address), shares(before));
    EXPECT_THAT(names(proxy), ElementsAre("node:1", "node:2", "node:3"));
}

TEST_F(ReloadOfSources, an_endpoint_that_comes_back_is_known) {
    Endpoint endpoint(3);
    Proxy proxy({.pools = pools(endpoint.address(), "")});
    Endpoint other(1);

    // By another endpoint, by a fixed list, and without the pool.
    int older = 2;
    for (const std::string& between :
         {pools(other.address(), ""), fixed(), pools(other.address(), "", "other")}) {
        load(proxy, between);
        endpoint.set_version(older);
        load(proxy, pools(endpoint.address(), ""));
        proxy.wait_until([&] { return names(proxy).size() == 3; }, "what is known of it");
        const std::string refused = fmt::format("version {} is older than 3, which stays", older);
        proxy.wait_until(
            [&] {
                EXPECT_EQ(proxy.post("/pools/pool/refresh").status, 202);
                return proxy.get("/pools/pool").body.find(refused) != std::string::npos;
            },
            refused);
        EXPECT_THAT(names(proxy), ElementsAre("node:1", "node:2", "node:3"));
        older = 3 - older;
    }

    endpoint.set_version(4);
    EXPECT_EQ(proxy.post("/pools/pool/refresh").status, 202);
    proxy.wait_until([&] { return names(proxy).size() == 4; }, "the newer list");
}

TEST_F(ReloadOfSources, an_endpoint_that_was_left_for_many_others_is_a_new_one) {
    Endpoint endpoint(3);
    Proxy proxy({.pools = pools(endpoint.address(), "")});

    for (std::size_t i = 0; i <= base::kFormerSourcesMax; ++i) {
        load(proxy, pools(fmt::format("127.0.0.1:{}", free_port()), ""));
    }
    endpoint.set_version(2);
    load(proxy, pools(endpoint.address(), ""));

    proxy.wait_until([&] { return names(proxy).size() == 2; }, "its list, though it is older");
}

}  // namespace
}  // namespace ringside::testing
