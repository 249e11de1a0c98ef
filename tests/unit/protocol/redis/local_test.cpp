#include "protocol/redis/local.h"

#include "unit/protocol/redis/session_bench.h"

#include <gmock/gmock.h>

namespace ringside::protocol {
namespace {

using testing::RedisSession;

TEST(RedisLocal, ping_and_echo_give_back_what_they_get) {
    RedisSession session;

    EXPECT_EQ(session.ask("PING"), "+PONG\r\n");
    EXPECT_EQ(session.ask("PING hi"), "$2\r\nhi\r\n");
    EXPECT_EQ(session.ask("ECHO 'a b'"), "$3\r\na b\r\n");
}

TEST(RedisLocal, quit_says_ok_and_closes_but_not_in_twemproxys_way) {
    RedisSession session;
    RedisSession strict{.strict_twemproxy = true};

    EXPECT_EQ(session.ask("QUIT"), "+OK\r\n");
    EXPECT_EQ(strict.ask("QUIT"), "");

    EXPECT_EQ(session.after, AfterAnswer::close);
    EXPECT_EQ(strict.after, AfterAnswer::close);
}

TEST(RedisLocal, time_is_in_seconds_and_microseconds) {
    RedisSession session{.facts = {.unix_time = base::microseconds(1'700'000'000'000'042)}};

    EXPECT_EQ(session.ask("TIME"), "*2\r\n$10\r\n1700000000\r\n$2\r\n42\r\n");
}

TEST(RedisLocal, a_refused_command_is_told_why) {
    RedisSession session;

    EXPECT_THAT(session.ask("client kill x"),
                ::testing::StartsWith("-ERR 'client|kill' is not supported by this proxy: "));
    EXPECT_THAT(session.ask("FLUSHALL ASYNC"),
                ::testing::StartsWith("-ERR 'flushall' is not supported by this proxy: "));
    EXPECT_EQ(session.ask("MULTI"),
              "-ERR 'multi' is not supported by this proxy: transactions need a connection of "
              "their own to one node; send the commands one by one, or as a script\r\n");
}

TEST(RedisLocal, an_unknown_subcommand_is_answered_as_redis_does) {
    RedisSession session;

    EXPECT_EQ(session.ask("OBJECT foo"), "-ERR unknown subcommand 'foo'. Try OBJECT HELP.\r\n");
    EXPECT_EQ(session.ask("OBJECT"), "-ERR wrong number of arguments for 'object' command\r\n");
    EXPECT_EQ(session.ask("OBJECT ENCODING"),
              "-ERR wrong number of arguments for 'object|encoding' command\r\n");
}

}  // namespace
}  // namespace ringside::protocol
