#include "protocol/refusals.h"

#include "protocol/redis/commands.h"
#include "unit/protocol/redis/session_bench.h"

#include <gmock/gmock.h>

#include <array>
#include <string>
#include <string_view>

namespace ringside::protocol {
namespace {

using ::testing::HasSubstr;
using testing::RedisSession;
using ::testing::StartsWith;

bool serves(std::string_view command, Refusals refusals) {
    return redis().client.serves(*kRedisIndex.find(command), {.refusals = refusals});
}

TEST(Refusals, each_is_there_or_not) {
    Refusals refusals;
    EXPECT_TRUE(refusals.empty());

    refusals.add(Refusal::database);
    refusals.add(Refusal::transaction);
    refusals.remove(Refusal::monitor);

    EXPECT_EQ(refusals, (Refusals{Refusal::transaction, Refusal::database}));
    EXPECT_TRUE(refusals.include({Refusal::database}));
    EXPECT_FALSE(refusals.include({Refusal::database, Refusal::monitor}));
    refusals.remove(Refusal::transaction);
    EXPECT_FALSE(refusals.has(Refusal::transaction));
}

// As in Redis: all but EXEC, DISCARD, MULTI, WATCH, QUIT and RESET would be queued.
TEST(RedisRefusals, behind_multi_only_what_ends_a_transaction_is_served) {
    for (const std::string_view command : {"MULTI", "EXEC", "DISCARD", "RESET", "QUIT"}) {
        EXPECT_TRUE(serves(command, {Refusal::transaction})) << command;
    }
    for (const RedisRow& row : kRedisCommands) {
        const bool ends = row.served_behind.has(Refusal::transaction);
        EXPECT_FALSE(ends && (row.answer == nullptr || row.access != Access::none)) << row.name;
    }
    EXPECT_FALSE(serves("PING", {Refusal::transaction}));
    EXPECT_FALSE(serves("WATCH", {Refusal::transaction}));
    EXPECT_FALSE(serves("SELECT", {Refusal::transaction}));
}

TEST(RedisRefusals, behind_another_database_or_monitor_nothing_reaches_a_node) {
    for (const Refusals refusals : {Refusals{Refusal::database}, Refusals{Refusal::monitor}}) {
        for (const RedisRow& row : kRedisCommands) {
            EXPECT_EQ(redis().client.serves(row, {.refusals = refusals}), row.answer != nullptr)
                << row.name;
        }
    }
}

TEST(RedisRefusals, behind_subscribe_only_its_like_and_ping_are_served) {
    for (const Refusal kind : {Refusal::channels, Refusal::patterns, Refusal::shard_channels}) {
        for (const std::string_view command :
             {"SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE",
              "SUNSUBSCRIBE", "PING", "QUIT", "RESET"}) {
            EXPECT_TRUE(serves(command, {kind})) << command;
        }
        EXPECT_FALSE(serves("GET", {kind}));
        EXPECT_FALSE(serves("CLIENT ID", {kind}));
    }
}

TEST(RedisRefusals, exec_says_that_the_transaction_was_discarded_and_ends_it) {
    RedisSession session;

    EXPECT_THAT(session.ask("EXEC"), StartsWith("-ERR 'exec' is not supported by this proxy"));
    EXPECT_THAT(session.ask("MULTI"), StartsWith("-ERR 'multi' is not supported by this proxy"));
    EXPECT_EQ(session.ask("INCR c"),
              "-ERR 'incr' was not executed: the MULTI before it was refused; EXEC, DISCARD and "
              "RESET end this\r\n");
    EXPECT_EQ(session.ask("EXEC"),
              "-EXECABORT Transaction discarded because of previous errors.\r\n");

    EXPECT_TRUE(session.client.refusals.empty());
}

TEST(RedisRefusals, discard_and_reset_end_a_transaction) {
    RedisSession session;

    session.ask("MULTI");
    EXPECT_EQ(session.ask("DISCARD"), "+OK\r\n");
    EXPECT_TRUE(session.client.refusals.empty());
    session.ask("MULTI");
    session.ask("MULTI");
    EXPECT_EQ(session.ask("RESET"), "+RESET\r\n");
    EXPECT_TRUE(session.client.refusals.empty());
    EXPECT_THAT(session.ask("DISCARD"), StartsWith("-ERR 'discard' is not supported"));
}

TEST(RedisRefusals, another_database_stands_until_that_of_the_pool_is_selected) {
    RedisSession session{.database = 3};

    session.ask("SELECT x");
    EXPECT_TRUE(session.client.refusals.empty()) << "Redis would stay where it was, too";
    session.ask("SELECT 5");
    EXPECT_THAT(session.ask("SET a b"), HasSubstr("the SELECT before it was refused; SELECT 3"));
    session.ask("SELECT x");
    EXPECT_FALSE(session.client.refusals.empty());
    EXPECT_EQ(session.ask("ECHO x"), "$1\r\nx\r\n");
    EXPECT_EQ(session.ask("SELECT 3"), "+OK\r\n");
    EXPECT_TRUE(session.client.refusals.empty());
}

TEST(RedisRefusals, a_transaction_in_another_database_ends_before_that_does) {
    RedisSession session;

    session.ask("SELECT 5");
    session.ask("MULTI");
    EXPECT_THAT(session.ask("SELECT 0"), HasSubstr("the MULTI before it"));
    session.ask("EXEC");

    EXPECT_EQ(session.client.refusals, (Refusals{Refusal::database}));
}

TEST(RedisRefusals, a_subscription_stands_in_resp2_only) {
    RedisSession session;

    session.ask("SUBSCRIBE c");
    EXPECT_THAT(session.ask("SET a b"), HasSubstr("the SUBSCRIBE before it was refused"));
    EXPECT_EQ(session.ask("PING"), "+PONG\r\n");
    session.ask("UNSUBSCRIBE");
    EXPECT_TRUE(session.client.refusals.empty());
    session.ask("HELLO 3");
    session.ask("SUBSCRIBE c");
    EXPECT_EQ(session.ask("ECHO x"), "$1\r\nx\r\n");
    session.ask("HELLO 2");
    EXPECT_THAT(session.ask("ECHO x"), HasSubstr("the SUBSCRIBE before it was refused"));
}

TEST(RedisRefusals, a_subscription_ends_by_its_own_kind_without_names) {
    struct Kind {
        std::string_view begin;
        std::string_view end;
    };
    constexpr std::array<Kind, 3> kKinds{{{"SUBSCRIBE", "UNSUBSCRIBE"},
                                          {"PSUBSCRIBE", "PUNSUBSCRIBE"},
                                          {"SSUBSCRIBE", "SUNSUBSCRIBE"}}};
    for (const Kind& begun : kKinds) {
        RedisSession session;
        session.ask(std::string(begun.begin) + " a b");
        for (const Kind& other : kKinds) {
            session.ask(std::string(other.end) + " a");
            if (other.begin != begun.begin) {
                session.ask(other.end);
            }
            EXPECT_THAT(session.ask("GET k"), HasSubstr(begun.end)) << other.end;
        }

        session.ask(begun.end);

        EXPECT_TRUE(session.client.refusals.empty()) << begun.begin;
    }
}

TEST(RedisRefusals, monitor_stands_until_reset) {
    RedisSession session;

    session.ask("MONITOR");
    EXPECT_THAT(session.ask("SET a b"), HasSubstr("the MONITOR before it was refused"));
    session.ask("RESET");

    EXPECT_TRUE(session.client.refusals.empty());
}

}  // namespace
}  // namespace ringside::protocol
