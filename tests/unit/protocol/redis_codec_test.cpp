#include "protocol/redis_codec.h"

#include "unit/protocol/chunked.h"

#include <gmock/gmock.h>

namespace ringside::protocol {
namespace {

std::string answer(std::string_view bytes, LocalContext& context,
                   AfterAnswer after = AfterAnswer::keep) {
    const testing::Request request = testing::frame_request(redis_codec(), bytes);
    base::ByteBuffer out;
    EXPECT_EQ(redis_codec().answer(request.frame, bytes, context, out), after);
    return std::string(out.view());
}

std::string answer(std::string_view bytes) {
    testing::Client client;
    LocalContext context = client.context();
    return answer(bytes, context);
}

TEST(RedisCodec, ping_is_answered_by_the_proxy) {
    EXPECT_EQ(answer("*1\r\n$4\r\nPING\r\n"), "+PONG\r\n");
    EXPECT_EQ(answer("*2\r\n$4\r\nPING\r\n$2\r\nhi\r\n"), "$2\r\nhi\r\n");
}

TEST(RedisCodec, quit_says_ok_and_closes) {
    testing::Client client;
    LocalContext context = client.context();

    EXPECT_EQ(answer("*1\r\n$4\r\nQUIT\r\n", context, AfterAnswer::close), "+OK\r\n");
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
        EXPECT_EQ(answer(guess, context), "-ERR invalid password\r\n");
        EXPECT_FALSE(client.state.authenticated);
    }
    EXPECT_EQ(answer("*3\r\n$4\r\nAUTH\r\n$7\r\ndefault\r\n$6\r\nsecret\r\n", context), "+OK\r\n");
}

TEST(RedisCodec, a_password_that_nobody_asked_for_is_an_error) {
    EXPECT_EQ(answer("*2\r\n$4\r\nAUTH\r\n$1\r\nx\r\n"),
              "-ERR Client sent AUTH, but no password is set\r\n");
}

TEST(RedisCodec, all_but_auth_and_quit_need_authentication) {
    for (const CommandSpec& command : redis_codec().commands()) {
        EXPECT_EQ(redis_codec().needs_authentication(command),
                  command.name != "AUTH" && command.name != "QUIT");
    }
    base::ByteBuffer out;
    redis_codec().append_unauthenticated(out);
    EXPECT_EQ(out.view(), "-NOAUTH Authentication required.\r\n");
}

TEST(RedisCodec, the_name_in_an_error_cannot_end_its_line) {
    base::ByteBuffer out;

    redis_codec().append_error("node a\r\n+OK: lost", out);

    EXPECT_EQ(out.view(), "-ERR node a  +OK: lost\r\n");
}

TEST(RedisCodec, a_part_carries_some_of_the_keys_and_what_belongs_to_them) {
    const auto part = [](std::string_view bytes, std::vector<std::uint32_t> indices) {
        const testing::Request request = testing::frame_request(redis_codec(), bytes);
        base::ByteBuffer out;
        redis_codec().append_part(request.frame, bytes, indices, out);
        return std::string(out.view());
    };

    EXPECT_EQ(part("*4\r\n$4\r\nmget\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n", {0, 2}),
              "*3\r\n$4\r\nMGET\r\n$1\r\na\r\n$1\r\nc\r\n");
    EXPECT_EQ(part("*5\r\n$4\r\nMSET\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\nb\r\n$1\r\n2\r\n", {1}),
              "*3\r\n$4\r\nMSET\r\n$1\r\nb\r\n$1\r\n2\r\n");
    EXPECT_EQ(part("DEL a b\r\n", {0}), "*2\r\n$3\r\nDEL\r\n$1\r\na\r\n");
}

TEST(RedisCodec, the_prelude_authenticates_before_it_selects) {
    base::ByteBuffer both;
    base::ByteBuffer none;

    EXPECT_EQ(redis_codec().append_prelude({.password = "pw", .database = 12}, both), 2U);
    EXPECT_EQ(redis_codec().append_prelude({}, none), 0U);

    EXPECT_EQ(both.view(), "*2\r\n$4\r\nAUTH\r\n$2\r\npw\r\n*2\r\n$6\r\nSELECT\r\n$2\r\n12\r\n");
    EXPECT_TRUE(none.empty());
}

TEST(RedisCodec, every_row_has_a_document_and_keys_where_its_route_needs_them) {
    for (const CommandSpec& command : redis_codec().commands()) {
        EXPECT_FALSE(command.doc.empty()) << command.name;
        EXPECT_EQ(command.first_key != 0,
                  command.route == Route::by_key || command.route == Route::by_each_key)
            << command.name;
        EXPECT_GT(command.words_min, command.first_key) << command.name;
    }
}

}  // namespace
}  // namespace ringside::protocol
