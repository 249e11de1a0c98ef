#include "unit/protocol/redis/session_bench.h"

#include <gmock/gmock.h>

#include <string>

namespace ringside::protocol {
namespace {

using ::testing::HasSubstr;
using testing::RedisSession;
using ::testing::StartsWith;

constexpr std::string_view kOk = "+OK\r\n";
constexpr std::string_view kWrongPassword =
    "-WRONGPASS invalid username-password pair or user is disabled.\r\n";

TEST(RedisSession, hello_3_is_answered_in_resp3_and_hello_2_goes_back) {
    RedisSession session{.client = {.id = 7}};

    EXPECT_EQ(session.ask("HELLO 3"),
              "%7\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n7.2.0\r\n"
              "$5\r\nproto\r\n:3\r\n$2\r\nid\r\n:7\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n"
              "$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n");
    EXPECT_EQ(session.client.dialect, Dialect::resp3);
    EXPECT_THAT(session.ask("HELLO"), StartsWith("%7\r\n"));
    EXPECT_THAT(session.ask("HELLO 2"), StartsWith("*14\r\n"));
    EXPECT_EQ(session.client.dialect, Dialect::standard);
}

TEST(RedisSession, hello_authenticates_and_names_the_connection) {
    RedisSession session{.password = "secret"};

    EXPECT_THAT(session.ask("HELLO 3"), StartsWith("-NOAUTH HELLO must be called"));
    EXPECT_EQ(session.ask("HELLO 3 AUTH default wrong"), kWrongPassword);
    EXPECT_EQ(session.client.dialect, Dialect::standard);
    EXPECT_THAT(session.ask("HELLO 3 SETNAME me AUTH default secret"), StartsWith("%7\r\n"));

    EXPECT_TRUE(session.client.authenticated);
    EXPECT_EQ(session.client.name, "me");
}

TEST(RedisSession, a_hello_that_redis_would_refuse_is_refused_in_its_words) {
    RedisSession session;

    EXPECT_EQ(session.ask("HELLO 4"), "-NOPROTO unsupported protocol version\r\n");
    EXPECT_EQ(session.ask("HELLO x"),
              "-ERR Protocol version is not an integer or out of range\r\n");
    EXPECT_EQ(session.ask("HELLO 3 FOO"), "-ERR Syntax error in HELLO option 'FOO'\r\n");
    EXPECT_EQ(session.ask("HELLO 3 AUTH a"), "-ERR Syntax error in HELLO option 'AUTH'\r\n");
    EXPECT_THAT(session.ask("HELLO 3 SETNAME 'a b'"), StartsWith("-ERR Client names cannot"));
    EXPECT_EQ(session.client.dialect, Dialect::standard);
}

TEST(RedisSession, a_password_that_nobody_asked_for_is_an_error) {
    RedisSession session;
    RedisSession strict{.strict_twemproxy = true};

    EXPECT_THAT(session.ask("AUTH x"),
                StartsWith("-ERR AUTH <password> called without any password configured"));
    EXPECT_EQ(strict.ask("AUTH x"), "-ERR Client sent AUTH, but no password is set\r\n");
    EXPECT_EQ(session.ask("AUTH default x"), kOk);
    EXPECT_EQ(session.ask("AUTH other x"), kWrongPassword);
}

TEST(RedisSession, strictly_a_wrong_password_gets_the_words_of_twemproxy) {
    RedisSession strict{.password = "secret", .strict_twemproxy = true};

    EXPECT_EQ(strict.ask("AUTH x"), "-ERR invalid password\r\n");
    EXPECT_EQ(strict.ask("AUTH secret"), kOk);
}

TEST(RedisSession, reset_locks_out_where_there_is_a_password_and_nowhere_else) {
    RedisSession session{.client = {.authenticated = true}, .password = "secret"};

    session.ask("RESET");
    EXPECT_FALSE(session.client.authenticated);

    session.password = {};
    session.ask("RESET");
    EXPECT_TRUE(session.client.authenticated) << "as if it had come now";
}

TEST(RedisSession, a_wrong_user_takes_back_nothing_where_there_is_no_password) {
    RedisSession session{.client = {.authenticated = true}};

    EXPECT_EQ(session.ask("AUTH other x"), kWrongPassword);

    EXPECT_TRUE(session.client.authenticated);
}

TEST(RedisSession, the_tenth_wrong_password_in_a_row_is_the_last) {
    const auto guess_nine_times = [](RedisSession& session) {
        for (int i = 0; i < 9; ++i) {
            EXPECT_EQ(session.ask(i % 2 == 0 ? "AUTH x" : "HELLO 3 AUTH default x"),
                      kWrongPassword);
            EXPECT_EQ(session.after, AfterAnswer::keep);
        }
    };
    RedisSession session{.password = "secret"};
    guess_nine_times(session);
    EXPECT_EQ(session.ask("AUTH secret"), kOk);
    guess_nine_times(session);
    session.ask("RESET");  // does not forget

    EXPECT_EQ(session.ask("HELLO 3 AUTH default x"),
              "-WRONGPASS 10 wrong passwords on this connection: it is closed.\r\n");
    EXPECT_EQ(session.after, AfterAnswer::lock_out);
}

TEST(RedisSession, strictly_wrong_passwords_have_no_end) {
    RedisSession strict{.password = "secret", .strict_twemproxy = true};

    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(strict.ask("AUTH x"), "-ERR invalid password\r\n");
        EXPECT_EQ(strict.after, AfterAnswer::keep);
    }
}

TEST(RedisSession, select_knows_the_database_of_the_pool_only) {
    RedisSession session{.database = 3};

    EXPECT_EQ(session.ask("SELECT 3"), kOk);
    EXPECT_EQ(session.ask("SELECT 0"),
              "-ERR DB index is out of range: this pool has database 3 only (redis_db)\r\n");
    EXPECT_EQ(session.ask("SELECT x"), "-ERR value is not an integer or out of range\r\n");
}

TEST(RedisSession, a_name_is_kept_until_reset) {
    RedisSession session{.client = {.id = 9}};

    EXPECT_EQ(session.ask("CLIENT GETNAME"), "$-1\r\n");
    EXPECT_EQ(session.ask("CLIENT SETNAME me"), kOk);
    EXPECT_EQ(session.ask("client getname"), "$2\r\nme\r\n");
    EXPECT_EQ(session.ask("CLIENT ID"), ":9\r\n");
    EXPECT_THAT(session.ask("HELLO 3"), StartsWith("%7"));
    EXPECT_THAT(session.ask("CLIENT INFO"), HasSubstr("txt:id=9 name=me db=0 user=default resp=3"));

    EXPECT_EQ(session.ask("RESET"), "+RESET\r\n");

    EXPECT_EQ(session.ask("CLIENT GETNAME"), "$-1\r\n");
    EXPECT_EQ(session.client.dialect, Dialect::standard);
}

TEST(RedisSession, a_missing_name_is_null_in_resp3) {
    RedisSession session{.client = {.dialect = Dialect::resp3}};

    EXPECT_EQ(session.ask("CLIENT GETNAME"), "_\r\n");
}

TEST(RedisSession, names_have_a_form_and_a_limit) {
    RedisSession session;

    EXPECT_EQ(session.ask("CLIENT SETNAME " + std::string(256, 'x')), kOk);
    EXPECT_EQ(session.ask("CLIENT SETNAME " + std::string(257, 'x')),
              "-ERR Client names are limited to 256 bytes by this proxy.\r\n");
    EXPECT_EQ(session.ask("CLIENT SETNAME \"a\\nb\""),
              "-ERR Client names cannot contain spaces, newlines or special characters.\r\n");
    EXPECT_EQ(session.ask("CLIENT SETNAME ''"), kOk);
    EXPECT_EQ(session.ask("CLIENT GETNAME"), "$-1\r\n");
}

TEST(RedisSession, what_libraries_say_at_connect_is_accepted) {
    RedisSession session;

    EXPECT_EQ(session.ask("CLIENT SETINFO LIB-NAME redis-py"), kOk);
    EXPECT_EQ(session.ask("CLIENT SETINFO lib-ver 5.0"), kOk);
    EXPECT_EQ(session.ask("CLIENT SETINFO nonsense x"), "-ERR Unrecognized option 'nonsense'\r\n");
    EXPECT_EQ(session.ask("CLIENT NO-EVICT on"), kOk);
    EXPECT_EQ(session.ask("CLIENT NO-TOUCH off"), kOk);
    EXPECT_EQ(session.ask("CLIENT NO-TOUCH x"), "-ERR syntax error\r\n");
    EXPECT_EQ(session.ask("CLIENT REPLY x"), "-ERR syntax error\r\n");
}

TEST(RedisSession, answers_can_be_switched_off_and_skipped) {
    RedisSession session;

    EXPECT_EQ(session.ask("CLIENT REPLY OFF"), "");
    EXPECT_EQ(session.client.replies, Replies::none);
    EXPECT_EQ(session.ask("CLIENT REPLY SKIP"), "") << "there is nothing to skip";
    EXPECT_EQ(session.client.replies, Replies::none);
    EXPECT_EQ(session.ask("CLIENT REPLY ON"), kOk);
    EXPECT_EQ(session.client.replies, Replies::all);
    EXPECT_EQ(session.ask("CLIENT REPLY SKIP"), "");
    EXPECT_EQ(session.client.replies, Replies::all_but_next);
    EXPECT_EQ(next(session.client.replies), Replies::all_but_this);
    EXPECT_EQ(next(next(session.client.replies)), Replies::all);
    session.ask("CLIENT REPLY OFF");
    EXPECT_EQ(session.ask("RESET"), "+RESET\r\n");
    EXPECT_EQ(session.client.replies, Replies::all);
}

}  // namespace
}  // namespace ringside::protocol
