// ringload: that it passes what is right and catches everything that is not.
#include "integration/support/scripted_peer.h"
#include "integration/support/servers.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <signal.h>

#include <string>
#include <utility>

namespace ringside::testing {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

std::vector<std::string> load_command(const std::string& target, std::vector<std::string> more) {
    std::vector<std::string> command{program("ringload"), "--target", target, "--json"};
    command.insert(command.end(), more.begin(), more.end());
    return command;
}

struct LoadResult {
    int exit_code;
    Json report;
};

LoadResult load(const std::string& target, std::vector<std::string> more) {
    const Outcome outcome = run(load_command(target, std::move(more)));
    return {outcome.exit_code, Json::parse(outcome.output, nullptr, false)};
}

// One client that gets one key of value length 5; `answer` is what the peer says each time.
LoadResult load_from_peer_saying(std::string_view answer) {
    ScriptedPeer peer([answer](std::string_view) { return std::string(answer); });
    return load(peer.address(), {"--clients", "1", "--keys", "1", "--get-ratio", "1", "--prefix",
                                 "k", "--value-bytes", "5", "--requests", "1", "--timeout", "1"});
}

TEST(Ringload, finds_nothing_wrong_with_memcached) {
    MemcachedNode memcached;

    const auto [exit_code, report] =
        load(memcached.address(), {"--warm", "--verify-values", "--requests", "5000", "--keys",
                                   "300", "--clients", "7", "--pipeline", "5"});

    EXPECT_EQ(exit_code, 0);
    EXPECT_EQ(report["requests"], 5000);
    EXPECT_EQ(report["gets"].get<int>() + report["sets"].get<int>(), 5000);
    EXPECT_EQ(report["hits"], report["gets"]);
    EXPECT_EQ(report["misses"], 0);
    EXPECT_GT(report["sets"], 0);
}

TEST(Ringload, counts_misses_of_a_multi_get_key_by_key) {
    MemcachedNode memcached;

    const auto [exit_code, report] =
        load(memcached.address(), {"--requests", "2000", "--keys", "100", "--multi-get", "7",
                                   "--verify-values", "--get-ratio", "0.8"});

    EXPECT_EQ(exit_code, 0);
    EXPECT_GT(report["misses"], 0);
    EXPECT_GT(report["hits"], 0);
    EXPECT_EQ(report["hits"].get<int>() + report["misses"].get<int>(),
              7 * report["gets"].get<int>());
}

TEST(Ringload, finds_nothing_wrong_with_redis) {
    RedisNode redis;

    const auto single = load(redis.address(), {"--protocol", "redis", "--warm", "--verify-values",
                                               "--requests", "2000", "--keys", "200"});
    const auto multiple =
        load(redis.address(), {"--protocol", "redis", "--verify-values", "--requests", "2000",
                               "--keys", "400", "--multi-get", "9", "--pipeline", "4"});

    EXPECT_EQ(single.exit_code, 0);
    EXPECT_EQ(single.report["hits"], single.report["gets"]);
    EXPECT_EQ(multiple.exit_code, 0);
    EXPECT_GT(multiple.report["misses"], 0);
}

TEST(Ringload, checks_large_values_that_come_in_many_pieces) {
    MemcachedNode memcached;

    const auto [exit_code, report] =
        load(memcached.address(), {"--warm", "--verify-values", "--requests", "60", "--keys", "6",
                                   "--value-bytes", "900000", "--multi-get", "3"});

    EXPECT_EQ(exit_code, 0);
    EXPECT_EQ(report["misses"], 0);
}

TEST(Ringload, only_stores_when_no_requests_are_wanted) {
    MemcachedNode memcached;

    const auto [exit_code, report] =
        load(memcached.address(), {"--warm", "--requests", "0", "--keys", "50"});

    EXPECT_EQ(exit_code, 0);
    EXPECT_EQ(report["sets"], 50);
    EXPECT_EQ(report["gets"], 0);
}

TEST(Ringload, catches_any_corrupted_byte_of_a_reply) {
    // Given the right answer, first of all.
    MemcachedNode memcached;
    const std::vector<std::string> options{"--clients", "1", "--keys", "1", "--prefix", "k"};
    auto store = options;
    store.insert(store.end(), {"--warm", "--requests", "0", "--value-bytes", "3"});
    ASSERT_EQ(load(memcached.address(), store).exit_code, 0);
    const std::string right = memcached.client().ask("get k00000000\r\n", "END\r\n");
    ASSERT_EQ(right.size(), std::string_view("VALUE k00000000 0 3\r\nabc\r\nEND\r\n").size());

    for (std::size_t i = 0; i < right.size(); ++i) {
        // When one bit of it is turned
        std::string corrupted = right;
        corrupted[i] = static_cast<char>(corrupted[i] ^ 0x01);
        ScriptedPeer peer([&corrupted](std::string_view) { return corrupted; });
        auto get = options;
        get.insert(get.end(), {"--requests", "1", "--get-ratio", "1", "--value-bytes", "3",
                               "--verify-values", "--timeout", "200ms"});
        const auto [exit_code, report] = load(peer.address(), get);

        // Then it is wrong, or has no end any more and is lost.
        EXPECT_EQ(exit_code, 1) << "byte " << i;
        EXPECT_EQ(report["wrong"].get<int>() + report["lost"].get<int>(), 1) << "byte " << i;
        EXPECT_EQ(report["requests"], 0) << "byte " << i;
    }
}

TEST(Ringload, catches_the_answer_to_another_request) {
    const auto [exit_code, report] =
        load_from_peer_saying("VALUE k00000001 0 5\r\nvalue\r\nEND\r\n");

    EXPECT_EQ(exit_code, 1);
    EXPECT_EQ(report["wrong"], 1);
    EXPECT_THAT(report["first_wrong"].get<std::string>(),
                HasSubstr("asked 'get k00000000\\x0d\\x0a' and got 'VALUE k00000001"));
}

TEST(Ringload, catches_an_answer_that_nobody_asked_for) {
    const auto [exit_code, report] = load_from_peer_saying("END\r\nEND\r\n");

    EXPECT_EQ(exit_code, 1);
    EXPECT_EQ(report["wrong"], 1);
}

TEST(Ringload, counts_error_replies_by_their_text) {
    constexpr std::string_view kError = "SERVER_ERROR no node\r\n";

    const auto [exit_code, report] = load_from_peer_saying(kError);

    EXPECT_EQ(exit_code, 1);
    EXPECT_EQ(report["errors"], 1);
    EXPECT_EQ(report["error_texts"], Json({{"SERVER_ERROR no node", 1}}));
}

TEST(Ringload, tolerates_error_replies_when_told_to) {
    ScriptedPeer peer([](std::string_view) { return "SERVER_ERROR no node\r\n"; });

    const auto [exit_code, report] = load(peer.address(), {"--clients", "1", "--get-ratio", "1",
                                                           "--requests", "20", "--allow-errors"});

    EXPECT_EQ(exit_code, 0);
    EXPECT_EQ(report["errors"], 20);
    EXPECT_EQ(report["wrong"], 0);
}

TEST(Ringload, counts_requests_of_a_closed_connection_as_lost) {
    ScriptedPeer peer([](std::string_view) { return std::nullopt; });

    const auto [exit_code, report] = load(peer.address(), {"--clients", "1", "--get-ratio", "1",
                                                           "--requests", "3", "--pipeline", "3"});

    EXPECT_EQ(exit_code, 1);
    EXPECT_EQ(report["lost"], 3);
    EXPECT_NE(report["first_loss"], "");
}

TEST(Ringload, counts_requests_without_an_answer_in_time_as_lost) {
    const auto [exit_code, report] = load_from_peer_saying("");

    EXPECT_EQ(exit_code, 1);
    EXPECT_EQ(report["lost"], 1);
    EXPECT_EQ(report["first_loss"], "no answer in time");
}

TEST(Ringload, goes_on_when_the_peer_comes_back) {
    MemcachedNode memcached;
    Process process(load_command(memcached.address(), {"--seconds", "60", "--progress"}));
    process.wait_for_text("lost 0\n");

    memcached.restart();
    const std::size_t printed = process.errors().size();
    process.wait_until(
        [&] { return process.errors().find("\n", printed + 45) != std::string::npos; },
        "progress after the restart");
    process.signal(SIGINT);
    const int exit_code = process.wait_for_exit();

    const Json report = Json::parse(process.output());
    EXPECT_EQ(exit_code, 1);
    EXPECT_GE(report["reconnects"], 50);
    EXPECT_EQ(report["wrong"], 0);
    EXPECT_GT(report["lost"], 0);
    EXPECT_LE(report["lost"], 50);
}

TEST(Ringload, reports_when_it_is_interrupted) {
    MemcachedNode memcached;
    Process process(load_command(memcached.address(), {"--seconds", "60", "--progress"}));
    process.wait_for_text("errors 0, wrong 0, lost 0");

    const int exit_code = process.stop();

    EXPECT_EQ(exit_code, 0);
    EXPECT_GT(Json::parse(process.output())["requests"], 0);
}

TEST(Ringload, says_why_it_cannot_run) {
    const auto errors = [](std::vector<std::string> words) {
        words.insert(words.begin(), program("ringload"));
        const Outcome outcome = run(words);
        EXPECT_EQ(outcome.exit_code, 2);
        return outcome.errors;
    };
    const std::string nowhere = fmt::format("127.0.0.1:{}", free_port());

    EXPECT_EQ(errors({}), "ringload: --target is missing; see ringload --help\n");
    EXPECT_EQ(errors({"--clients"}), "ringload: --clients needs N\n");
    EXPECT_EQ(errors({"--colour"}), "ringload: unknown option --colour\n");
    EXPECT_EQ(errors({"--get-ratio=2"}),
              "ringload: --get-ratio: '2' is not a number from 0 to 1\n");
    EXPECT_EQ(errors({"--target", nowhere}),
              fmt::format("ringload: cannot connect to {}: Connection refused\n", nowhere));
}

}  // namespace
}  // namespace ringside::testing
