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

std::int64_t protocol_errors(const Proxy& proxy) {
    const Json pool = Json::parse(proxy.get("/pools/pool").body);
    return pool.at("nodes").at(0).at("metrics").at("protocol_errors").get<std::int64_t>();
}

// What the node says to the data of a set that wants no answer, and behind the answer to "get b".
class UnaskedBytes : public ::testing::Test {
  protected:
    void expect_closed_and_told_to_nobody(Client& client, const char* reason) {
        proxy_.wait_until([this] { return protocol_errors(proxy_) == 1; }, "the end of the link");
        EXPECT_EQ(client.surplus(), "");
        for (Client* each : {&client, &other_}) {
            EXPECT_EQ(each->ask("get k\r\n", "END\r\n"), "END\r\n");
            EXPECT_EQ(each->surplus(), "");
        }
        EXPECT_EQ(protocol_errors(proxy_), 1);
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

// --- on a link that has been used and is idle ---

struct Speech {
    const char* name;
    std::string_view setting;
    std::string_view request;
    std::string_view last_line;  // of the request, as the node gets it
    std::string_view miss;
    std::string_view unasked;
};

void PrintTo(const Speech& speech, std::ostream* out) {
    *out << speech.name;
}

constexpr Speech kSpeeches[]{
    {"memcached_a_value", "redis: false", "get k\r\n", "get k", "END\r\n", kUnasked},
    {"memcached_a_state", "redis: false", "get k\r\n", "get k", "END\r\n", "STORED\r\n"},
    {"memcached_half_a_line", "redis: false", "get k\r\n", "get k", "END\r\n", "VAL"},
    {"redis_a_value", "redis: true", "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n", "k", "$-1\r\n",
     "$6\r\nsecret\r\n"},
    {"redis_a_state", "redis: true", "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n", "k", "$-1\r\n", "+OK\r\n"},
    {"redis_half_a_line", "redis: true", "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n", "k", "$-1\r\n", "$6"},
};

class UnaskedOnIdleLink : public ::testing::TestWithParam<Speech> {};

TEST_P(UnaskedOnIdleLink, closes_it_and_reaches_no_client) {
    const Speech& speech = GetParam();
    ScriptedPeer node([&speech](std::string_view line) {
        return std::string(line == speech.last_line ? speech.miss : std::string_view());
    });
    const std::uint16_t port = free_port();
    Proxy proxy({.pools = to_yaml({.listen = fmt::format("127.0.0.1:{}", port),
                                   .servers = {server_line(node.address(), 1, "node")},
                                   .settings = {std::string(speech.setting)}})});
    Client client(port);
    Client other(port);
    for (Client* each : {&client, &other}) {
        ASSERT_EQ(each->ask(speech.request, speech.miss), speech.miss);
    }
    ASSERT_EQ(node.connections(), 1U);

    node.say(speech.unasked);
    proxy.wait_until([&proxy] { return protocol_errors(proxy) == 1; }, "the end of the link");

    for (Client* each : {&client, &other}) {
        EXPECT_EQ(each->surplus(), "");
        EXPECT_EQ(each->ask(speech.request, speech.miss), speech.miss);
    }
    EXPECT_EQ(node.connections(), 2U);
    EXPECT_THAT(proxy.process().errors(), HasSubstr("an answer that nobody asked for"));
}

INSTANTIATE_TEST_SUITE_P(Each, UnaskedOnIdleLink, ::testing::ValuesIn(kSpeeches),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace ringside::testing
