#include "protocol/redis/codec.h"

#include "protocol/redis/commands.h"
#include "unit/protocol/chunked.h"

#include <gmock/gmock.h>

namespace ringside::protocol {
namespace {

std::string answer(std::string_view bytes, LocalContext& context,
                   AfterAnswer after = AfterAnswer::keep) {
    const testing::Request request = testing::frame_request(redis(), bytes);
    base::ByteBuffer out;
    EXPECT_EQ(redis().client.answer(request.frame, bytes, context, out), after);
    return std::string(out.view());
}

TEST(RedisCodec, the_right_password_authenticates_and_a_wrong_one_takes_it_back) {
    testing::Client client;
    LocalContext context = client.context("secret");

    EXPECT_EQ(answer("*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n", context), "+OK\r\n");
    EXPECT_TRUE(client.state.authenticated);
    for (const std::string_view guess :
         {"*2\r\n$4\r\nAUTH\r\n$6\r\nsecreT\r\n", "*2\r\n$4\r\nAUTH\r\n$5\r\nsecre\r\n",
          "*2\r\n$4\r\nAUTH\r\n$12\r\nsecretsecret\r\n", "*2\r\n$4\r\nAUTH\r\n$0\r\n\r\n",
          "*3\r\n$4\r\nAUTH\r\n$5\r\nother\r\n$6\r\nsecret\r\n"}) {
        client.state.authenticated = true;
        EXPECT_EQ(answer(guess, context),
                  "-WRONGPASS invalid username-password pair or user is disabled.\r\n");
        EXPECT_FALSE(client.state.authenticated);
    }
    EXPECT_EQ(answer("*3\r\n$4\r\nAUTH\r\n$7\r\ndefault\r\n$6\r\nsecret\r\n", context), "+OK\r\n");
}

TEST(RedisCodec, what_authenticates_or_goes_needs_no_authentication) {
    for (const RedisRow& command : kRedisCommands) {
        const bool is_free = command.name == "AUTH" || command.name == "HELLO" ||
                             command.name == "QUIT" || command.name == "RESET";
        EXPECT_EQ(command.needs_authentication, !is_free) << command.name;
    }
    base::ByteBuffer out;
    redis().client.append_unauthenticated(false, out);
    EXPECT_EQ(out.view(), "-NOAUTH Authentication required.\r\n");
    out.clear();
    redis().client.append_unauthenticated(true, out);
    EXPECT_EQ(out.view(), "-NOAUTH Authentication required\r\n") << "in nutcracker's words";
}

TEST(RedisCodec, the_name_in_an_error_cannot_end_its_line) {
    base::ByteBuffer out;

    redis().client.append_error("node a\r\n+OK: lost", out);

    EXPECT_EQ(out.view(), "-ERR node a  +OK: lost\r\n");
}

TEST(RedisCodec, a_part_carries_some_of_the_keys_and_what_belongs_to_them) {
    const auto part = [](std::string_view bytes, std::vector<std::uint32_t> indices) {
        const testing::Request request = testing::frame_request(redis(), bytes);
        base::ByteBuffer out;
        redis().node().append_part(request.frame, bytes, indices, out);
        return std::string(out.view());
    };

    EXPECT_EQ(part("*4\r\n$4\r\nmget\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n", {0, 2}),
              "*3\r\n$4\r\nMGET\r\n$1\r\na\r\n$1\r\nc\r\n");
    EXPECT_EQ(part("*5\r\n$4\r\nMSET\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\nb\r\n$1\r\n2\r\n", {1}),
              "*3\r\n$4\r\nMSET\r\n$1\r\nb\r\n$1\r\n2\r\n");
    EXPECT_EQ(part("DEL a b\r\n", {0}), "*2\r\n$3\r\nDEL\r\n$1\r\na\r\n");
}

TEST(RedisCodec, what_decides_about_the_answer_is_remembered) {
    constexpr Remembered kNothing = 0;
    const auto expectation = [](std::string_view bytes, std::vector<std::uint32_t> indices) {
        const testing::Request request = testing::frame_request(redis(), bytes);
        base::ByteBuffer out;
        redis().node().append_expectation(request.frame, bytes, indices, out);
        Remembered number = kNothing;
        if (out.size() == sizeof(number)) {
            std::memcpy(&number, out.view().data(), sizeof(number));
        } else {
            EXPECT_TRUE(out.empty()) << bytes;
        }
        return number;
    };

    EXPECT_EQ(expectation("MGET a b c\r\n", {}), 3U);
    EXPECT_EQ(expectation("MGET a b c\r\n", {0, 2}), 2U);
    EXPECT_EQ(expectation("DEL a b\r\n", {}), 2U);
    EXPECT_EQ(expectation("DEL a b\r\n", {0}), 1U);
    EXPECT_EQ(expectation("PFCOUNT a b\r\n", {}), kNothing);
    EXPECT_EQ(expectation("PFCOUNT a b\r\n", {1}), kNothing);
    EXPECT_EQ(expectation("HMGET h f g\r\n", {}), 2U);
    EXPECT_EQ(expectation("HSET h f 1 g 2\r\n", {}), 2U);
    EXPECT_EQ(expectation("SCRIPT EXISTS a b c\r\n", {}), 3U);
    EXPECT_EQ(expectation("SET a b\r\n", {}), kNothing);
    EXPECT_NE(expectation("SET a b GET\r\n", {}), kNothing);
}

TEST(RedisCodec, the_prelude_authenticates_before_it_selects) {
    base::ByteBuffer both;
    base::ByteBuffer resp3;
    base::ByteBuffer none;

    EXPECT_EQ(redis().node().append_prelude({.password = "pw", .database = 12}, both), 2U);
    EXPECT_EQ(redis().node(LinkKind::resp3).append_prelude({.password = {}, .database = 1}, resp3),
              2U);
    EXPECT_EQ(redis().node().append_prelude({}, none), 0U);

    EXPECT_EQ(both.view(), "*2\r\n$4\r\nAUTH\r\n$2\r\npw\r\n*2\r\n$6\r\nSELECT\r\n$2\r\n12\r\n");
    EXPECT_EQ(resp3.view(), "*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n*2\r\n$6\r\nSELECT\r\n$1\r\n1\r\n");
    EXPECT_TRUE(none.empty());
}

TEST(RedisCodec, a_part_of_pfcount_fetches_the_value_of_its_key) {
    const std::string_view bytes = "PFCOUNT a b\r\n";
    const testing::Request request = testing::frame_request(redis(), bytes);
    const std::vector<std::uint32_t> second{1};
    base::ByteBuffer out;

    redis().node().append_part(request.frame, bytes, second, out);

    EXPECT_EQ(out.view(), "*2\r\n$3\r\nGET\r\n$1\r\nb\r\n");
    EXPECT_EQ(&part_of(*request.frame.command), kRedisIndex.find("GET"));
    EXPECT_EQ(request.wire, "*3\r\n$7\r\nPFCOUNT\r\n$1\r\na\r\n$1\r\nb\r\n");
}

}  // namespace
}  // namespace ringside::protocol
