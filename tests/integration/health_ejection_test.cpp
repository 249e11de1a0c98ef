// A pool with auto_eject_hosts loses a node: the others take over, and it returns without a victim.
#include "integration/support/lab.h"
#include "integration/support/network.h"
#include "integration/support/proxy.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace ringside::testing {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class HealthEjection : public ::testing::Test {
  protected:
    // Every key is asked for, so every node is.
    static constexpr int kKeys = 200;

    static ProxyOptions options(const Lab& lab, std::uint16_t port) {
        ProxyOptions result;
        result.pools = fmt::format(
            "pool:\n"
            "  listen: 127.0.0.1:{}\n"
            "  timeout: 2000\n"
            "  hash: murmur\n"  // the default one may give a node none of the keys
            "  auto_eject_hosts: true\n"
            "  server_failure_limit: 2\n"
            "  server_retry_timeout: 100\n"
            "  discovery:\n"
            "    elasticache: {{endpoint: \"{}\", interval: 200ms}}\n",
            port, lab.endpoint());
        return result;
    }

    // How many of the keys cannot be stored.
    int errors_of_one_round() {
        int errors = 0;
        for (int i = 0; i < kKeys; ++i) {
            const std::string answer =
                client_.ask(fmt::format("set key{} 0 0 1\r\nx\r\n", i), "\r\n");
            if (answer != "STORED\r\n") {
                EXPECT_THAT(answer, StartsWith("SERVER_ERROR "));
                ++errors;
            }
        }
        return errors;
    }

    Json node(std::string_view name) const {
        const Json pool = Json::parse(proxy_.get("/pools/pool").body);
        for (const Json& candidate : pool.at("nodes")) {
            if (candidate.at("name") == name) {
                return candidate;
            }
        }
        return {};
    }

    std::string state(std::string_view name) const { return node(name).at("state"); }

    Lab lab_{3};
    const std::uint16_t port_ = free_port();
    Proxy proxy_{options(lab_, port_)};
    Client client_{port_};
    const Lab::Node victim_ = lab_.status().nodes.front();
    const std::string name_ = fmt::format("{}:{}", victim_.host, victim_.port);
};

TEST_F(HealthEjection, a_dead_node_is_ejected_probed_and_returns_without_further_errors) {
    ASSERT_EQ(errors_of_one_round(), 0);

    // When a node dies, some requests fail until it is ejected
    lab_.command({"kill", victim_.name});
    proxy_.wait_until(
        [this] {
            errors_of_one_round();
            return state(name_) == "ejected_by_health";
        },
        "the ejection");

    // Then no further one does, while it is probed in vain
    proxy_.wait_until([this] { return errors_of_one_round() == 0; }, "the smaller ring");
    proxy_.wait_until(
        [this] {
            EXPECT_EQ(errors_of_one_round(), 0);
            return node(name_).at("failures") >= 4;  // two of requests, two of probes
        },
        "failed probes");
    EXPECT_EQ(node(name_).at("points"), 0);
    EXPECT_GE(node(name_).at("metrics").at("server_ejected_at"), 1);

    // And none does when it comes back.
    lab_.command({"restart", victim_.name});
    proxy_.wait_until(
        [this] {
            EXPECT_EQ(errors_of_one_round(), 0);
            return state(name_) == "in_ring";
        },
        "the return");
    EXPECT_EQ(errors_of_one_round(), 0);
    const std::string log = proxy_.process().errors();
    EXPECT_THAT(log, HasSubstr(fmt::format("node {} ejected after 2 failures in a row", name_)));
    EXPECT_THAT(log, HasSubstr(fmt::format("node {} answered a probe and is well again", name_)));
}

TEST_F(HealthEjection, the_last_node_stays_and_errors_then_come_at_once) {
    for (const Lab::Node& node : lab_.status().nodes) {
        lab_.command({"kill", node.name});
    }

    proxy_.wait_until(
        [this] {
            EXPECT_EQ(errors_of_one_round(), kKeys);
            const Json pool = Json::parse(proxy_.get("/pools/pool").body);
            int given_up = 0;
            for (const Json& each : pool.at("nodes")) {
                const std::string reason = each.at("reason");
                given_up += reason.find("kept in the ring by max_ejected") != std::string::npos;
            }
            return given_up == 1 &&
                   Json::parse(proxy_.get("/pools/pool/ring?format=summary").body).at("points") > 0;
        },
        "a ring of one dead node");

    EXPECT_EQ(errors_of_one_round(), kKeys);
    EXPECT_EQ(proxy_.get("/readyz").status, 200);
    for (const Lab::Node& node : lab_.status().nodes) {
        lab_.command({"restart", node.name});
    }
    proxy_.wait_until([this] { return errors_of_one_round() == 0; }, "the return");
}

}  // namespace
}  // namespace ringside::testing
