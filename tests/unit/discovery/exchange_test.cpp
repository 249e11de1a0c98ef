#include "discovery/exchange.h"

#include "base/limits.h"
#include "loop_harness.h"
#include "scripted_endpoint.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>

namespace ringside::discovery {
namespace {

using base::Errc;
using base::milliseconds;

class ExchangeTest : public testing::Test, public LoopHarness {
  protected:
    // Asks and waits for the end.
    base::Expected<std::string> ask(std::vector<routing::Address> addresses,
                                    milliseconds timeout = milliseconds(10'000)) {
        std::optional<base::Expected<std::string>> result;
        Exchange exchange(
            loop, {.addresses = std::move(addresses), .bytes = "hello\r\n", .timeout = timeout},
            [](std::string_view bytes) { return bytes.ends_with("\n"); },
            [&](base::Expected<std::string> ended) {
                result = std::move(ended);
                happened();
            });
        EXPECT_FALSE(result.has_value()) << "ended inside the constructor";
        run_until_happened();
        return result.value_or(base::Error{Errc::io, "the test has failed"});
    }
};

TEST_F(ExchangeTest, yields_the_answer) {
    ScriptedEndpoint peer([](const std::string&) { return Reply{"world\r\n"}; });

    const auto answer = ask({peer.address()});

    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(*answer, "world\r\n");
    EXPECT_EQ(peer.lines(), std::vector<std::string>{"hello"});
}

TEST_F(ExchangeTest, puts_an_answer_together_that_comes_byte_by_byte) {
    ScriptedEndpoint peer([](const std::string&) {
        return Reply{.bytes = std::string(1000, 'x') + "\n", .byte_by_byte = true};
    });

    const auto answer = ask({peer.address()});

    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->size(), 1001U);
}

TEST_F(ExchangeTest, goes_on_to_the_next_address_when_one_refuses_or_stays_silent) {
    ScriptedEndpoint peer([](const std::string&) { return Reply{"world\r\n"}; });
    const routing::Address& answers = peer.address();
    const routing::Address refuses{"/nonexistent/socket", 0};
    const routing::Address is_silent{"192.0.2.1", answers.port};  // RFC 5737: nobody has it

    for (const auto& addresses : {std::vector{refuses, answers}, std::vector{is_silent, answers}}) {
        const auto answer = ask(addresses, milliseconds(1000));

        ASSERT_TRUE(answer) << answer.error().message;
    }
}

TEST_F(ExchangeTest, a_name_is_no_address) {
    const auto answer = ask({{"localhost", 1}});

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::io);
}

TEST_F(ExchangeTest, reports_a_refused_connection) {
    std::uint16_t port = 0;
    {
        port = ScriptedEndpoint([](const std::string&) { return Reply{}; }).address().port;
    }

    const auto answer = ask({{"127.0.0.1", port}});

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::io);
    EXPECT_EQ(answer.error().message, "connect: Connection refused");
}

TEST_F(ExchangeTest, reports_a_missing_unix_socket) {
    const auto answer = ask({{"/nonexistent/socket", 0}});

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().message, "connect: No such file or directory");
}

TEST_F(ExchangeTest, reports_an_answer_that_is_cut_short) {
    ScriptedEndpoint peer([](const std::string&) { return Reply{.bytes = "wor", .close = true}; });

    const auto answer = ask({peer.address()});

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().message, "the connection was closed after 3 bytes of an answer");
}

TEST_F(ExchangeTest, tells_what_it_means_that_no_byte_has_come) {
    ScriptedEndpoint peer([](const std::string&) { return Reply{.bytes = {}, .close = true}; });
    std::optional<base::Expected<std::string>> result;

    Exchange exchange(
        loop,
        {.addresses = {peer.address()},
         .bytes = "hello\r\n",
         .timeout = milliseconds(10'000),
         .why_no_byte = ", as some do"},
        [](std::string_view) { return false; },
        [&](base::Expected<std::string> ended) {
            result = std::move(ended);
            happened();
        });
    run_until_happened();

    ASSERT_FALSE(*result);
    EXPECT_EQ(result->error().message, "the connection was closed without an answer, as some do");
}

TEST_F(ExchangeTest, a_silent_peer_times_out) {
    ScriptedEndpoint peer([](const std::string&) { return Reply{}; });

    const auto answer = ask({peer.address()}, milliseconds(30));

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::timed_out);
    EXPECT_EQ(answer.error().message, "no answer within 30 ms");
}

TEST_F(ExchangeTest, an_answer_without_end_is_cut_off_at_the_limit) {
    ScriptedEndpoint peer([](const std::string&) {
        return Reply{std::string(base::kDiscoveryAnswerBytesMax + 1, 'x')};
    });

    const auto answer = ask({peer.address()});

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::malformed);
}

TEST_F(ExchangeTest, may_be_destroyed_when_it_ends) {
    ScriptedEndpoint peer([](const std::string&) { return Reply{"world\r\n"}; });
    std::unique_ptr<Exchange> exchange;
    exchange = std::make_unique<Exchange>(
        loop,
        Exchange::Request{
            .addresses = {peer.address()}, .bytes = "hello\r\n", .timeout = milliseconds(10'000)},
        [](std::string_view bytes) { return bytes.ends_with("\n"); },
        [&](const base::Expected<std::string>&) {
            exchange.reset();
            happened();
        });

    run_until_happened();

    EXPECT_EQ(exchange, nullptr);
}

TEST_F(ExchangeTest, says_nothing_once_it_is_destroyed) {
    ScriptedEndpoint peer([](const std::string&) { return Reply{"world\r\n"}; });
    bool ended = false;
    {
        Exchange exchange(
            loop, {.addresses = {peer.address()}, .bytes = "hello\r\n", .timeout = milliseconds(1)},
            [](std::string_view) { return true; },
            [&](const base::Expected<std::string>&) { ended = true; });
    }

    run_for(milliseconds(50));

    EXPECT_FALSE(ended);
}

}  // namespace
}  // namespace ringside::discovery
