#include "base/limits.h"
#include "protocol/redis/codec.h"
#include "unit/protocol/chunked.h"

#include <gmock/gmock.h>

#include <string>

namespace ringside::protocol {
namespace {

using ::testing::ElementsAre;
using testing::Request;

Request frame(std::string_view bytes, RequestLimits limits = testing::kLimits) {
    return testing::frame_request(redis(), bytes, limits);
}

void expect_rejected(std::string_view bytes, Reject why, std::string_view answer) {
    const Request request = frame(std::string(bytes) + "*1\r\n$4\r\nPING\r\n");
    EXPECT_TRUE(request.rejected()) << bytes;
    EXPECT_EQ(request.frame.reject, why) << bytes;
    EXPECT_EQ(request.frame.answer, answer) << bytes;
    EXPECT_EQ(request.frame.size, bytes.size()) << bytes;
    EXPECT_FALSE(request.frame.close) << bytes;
}

void expect_closed(std::string_view bytes, Reject why, std::string_view answer) {
    const Request request = frame(bytes);
    EXPECT_TRUE(request.rejected()) << bytes;
    EXPECT_EQ(request.frame.reject, why) << bytes;
    EXPECT_EQ(request.frame.answer, answer) << bytes;
    EXPECT_TRUE(request.frame.close) << bytes;
}

constexpr std::string_view kBadCount = "-ERR Protocol error: invalid multibulk length\r\n";
constexpr std::string_view kBadLength = "-ERR Protocol error: invalid bulk length\r\n";

TEST(RespRequest, an_array_of_bulk_strings_is_forwarded_as_it_is) {
    constexpr std::string_view kGet = "*2\r\n$3\r\nGET\r\n$1\r\na\r\n";

    const Request request = frame(std::string(kGet) + "*1\r\n");

    EXPECT_EQ(request.name, "GET");
    EXPECT_EQ(request.frame.size, kGet.size());
    EXPECT_TRUE(request.frame.verbatim);
    EXPECT_THAT(request.words, ElementsAre("GET", "a"));
    EXPECT_THAT(request.keys, ElementsAre("a"));
    EXPECT_EQ(request.wire, kGet);
}

TEST(RespRequest, commands_are_known_in_any_case) {
    EXPECT_EQ(frame("*2\r\n$3\r\ngEt\r\n$1\r\na\r\n").name, "GET");
    EXPECT_EQ(frame("*2\r\n$6\r\nunlink\r\n$1\r\na\r\n").name, "UNLINK");
}

TEST(RespRequest, words_may_contain_any_byte_and_none) {
    const Request request = frame("*3\r\n$3\r\nSET\r\n$0\r\n\r\n$10\r\n*1\r\n$4\r\nPI\r\n");

    EXPECT_EQ(request.name, "SET");
    EXPECT_THAT(request.words, ElementsAre("SET", "", "*1\r\n$4\r\nPI"));
    EXPECT_THAT(request.keys, ElementsAre(""));
}

TEST(RespRequest, keys_stand_where_the_command_table_says) {
    EXPECT_THAT(frame("*4\r\n$4\r\nMGET\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\na\r\n").keys,
                ElementsAre("a", "b", "a"));
    EXPECT_THAT(frame("*5\r\n$4\r\nMSET\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\nb\r\n$1\r\n2\r\n").keys,
                ElementsAre("a", "b"));
    EXPECT_THAT(frame("*5\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n$2\r\nEX\r\n$1\r\n9\r\n").keys,
                ElementsAre("a"));
    EXPECT_THAT(frame("*1\r\n$4\r\nPING\r\n").keys, ElementsAre());
}

TEST(RespRequest, an_incomplete_request_needs_more) {
    constexpr std::string_view kGet = "*2\r\n$3\r\nGET\r\n$1\r\na\r\n";
    for (std::size_t size = 0; size < kGet.size(); ++size) {
        EXPECT_EQ(frame(kGet.substr(0, size)).frame.status, RequestStatus::need_more) << size;
    }
}

TEST(RespRequest, arguments_that_have_arrived_are_not_read_again) {
    const std::string_view bytes = "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1000\r\nxy";
    RequestFrame request;
    Resume resume;

    redis().client.frame_request(bytes, testing::kLimits, resume, request);

    EXPECT_EQ(request.status, RequestStatus::need_more);
    EXPECT_EQ(resume.scanned_bytes, 20U);
    EXPECT_EQ(resume.need_bytes, 20U + 7 + 1000 + 2);
}

TEST(RespRequest, an_empty_request_is_dropped_without_an_answer) {
    for (const std::string_view bytes : {"*0\r\n", "*-1\r\n", "*-10\r\n", "\r\n", "\n", "  \r\n"}) {
        expect_rejected(bytes, Reject::none, "");
    }
}

TEST(RespRequest, an_unknown_command_is_answered_as_redis_does) {
    expect_rejected("*3\r\n$3\r\nFOO\r\n$3\r\nbar\r\n$3\r\nbaz\r\n", Reject::unknown_command,
                    "-ERR unknown command 'FOO', with args beginning with: 'bar' 'baz' \r\n");
    expect_rejected("*1\r\n$0\r\n\r\n", Reject::unknown_command,
                    "-ERR unknown command '', with args beginning with: \r\n");
    expect_rejected("*2\r\n$4\r\nFO\nO\r\n$4\r\na\r\nb\r\n", Reject::unknown_command,
                    "-ERR unknown command 'FO O', with args beginning with: 'a  b' \r\n");
    const std::string longer(300, 'x');
    expect_rejected("*3\r\n$300\r\n" + longer + "\r\n$300\r\n" + longer + "\r\n$1\r\ny\r\n",
                    Reject::unknown_command,
                    "-ERR unknown command '" + longer.substr(0, 128) +
                        "', with args beginning with: '" + longer.substr(0, 128) + "' \r\n");
}

TEST(RespRequest, a_wrong_number_of_arguments_is_answered_as_redis_does) {
    const struct {
        std::string_view bytes;
        std::string_view name;
    } cases[] = {
        {"*1\r\n$3\r\nGET\r\n", "get"},
        {"*3\r\n$3\r\nGet\r\n$1\r\na\r\n$1\r\nb\r\n", "get"},
        {"*2\r\n$3\r\nSET\r\n$1\r\na\r\n", "set"},
        {"*1\r\n$4\r\nMGET\r\n", "mget"},
        {"*2\r\n$4\r\nMSET\r\n$1\r\na\r\n", "mset"},
        {"*4\r\n$4\r\nMSET\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n", "mset"},
        {"*3\r\n$4\r\nPING\r\n$1\r\na\r\n$1\r\nb\r\n", "ping"},
        {"*1\r\n$3\r\nDEL\r\n", "del"},
        {"*2\r\n$6\r\nEXPIRE\r\n$1\r\na\r\n", "expire"},
        {"*3\r\n$3\r\nTTL\r\n$1\r\na\r\n$1\r\nb\r\n", "ttl"},
        {"*1\r\n$4\r\nAUTH\r\n", "auth"},
        {"GET\r\n", "get"},
    };
    for (const auto& each : cases) {
        expect_rejected(
            each.bytes, Reject::bad_arguments,
            "-ERR wrong number of arguments for '" + std::string(each.name) + "' command\r\n");
    }
}

TEST(RespRequest, a_bad_count_is_a_protocol_error) {
    for (const std::string_view count :
         {"x", "", "01", "+1", "-0", "1x", " 1", "9223372036854775808", "18446744073709551617"}) {
        expect_closed("*" + std::string(count) + "\r\n$4\r\nPING\r\n", Reject::bad_data, kBadCount);
    }
    expect_closed("*1\n$4\r\nPING\r\n", Reject::bad_data, kBadCount);
    expect_closed("*1\rx$4\r\nPING\r\n", Reject::bad_data, kBadCount);
}

TEST(RespRequest, a_bad_length_is_a_protocol_error) {
    for (const std::string_view length :
         {"x", "", "04", "+4", "-1", "4x", "536870913", "4294967300", "18446744073709551620",
          "-9223372036854775809"}) {
        expect_closed("*1\r\n$" + std::string(length) + "\r\nPING\r\n", Reject::bad_data,
                      kBadLength);
    }
    expect_closed("*1\r\n$4\nPING\r\n", Reject::bad_data, kBadLength);
}

TEST(RespRequest, anything_but_a_bulk_string_is_a_protocol_error) {
    expect_closed("*1\r\n:1\r\n", Reject::bad_data,
                  "-ERR Protocol error: expected '$', got ':'\r\n");
    expect_closed("*1\r\n\r\n", Reject::bad_data, "-ERR Protocol error: expected '$', got ' '\r\n");
    expect_closed("*2\r\n$3\r\nGET\r\n*1\r\n", Reject::bad_data,
                  "-ERR Protocol error: expected '$', got '*'\r\n");
}

// Redis does not look at these two bytes.
TEST(RespRequest, a_bulk_string_must_end_in_crlf) {
    constexpr std::string_view kAnswer = "-ERR Protocol error: bulk string without CRLF\r\n";

    expect_closed("*1\r\n$4\r\nPINGxx", Reject::bad_data, kAnswer);
    expect_closed("*2\r\n$3\r\nGET\r\n$1\r\nab\r\n", Reject::bad_data, kAnswer);
}

TEST(RespRequest, a_declared_count_costs_nothing) {
    const Request most = frame("*100001\r\n");

    EXPECT_EQ(most.frame.status, RequestStatus::need_more);
    EXPECT_EQ(most.frame.words.capacity(), 0U);
    expect_closed("*2147483648\r\n", Reject::bad_data, kBadCount);
}

TEST(RespRequest, an_inline_command_becomes_an_array) {
    const Request get = frame("  get\ta \r\nPING\r\n");
    const Request ping = frame("PING\n");

    EXPECT_EQ(get.name, "GET");
    EXPECT_EQ(get.frame.size, 10U);
    EXPECT_FALSE(get.frame.verbatim);
    EXPECT_THAT(get.keys, ElementsAre("a"));
    EXPECT_EQ(get.wire, "*2\r\n$3\r\nget\r\n$1\r\na\r\n");
    EXPECT_EQ(ping.name, "PING");
}

TEST(RespRequest, quotes_in_an_inline_command_make_one_word) {
    const Request set = frame("SET \"a\\x00b\" 'it\\'s \"it\"'\r\n");

    EXPECT_THAT(set.words, ElementsAre("SET", std::string("a\0b", 3), "it's \"it\""));
    EXPECT_THAT(set.keys, ElementsAre(std::string("a\0b", 3)));
    EXPECT_EQ(set.frame.size, 27U);
    EXPECT_EQ(set.wire, std::string("*3\r\n$3\r\nSET\r\n$3\r\na\0b\r\n$9\r\nit's \"it\"\r\n", 37));
}

TEST(RespRequest, a_quote_that_is_not_closed_closes_the_connection) {
    constexpr std::string_view kAnswer = "-ERR Protocol error: unbalanced quotes in request\r\n";

    expect_closed("SET a \"x\r\n", Reject::bad_data, kAnswer);
    expect_closed("SET a 'x\r\n", Reject::bad_data, kAnswer);
    expect_closed("SET a \"x\"y\r\n", Reject::bad_data, kAnswer);
}

TEST(RespRequest, inline_commands_have_limits) {
    EXPECT_EQ(frame("SET a 123456789\r\n", {.value_bytes_max = 8}).frame.reject, Reject::too_large);
    const std::string endless(64 << 10, 'x');
    RequestFrame request;
    Resume resume;
    redis().client.frame_request(endless, testing::kLimits, resume, request);

    EXPECT_EQ(request.reject, Reject::too_long);
    EXPECT_EQ(request.answer, "-ERR Protocol error: too big inline request\r\n");
    EXPECT_TRUE(request.close);
}

TEST(RespRequest, other_protocols_are_cut_off_without_an_answer) {
    for (const std::string_view bytes :
         {"GET / HTTP/1.1\r\n", "POST / HTTP/1.1\r\n", "Host: x", "\x16\x03\x01\x02", "\x80\x01"}) {
        expect_closed(bytes, Reject::foreign, "");
    }
}

}  // namespace
}  // namespace ringside::protocol
