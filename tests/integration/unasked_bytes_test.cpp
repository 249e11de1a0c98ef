// A node that says something that nobody has asked for: whose answer is it? Nobody's.
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/resp.h"
#include "integration/support/scripted_peer.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

// --- of Redis: among other answers, and what cannot be ---

// A Redis node that says more than it is asked, or what none says.
class UnaskedAnswers : public ::testing::Test {
  protected:
    // The answers to GET b, and to EXISTS; anything else is missing.
    explicit UnaskedAnswers(std::string to_get, std::string to_exists = ":1\r\n")
        : node_([get = std::move(to_get), exists = std::move(to_exists),
                 words = std::vector<std::string>()](std::string_view line) mutable {
              if (line.starts_with('*')) {
                  words.clear();
              } else if (!line.starts_with('$')) {
                  words.emplace_back(line);
              }
              if (words.size() != 2) {
                  return std::string();
              }
              const std::string answer = words[0] == "EXISTS" ? exists
                                         : words[1] == "b"    ? get
                                                              : "$-1\r\n";
              words.clear();
              return answer;
          }) {}

    // Over a new link, after the pause that a lost one is followed by.
    void expect_served(Client& client) {
        proxy_.wait_until(
            [&client] {
                return ask(client, {"GET", "k"}).raw == "$-1\r\n";
            },
            "another link");
    }

    ScriptedPeer node_;
    std::uint16_t port_ = free_port();
    Proxy proxy_{{.pools = to_yaml({.listen = fmt::format("127.0.0.1:{}", port_),
                                    .servers = {server_line(node_.address(), 1, "node")},
                                    .settings = {"redis: true", "server_connections: 1"}})}};
    Client client_{port_};
    Client other_{port_};
};

class AnAnswerTooMany : public UnaskedAnswers {
  protected:
    AnAnswerTooMany() : UnaskedAnswers("$6\r\nsecret\r\n$6\r\nsecret\r\n") {}
};

TEST_F(AnAnswerTooMany, on_an_idle_link_closes_it_though_its_type_would_fit_the_next_request) {
    EXPECT_EQ(ask(client_, {"GET", "b"}).raw, bulk("secret"));

    proxy_.wait_until([this] { return protocol_errors(proxy_) == 1; }, "the end of the link");
    EXPECT_EQ(client_.surplus(), "");
    for (Client* each : {&other_, &client_}) {
        EXPECT_NE(ask(*each, {"GET", "k"}).raw, bulk("secret"));
        expect_served(*each);
    }
    EXPECT_EQ(protocol_errors(proxy_), 1);
    EXPECT_THAT(proxy_.process().errors(), HasSubstr("an answer that nobody asked for"));
}

TEST_F(AnAnswerTooMany, is_told_by_its_type_while_others_are_under_way) {
    ASSERT_EQ(ask(other_, {"GET", "k"}).raw, "$-1\r\n");

    client_.send(resp({"GET", "b"}) + resp({"EXISTS", "k"}));

    EXPECT_EQ(read_answer(client_).raw, bulk("secret"));
    EXPECT_EQ(read_answer(client_).type(), '-') << "not the string";
    EXPECT_EQ(protocol_errors(proxy_), 1);
}

class ACountThatCannotBe : public UnaskedAnswers {
  protected:
    ACountThatCannotBe() : UnaskedAnswers("+QUEUED\r\n", ":17\r\n") {}
};

TEST_F(ACountThatCannotBe, is_passed_on_to_nobody) {
    EXPECT_EQ(ask(client_, {"EXISTS", "k"}).type(), '-');
    expect_served(other_);
    EXPECT_EQ(ask(client_, {"GET", "b"}).type(), '-') << "nor +QUEUED";

    expect_served(other_);
    EXPECT_EQ(protocol_errors(proxy_), 2);
}

}  // namespace
}  // namespace ringside::testing
