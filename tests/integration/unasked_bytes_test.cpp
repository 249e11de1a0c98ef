// A node that says something that nobody has asked for: whose answer is it? Nobody's.
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/scripted_peer.h"

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

constexpr std::string_view kUnasked = "VALUE k 0 6\r\nsecret\r\nEND\r\n";

// What the node says to the data of a set that wants no answer, and behind the answer to "get b".
class UnaskedBytes : public ::testing::Test {
  protected:
    std::int64_t protocol_errors() {
        const Json pool = Json::parse(proxy_.get("/pools/pool").body);
        return pool.at("nodes").at(0).at("metrics").at("protocol_errors").get<std::int64_t>();
    }
    void expect_closed_and_told_to_nobody(Client& client, const char* reason) {
        proxy_.wait_until([this] { return protocol_errors() == 1; }, "the end of the link");
        EXPECT_EQ(client.surplus(), "");
        for (Client* each : {&client, &other_}) {
            EXPECT_EQ(each->ask("get k\r\n", "END\r\n"), "END\r\n");
            EXPECT_EQ(each->surplus(), "");
        }
        EXPECT_EQ(protocol_errors(), 1);
        EXPECT_THAT(proxy_.process().errors(), HasSubstr(reason));
    }

    ScriptedPeer node_{[](std::string_view line) {
        if (line == "data") {
            return std::string(kUnasked);
        }
        if (line.starts_with("set")) {
            return std::string();
        }
        return "END\r\n" + std::string(line == "get b" ? kUnasked : "");
    }};
    std::uint16_t port_ = free_port();
    Proxy proxy_{{.pools = to_yaml({.listen = fmt::format("127.0.0.1:{}", port_),
                                    .servers = {server_line(node_.address(), 1, "node")}})}};
    Client other_{port_};
};

TEST_F(UnaskedBytes, in_place_of_an_answer_to_a_noreply_set_close_the_link_and_reach_no_client) {
    Client client(port_);
    ASSERT_EQ(client.ask("get a\r\n", "END\r\n"), "END\r\n");
    ASSERT_EQ(other_.ask("get a\r\n", "END\r\n"), "END\r\n");

    client.send("set k 0 0 4 noreply\r\ndata\r\n");

    expect_closed_and_told_to_nobody(client, "answer does not fit the request");
}

TEST_F(UnaskedBytes, behind_the_last_answer_close_the_link_and_reach_no_client) {
    Client client(port_);
    ASSERT_EQ(other_.ask("get a\r\n", "END\r\n"), "END\r\n");

    EXPECT_EQ(client.ask("get b\r\n", "END\r\n"), "END\r\n");

    expect_closed_and_told_to_nobody(client, "an answer that nobody asked for");
}

}  // namespace
}  // namespace ringside::testing
