#include "base/limits.h"
#include "unit/protocol/redis/session_bench.h"

#include <gmock/gmock.h>

namespace ringside::protocol {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::RedisSession;
using ::testing::StartsWith;

TEST(RedisTableAnswers, command_info_gives_rows_in_the_form_of_redis_7) {
    RedisSession session;
    RedisSession resp3{.client = {.dialect = Dialect::resp3}};

    EXPECT_EQ(session.ask("COMMAND INFO get nonsense"),
              "*2\r\n*10\r\n$3\r\nget\r\n:2\r\n*1\r\n+readonly\r\n:1\r\n:1\r\n:1\r\n"
              "*3\r\n+@read\r\n+@string\r\n+@fast\r\n*0\r\n*0\r\n*0\r\n$-1\r\n");
    EXPECT_EQ(resp3.ask("COMMAND INFO zunionstore nonsense"),
              "*2\r\n*10\r\n$11\r\nzunionstore\r\n:-4\r\n~2\r\n+write\r\n+movablekeys\r\n"
              ":1\r\n:1\r\n:1\r\n~3\r\n+@write\r\n+@sortedset\r\n+@slow\r\n~0\r\n~0\r\n*0\r\n"
              "_\r\n");
    EXPECT_THAT(session.ask("COMMAND INFO mset"), HasSubstr(":1\r\n:-1\r\n:2\r\n"));
    EXPECT_THAT(session.ask("COMMAND INFO zunion"), HasSubstr(":0\r\n:0\r\n:0\r\n"));
}

TEST(RedisTableAnswers, what_has_subcommands_shows_their_rows) {
    RedisSession session;

    const std::string object = session.ask("COMMAND INFO object");

    EXPECT_THAT(object, HasSubstr("*5\r\n*10\r\n$15\r\nobject|encoding\r\n:3\r\n"));
    EXPECT_THAT(session.ask("COMMAND INFO object|encoding"),
                StartsWith("*1\r\n*10\r\n$15\r\nobject|encoding\r\n:3\r\n"));
}

TEST(RedisTableAnswers, refused_commands_are_not_offered) {
    RedisSession session;

    EXPECT_EQ(session.ask("COMMAND INFO multi"), "*1\r\n$-1\r\n");
    EXPECT_THAT(session.ask("COMMAND LIST"), Not(HasSubstr("\r\nmulti\r\n")));
    EXPECT_THAT(session.ask("COMMAND LIST"), HasSubstr("\r\nzunionstore\r\n"));
    EXPECT_EQ(session.ask("COMMAND GETKEYS WATCH a"), "-ERR Invalid command specified\r\n");
}

TEST(RedisTableAnswers, the_count_is_that_of_the_table) {
    RedisSession session;

    const std::string count = session.ask("COMMAND COUNT").substr(1);

    EXPECT_THAT(session.ask("COMMAND"), StartsWith("*" + count));
    EXPECT_THAT(session.ask("COMMAND INFO"), StartsWith("*" + count));
}

TEST(RedisTableAnswers, a_question_has_a_limited_number_of_names) {
    RedisSession session;
    std::string names;
    for (int i = 0; i < base::kCommandNamesMax; ++i) {
        names += " get";
    }

    EXPECT_THAT(session.ask("COMMAND INFO" + names), StartsWith("*500\r\n"));
    EXPECT_EQ(session.ask("COMMAND INFO get" + names),
              "-ERR wrong number of arguments for 'command|info' command\r\n");
    EXPECT_EQ(session.ask("COMMAND DOCS get" + names),
              "-ERR wrong number of arguments for 'command|docs' command\r\n");
}

TEST(RedisTableAnswers, getkeys_finds_the_keys_of_a_request) {
    RedisSession session;

    EXPECT_EQ(session.ask("COMMAND GETKEYS ZUNIONSTORE d 2 a b"),
              "*3\r\n$1\r\nd\r\n$1\r\na\r\n$1\r\nb\r\n");
    EXPECT_EQ(session.ask("COMMAND GETKEYS mset a 1 b 2"), "*2\r\n$1\r\na\r\n$1\r\nb\r\n");
    EXPECT_EQ(session.ask("COMMAND GETKEYS get a b"),
              "-ERR Invalid number of arguments specified for command\r\n");
    EXPECT_EQ(session.ask("COMMAND GETKEYS echo a"), "-ERR The command has no key arguments\r\n");
    EXPECT_EQ(session.ask("COMMAND GETKEYS nonsense a"), "-ERR Invalid command specified\r\n");
    EXPECT_EQ(session.ask("COMMAND GETKEYS zunion 9 a"),
              "-ERR Invalid arguments specified for command\r\n");
    EXPECT_EQ(session.ask("COMMAND GETKEYS sort a by w_* get # store d"),
              "*2\r\n$1\r\na\r\n$1\r\nd\r\n");
}

TEST(RedisTableAnswers, getkeysandflags_also_tells_what_is_done_with_the_keys) {
    RedisSession session;
    RedisSession resp3{.client = {.dialect = Dialect::resp3}};

    EXPECT_EQ(session.ask("COMMAND GETKEYSANDFLAGS copy a b"),
              "*2\r\n*2\r\n$1\r\na\r\n*2\r\n+RO\r\n+access\r\n"
              "*2\r\n$1\r\nb\r\n*2\r\n+OW\r\n+update\r\n");
    EXPECT_EQ(resp3.ask("COMMAND GETKEYSANDFLAGS type a"), "*1\r\n*2\r\n$1\r\na\r\n~1\r\n+RO\r\n");
    EXPECT_EQ(session.ask("COMMAND GETKEYSANDFLAGS echo a"),
              "-ERR The command has no key arguments\r\n");
    EXPECT_EQ(session.ask("COMMAND GETKEYSANDFLAGS ping"),
              "-ERR wrong number of arguments for 'command|getkeysandflags' command\r\n");
}

TEST(RedisTableAnswers, the_list_can_be_filtered) {
    RedisSession session;

    EXPECT_EQ(session.ask("COMMAND LIST FILTERBY PATTERN Z*STORE"),
              "*4\r\n$10\r\nzdiffstore\r\n$11\r\nzinterstore\r\n$11\r\nzrangestore\r\n"
              "$11\r\nzunionstore\r\n");
    EXPECT_THAT(session.ask("COMMAND LIST FILTERBY PATTERN client|*"),
                HasSubstr("$9\r\nclient|id\r\n"));
    EXPECT_EQ(session.ask("command list filterby aclcat BLOCKING"),
              "*2\r\n$5\r\nxread\r\n$10\r\nxreadgroup\r\n");
    EXPECT_EQ(session.ask("COMMAND LIST FILTERBY ACLCAT nonsense"), "*0\r\n");
    EXPECT_EQ(session.ask("COMMAND LIST FILTERBY MODULE any"), "*0\r\n");
    for (const char* bad : {"FILTERBY", "FILTERBY PATTERN", "FILTERBY NONSENSE x", "x PATTERN *"}) {
        EXPECT_EQ(session.ask(std::string("COMMAND LIST ") + bad), "-ERR syntax error\r\n") << bad;
    }
    EXPECT_THAT(session.ask("COMMAND LIST FILTERBY PATTERN " + std::string(256, '*')),
                HasSubstr("$3\r\nget\r\n"));
    EXPECT_EQ(session.ask("COMMAND LIST FILTERBY PATTERN " + std::string(257, '*')),
              "-ERR Patterns are limited to 256 bytes by this proxy.\r\n");
}

TEST(RedisTableAnswers, docs_say_what_a_command_means) {
    RedisSession resp3{.client = {.dialect = Dialect::resp3}};
    RedisSession session;

    EXPECT_EQ(resp3.ask("COMMAND DOCS get nonsense"),
              "%1\r\n$3\r\nget\r\n%2\r\n$7\r\nsummary\r\n$14\r\nA key's value.\r\n"
              "$5\r\ngroup\r\n$7\r\nstrings\r\n");
    EXPECT_THAT(session.ask("COMMAND DOCS get"), StartsWith("*2\r\n$3\r\nget\r\n*4\r\n"));
    EXPECT_THAT(session.ask("COMMAND DOCS"), HasSubstr("Adds members with scores."));
}

TEST(RedisTableAnswers, help_lists_the_subcommands) {
    RedisSession session;

    EXPECT_EQ(session.ask("MEMORY HELP"),
              "*4\r\n+MEMORY USAGE\r\n+    The bytes that a key takes.\r\n"
              "+MEMORY HELP\r\n+    The subcommands that the proxy knows.\r\n");
}

}  // namespace
}  // namespace ringside::protocol
