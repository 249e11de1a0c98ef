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

TEST_F(Steer, each_request_has_lines_while_the_level_is_debug) {
    Client client(port_);
    client.ask("get quiet\r\n", "END\r\n");
    const Outcome more = proxy_.ringctl({"log-level", "debug"});
    client.ask("get spoken\r\n", "END\r\n");
    proxy_.process().wait_for_text("key 'spoken' maps to node");
    const HttpAnswer less = proxy_.post("/log?level=warn");

    EXPECT_EQ(more.exit_code, 0) << more.errors;
    EXPECT_EQ(Json::parse(less.body).at("level"), "warn");
    EXPECT_EQ(proxy_.ringctl({"log-level", "loud"}).exit_code, 1);
}

}  // namespace
}  // namespace ringside::testing
