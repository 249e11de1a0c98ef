// The admin API and ringctl on a running ringside with real nodes behind it.
#include "integration/support/lab.h"
#include "integration/support/network.h"
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::testing {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

ProxyOptions discovering_proxy(const Lab& lab, std::uint16_t port) {
    ProxyOptions options;
    options.pools = fmt::format(
        "pool:\n"
        "  listen: 127.0.0.1:{}\n"
        "  discovery:\n"
        "    elasticache: {{endpoint: \"{}\", interval: 200ms}}\n",
        port, lab.endpoint());
    return options;
}

Json node_of(const Proxy& proxy, std::string_view name) {
    const Json nodes = Json::parse(proxy.get("/pools/pool").body).at("nodes");
    for (const Json& node : nodes) {
        if (node.at("name") == name) {
            return node;
        }
    }
    return {};
}

// --- probes ---

TEST(Probes, ready_from_the_first_usable_list_on_whatever_comes_later) {
    Lab lab(2);
    lab.misbehave("unset");
    ProxyOptions options = discovering_proxy(lab, free_port());
    options.wait_until_ready = false;
    Proxy proxy(options);
    const HttpAnswer before = proxy.get("/readyz");
    const HttpAnswer alive = proxy.get("/livez");

    lab.misbehave("normal");
    proxy.wait_for_body("/readyz?verbose", "readyz check passed");
    lab.misbehave("garbage");
    proxy.wait_until(
        [&proxy] {
            const Json pool = Json::parse(proxy.get("/pools/pool").body);
            return !pool.at("source").at("last_failure").is_null();
        },
        "a failing source");
    const HttpAnswer after = proxy.get("/readyz");

    EXPECT_EQ(before.status, 503);
    EXPECT_THAT(before.body, StartsWith("[-]pool pool: "));
    EXPECT_EQ(alive.status, 200);
    EXPECT_EQ(after.status, 200);
    EXPECT_EQ(after.body, "ok");
}

// --- the operator ---

class Operator : public ::testing::Test {
  protected:
    Operator() { node_ = Json::parse(proxy_.get("/pools/pool").body)["nodes"][0]["name"]; }

    std::string path(std::string_view action) const {
        return fmt::format("/pools/pool/nodes/{}/{}", node_, action);
    }
    std::string state() const { return node_of(proxy_, node_).at("state"); }

    Lab lab_{3};
    std::uint16_t port_ = free_port();
    Proxy proxy_{discovering_proxy(lab_, port_)};
    std::string node_;
};

TEST_F(Operator, an_ejected_node_stays_out_when_the_ring_is_rebuilt) {
    const HttpAnswer ejected = proxy_.post(path("eject"));
    const HttpAnswer again = proxy_.post(path("eject"));

    lab_.add();
    proxy_.wait_for_body("/pools", "\"node_count\": 4");
    const std::string after_change = state();
    const Json share = node_of(proxy_, node_).at("share");
    const HttpAnswer restored = proxy_.post(path("restore"));
    const HttpAnswer restored_again = proxy_.post(path("restore"));

    EXPECT_EQ(ejected.status, 200) << ejected.body;
    EXPECT_EQ(again.status, 200);
    EXPECT_EQ(after_change, "ejected_by_operator");
    EXPECT_EQ(share, 0.0);
    EXPECT_EQ(restored.status, 200);
    EXPECT_EQ(restored_again.status, 200);
    EXPECT_EQ(state(), "in_ring");
}

TEST_F(Operator, an_ejection_with_a_time_ends_by_itself) {
    const HttpAnswer ejected = proxy_.post(path("eject") + "?for=1s");

    proxy_.wait_until([this] { return state() == "in_ring"; }, "the end of the ejection");

    EXPECT_EQ(Json::parse(ejected.body)["node"]["state"], "ejected_by_operator");
}

TEST_F(Operator, a_time_in_a_body_is_understood_or_refused_but_never_ignored) {
    const std::uint16_t admin = proxy_.admin_port();
    const auto eject = [this, admin](std::string_view type, std::string_view body) {
        Client client(admin);
        client.send(
            fmt::format("POST {} HTTP/1.1\r\nHost: localhost\r\n{}Connection: close\r\n"
                        "Content-Length: {}\r\n\r\n{}",
                        path("eject"), type, body.size(), body));
        return client.read_to_end();
    };
    constexpr std::string_view kJson = "Content-Type: application/json\r\n";

    EXPECT_THAT(eject("", R"({"for":"60s"})"), StartsWith("HTTP/1.1 415 "));
    EXPECT_THAT(eject(kJson, R"({"for":[60]})"), StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(eject(kJson, R"({"duration":"60s"})"), HasSubstr("there is 'for', 'force'"));
    EXPECT_EQ(state(), "in_ring");
    EXPECT_THAT(eject(kJson, R"({"for":"60s"})"), HasSubstr("by the operator, for a time"));
    EXPECT_EQ(state(), "ejected_by_operator");
    EXPECT_THAT(eject(kJson, R"({"for":60})"), HasSubstr("by the operator, for a time"));
}

TEST_F(Operator, ringctl_ejects_for_no_time_that_was_lost_on_the_way) {
    for (const std::vector<std::string>& more : std::vector<std::vector<std::string>>{
             {"--for", ""}, {"--for="}, {"--for", "60s", "--for", "1h"}, {"60s"}, {"--for", "x"}}) {
        std::vector<std::string> words{"eject", "pool", node_};
        words.insert(words.end(), more.begin(), more.end());

        EXPECT_NE(proxy_.ringctl(words).exit_code, 0) << more.front();
    }

    EXPECT_EQ(state(), "in_ring");
}

TEST_F(Operator, reading_never_changes_anything) {
    EXPECT_EQ(proxy_.get(path("eject")).status, 405);
    EXPECT_EQ(proxy_.get("/pools/pool/refresh").status, 405);
    EXPECT_EQ(state(), "in_ring");
}

TEST_F(Operator, keys_of_an_ejected_node_go_to_the_others) {
    Client client(port_);
    ASSERT_EQ(proxy_.post(path("eject")).status, 200);
    proxy_.wait_for_body("/snapshot", "\"converged\": true");

    for (int i = 0; i < 100; ++i) {
        const Json location =
            Json::parse(proxy_.get(fmt::format("/pools/pool/locate?key=key{}", i)).body);
        EXPECT_NE(location["node"], node_);
        EXPECT_EQ(client.ask(fmt::format("set key{} 0 0 1\r\nx\r\n", i), "\r\n"), "STORED\r\n");
    }

    EXPECT_EQ(node_of(proxy_, node_)["metrics"]["requests"], 0);
}

// --- where keys live ---

// Nodes node-0, node-1 and node-2.
class Inspection : public ::testing::Test {
  protected:
    std::array<MemcachedNode, 3> nodes_;
    std::uint16_t port_ = free_port();
    Proxy proxy_{{.pools = pool_before(nodes_, port_), .environment = {}}};
};

TEST_F(Inspection, locate_names_the_node_that_really_has_the_key) {
    Client client(port_);
    for (int i = 0; i < 60; ++i) {
        const std::string key = fmt::format("user:{}/name", i);
        ASSERT_EQ(client.ask(fmt::format("set {} 0 0 1\r\nx\r\n", key), "\r\n"), "STORED\r\n");

        const Json location =
            Json::parse(proxy_.get(fmt::format("/pools/pool/locate?key=user%3A{}%2Fname", i)).body);

        for (MemcachedNode& node : nodes_) {
            const bool has_it =
                node.client().ask(fmt::format("get {}\r\n", key), "END\r\n") != "END\r\n";
            EXPECT_EQ(has_it, location.at("address") == node.address()) << key;
        }
    }
}

TEST_F(Inspection, stats_counts_what_went_to_each_node) {
    Client client(port_);
    for (int i = 0; i < 30; ++i) {
        client.ask(fmt::format("get key{}\r\n", i), "END\r\n");
    }

    const Json stats = Json::parse(proxy_.get("/stats").body);

    EXPECT_EQ(stats["service"], "nutcracker");
    EXPECT_EQ(stats["pool"]["client_connections"], 1);
    std::int64_t requests = 0;
    for (const char* node : {"node-0", "node-1", "node-2"}) {
        requests += stats["pool"].at(node)["requests"].get<std::int64_t>();
    }
    EXPECT_EQ(requests, 30);
}

TEST_F(Inspection, a_new_admin_connection_takes_the_place_of_the_longest_idle_one) {
    constexpr std::size_t kAllowed = 32;
    std::vector<Client> idle;
    for (std::size_t i = 0; i < kAllowed; ++i) {
        idle.emplace_back(proxy_.admin_port());
        idle.back().send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
        ASSERT_THAT(idle.back().read_until("\r\n\r\nok"), StartsWith("HTTP/1.1 200"));
    }

    EXPECT_EQ(proxy_.get("/livez").status, 200);

    EXPECT_EQ(idle[0].read_to_end(), "");
    EXPECT_EQ(Client(port_).ask("set a 0 0 1\r\nx\r\n", "\r\n"), "STORED\r\n");
}

TEST(Advice, is_logged_once_at_start_and_shown_with_the_pool) {
    const std::array<MemcachedNode, 3> nodes;
    Proxy proxy({.pools = pool_before(nodes, free_port(), {"hash: crc32"})});

    const Json advice = Json::parse(proxy.get("/pools/pool").body).at("advice");

    ASSERT_EQ(advice.size(), 1U);
    const std::string sentence = advice[0];
    EXPECT_THAT(sentence, StartsWith("hash crc32 with ketama puts 100 % of 10000 sample keys"));
    EXPECT_THAT(proxy.process().errors(), HasSubstr("[warning] pool pool: " + sentence + "\n"));
}

// --- ringctl ---

TEST_F(Inspection, ringctl_shows_health_pools_ring_and_keys) {
    const std::string node = "node-0";

    EXPECT_THAT(proxy_.ringctl({"health"}).output, HasSubstr("[+]pool pool ok"));
    EXPECT_THAT(proxy_.ringctl({"pools"}).output, HasSubstr("3/3"));
    EXPECT_THAT(proxy_.ringctl({"pool", "pool"}).output, HasSubstr(node));
    EXPECT_THAT(proxy_.ringctl({"stats"}).output, HasSubstr(node));
    EXPECT_THAT(proxy_.ringctl({"snapshot"}).output, HasSubstr("WORKER"));
    EXPECT_THAT(proxy_.ringctl({"ring", "pool", "--summary"}).output, HasSubstr("####"));
    EXPECT_THAT(proxy_.ringctl({"ring", "pool"}).output, HasSubstr(node));
    EXPECT_THAT(proxy_.ringctl({"locate", "pool", "a key/with+all&of?it="}).errors,
                HasSubstr("without blanks"));
    EXPECT_THAT(proxy_.ringctl({"locate", "pool", "key/with+all&of?it="}).output,
                HasSubstr("key/with+all&of?it="));
    EXPECT_EQ(Json::parse(proxy_.ringctl({"--json", "pools"}).output)["pools"][0]["name"], "pool");
}

TEST_F(Inspection, ringctl_ejects_and_restores) {
    const std::string node = "node-1";

    const Outcome ejected = proxy_.ringctl({"eject", "pool", node, "--for", "60s"});
    const std::string state = node_of(proxy_, node).at("state");
    const Outcome restored = proxy_.ringctl({"restore", "pool", node});

    EXPECT_EQ(ejected.exit_code, 0) << ejected.errors;
    EXPECT_THAT(ejected.output, HasSubstr("ejected_by_operator"));
    EXPECT_EQ(state, "ejected_by_operator");
    EXPECT_EQ(restored.exit_code, 0) << restored.errors;
    EXPECT_EQ(node_of(proxy_, node).at("state"), "in_ring");
}

TEST_F(Inspection, ringctl_locates_many_keys_on_one_connection) {
    const Outcome outcome =
        run({"/bin/sh", "-c",
             fmt::format("seq 1 10000 | {} --admin 127.0.0.1:{} locate pool --stdin",
                         program("ringctl"), proxy_.admin_port())});

    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    const std::string first = Json::parse(proxy_.get("/pools/pool/locate?key=1").body)["node"];
    EXPECT_THAT(outcome.output, StartsWith(fmt::format("1\t{}\n2\t", first)));
    EXPECT_EQ(std::count(outcome.output.begin(), outcome.output.end(), '\n'), 10'000);
}

TEST_F(Inspection, ringctl_tells_refusal_from_wrong_usage_by_its_exit_code) {
    const Outcome refused = proxy_.ringctl({"pool", "nowhere"});

    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_EQ(refused.errors, "ringctl: there is no pool 'nowhere'\n");
    EXPECT_EQ(proxy_.ringctl({"eject", "pool", "nowhere"}).exit_code, 1);
    EXPECT_EQ(proxy_.ringctl({"pool"}).exit_code, 2);
    EXPECT_EQ(proxy_.ringctl({"pools", "--force"}).exit_code, 2);
    EXPECT_EQ(proxy_.ringctl({"nonsense"}).exit_code, 2);
    const std::string nobody = fmt::format("127.0.0.1:{}", free_port());
    EXPECT_EQ(run({program("ringctl"), "--admin", nobody, "pools"}).exit_code, 3);
    EXPECT_EQ(run({program("ringctl"), "pools"}, {"RINGCTL_ADMIN=" + nobody}).exit_code, 3);
    EXPECT_EQ(run({program("ringctl"), "--help"}).exit_code, 0);
}

}  // namespace
}  // namespace ringside::testing
