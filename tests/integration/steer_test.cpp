// Trying out and steering a running proxy.
#include "integration/support/network.h"
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::testing {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

class Steer : public ::testing::Test {
  protected:
    std::vector<MemcachedNode> nodes_{3};
    std::uint16_t port_ = free_port();
    Proxy proxy_{{.pools = pool_before(nodes_, port_)}};
};

TEST_F(Steer, what_was_tried_out_happens_just_so_when_it_is_done) {
    const std::string before = proxy_.get("/pools/pool/ring").body;
    const Outcome tried = proxy_.ringctl({"eject", "pool", "node-1", "--dry-run"});
    const Json told = Json::parse(proxy_.post("/pools/pool/nodes/node-1/eject?dryRun=true").body);
    const std::string after_trial = proxy_.get("/pools/pool/ring").body;

    proxy_.post("/pools/pool/nodes/node-1/eject?reason=upgrade&author=ada");
    const Json change = Json::parse(proxy_.get("/pools/pool/history").body).at("changes").at(0);

    EXPECT_EQ(tried.exit_code, 0) << tried.errors;
    EXPECT_THAT(tried.output, HasSubstr("of the keys would live on another node"));
    EXPECT_EQ(after_trial, before);
    EXPECT_EQ(change.at("moved_percent"), told.at("moved_percent"));
    proxy_.process().wait_for_text("eject reason=upgrade author=ada: 200");
}

TEST_F(Steer, the_log_tells_what_was_asked_for_in_a_body_too) {
    constexpr std::string_view kBody = R"({"for": "60s", "reason": "a new kernel"})";
    Client client(proxy_.admin_port());

    client.send(
        fmt::format("POST /pools/pool/nodes/node-1/eject HTTP/1.1\r\nHost: localhost\r\n"
                    "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                    kBody.size(), kBody));

    client.read_until("ejected_by_operator");
    proxy_.process().wait_for_text("node-1/eject for=60s reason=a new kernel: 200");
}

TEST_F(Steer, a_node_that_is_drained_keeps_no_link_and_takes_no_key) {
    Client client(port_);
    const auto ask_for_all = [&client] {
        for (int i = 0; i < 30; ++i) {
            client.ask(fmt::format("get {}:key\r\n", i), "END\r\n");
        }
    };
    const auto node = [this] {
        const Json pool = Json::parse(proxy_.get("/pools/pool").body);
        return pool.at("nodes").at(1);
    };
    ask_for_all();
    ASSERT_EQ(node().at("metrics").at("server_connections"), 1);
    EXPECT_EQ(node().at("drained"), nullptr);

    const HttpAnswer answer = proxy_.post("/pools/pool/nodes/node-1/drain?for=1h&author=ada");

    ASSERT_EQ(answer.status, 200) << answer.body;
    proxy_.wait_until([&node] { return node().at("drained") == true; }, "its links to be closed");
    ask_for_all();
    EXPECT_EQ(node().at("metrics").at("server_connections"), 0);
    EXPECT_EQ(node().at("state"), "ejected_by_operator");
    EXPECT_EQ(node().at("reason"), "drained by the operator, for a time: ada");
    EXPECT_THAT(proxy_.get("/metrics").body,
                HasSubstr("ringside_node_ejection_ends_timestamp_seconds{"));
    const Json again = Json::parse(proxy_.post("/pools/pool/nodes/node-1/drain").body);
    EXPECT_EQ(again.at("node").at("reason"), "drained by the operator, until restored");

    proxy_.post("/pools/pool/nodes/node-1/restore");

    ask_for_all();
    EXPECT_EQ(node().at("drained"), nullptr);
    EXPECT_EQ(node().at("metrics").at("server_connections"), 1);
}

TEST_F(Steer, a_key_is_located_with_how_its_node_is_and_who_comes_next) {
    const auto locate = [this] {
        return Json::parse(proxy_.get("/pools/pool/locate?key=greeting").body);
    };
    const Json before = locate();
    EXPECT_EQ(before.at("owner").at("name"), before.at("node"));
    EXPECT_EQ(before.at("owner").at("state"), "in_ring");
    EXPECT_EQ(before.at("owner").at("last_failure"), nullptr);
    ASSERT_EQ(before.at("next_owners").size(), 2u);
    const std::string owner = before.at("node");
    MemcachedNode& node = nodes_[static_cast<std::size_t>(owner.back() - '0')];

    node.kill();
    Client client(port_);
    client.ask("get greeting\r\n", "SERVER_ERROR Connection refused");
    proxy_.wait_until([&locate] { return locate().at("owner").at("last_failure") != nullptr; },
                      "the failure to be told");
    EXPECT_NE(locate().at("owner").at("failing_since"), nullptr);
    EXPECT_NE(locate().at("owner").at("last_failure_at"), nullptr);
    for (const std::size_t next : {0, 1}) {
        proxy_.post(
            fmt::format("/pools/pool/nodes/{}/eject", locate().at("node").get<std::string>()));
        EXPECT_EQ(locate().at("node"), before.at("next_owners").at(next).at("name"));
    }
}

TEST_F(Steer, each_request_has_lines_while_the_level_is_debug) {
    Client client(port_);
    client.ask("get quiet\r\n", "END\r\n");
    const Outcome more = proxy_.ringctl({"log-level", "debug"});
    client.ask("get spoken\r\n", "END\r\n");
    proxy_.process().wait_for_text("key 'spoken' maps to node");
    const HttpAnswer less = proxy_.post("/log?level=warn");

    EXPECT_EQ(more.exit_code, 0) << more.errors;
    EXPECT_EQ(Json::parse(less.body).at("level"), "warn");
    EXPECT_EQ(proxy_.ringctl({"log-level", "loud"}).exit_code, 2);
}

}  // namespace
}  // namespace ringside::testing
