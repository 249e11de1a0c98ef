// A refused command that changes what those behind it mean: nothing of what follows is done, until
// the client has ended it (decision 029). And answers that a client does not want.
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/resp.h"
#include "integration/support/servers.h"
#include "support/checkout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace ringside::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class RedisRefusals : public ::testing::Test {
  protected:
    void SetUp() override { EXPECT_EQ(ask(observer_, {"SET", "c", "7"}).raw, "+OK\r\n"); }

    std::string counter() { return ask(observer_, {"GET", "c"}).text; }

    std::array<RedisNode, 3> nodes_;
    std::uint16_t port_ = free_port();
    Proxy proxy_{{.pools = pool_before(nodes_, port_, {"redis: true"})}};
    Client client_{port_};
    Client observer_{port_};
};

TEST_F(RedisRefusals, the_default_pipeline_of_redis_py_does_nothing) {
    const Outcome outcome =
        run({"/usr/bin/python3", checkout::path("tests/integration/clients/redis_py_pipeline.py"),
             "127.0.0.1", std::to_string(port_)});

    EXPECT_EQ(outcome.exit_code, 0) << outcome.output << outcome.errors;
}

TEST_F(RedisRefusals, a_transaction_is_refused_as_a_whole) {
    client_.send(resp({"MULTI"}) + resp({"INCR", "c"}) + resp({"MSET", "a", "1", "b", "2"}) +
                 resp({"EVAL", "return redis.call('INCR', KEYS[1])", "1", "c"}) + resp({"EXEC"}) +
                 resp({"INCR", "c"}));

    EXPECT_THAT(read_answer(client_).raw, StartsWith("-ERR 'multi' is not supported"));
    EXPECT_THAT(read_answer(client_).raw, StartsWith("-ERR 'incr' was not executed"));
    EXPECT_THAT(read_answer(client_).raw, StartsWith("-ERR 'mset' was not executed"));
    EXPECT_THAT(read_answer(client_).raw, StartsWith("-ERR 'eval' was not executed"));
    EXPECT_EQ(read_answer(client_).raw,
              "-EXECABORT Transaction discarded because of previous errors.\r\n");
    EXPECT_EQ(read_answer(client_).raw, ":8\r\n") << "the first that was done";
    EXPECT_EQ(ask(observer_, {"EXISTS", "a", "b"}).raw, ":0\r\n");
}

// Each refused command, what was meant to follow, and what ends it.
TEST_F(RedisRefusals, what_follows_is_not_done_until_it_is_ended) {
    struct Case {
        Words refused;
        Words end;
    };
    for (const Case& each : std::vector<Case>{{{"MULTI"}, {"EXEC"}},
                                              {{"MULTI"}, {"DISCARD"}},
                                              {{"MULTI"}, {"RESET"}},
                                              {{"SELECT", "5"}, {"SELECT", "0"}},
                                              {{"SELECT", "5"}, {"RESET"}},
                                              {{"SUBSCRIBE", "news"}, {"UNSUBSCRIBE"}},
                                              {{"PSUBSCRIBE", "n*"}, {"PUNSUBSCRIBE"}},
                                              {{"SUBSCRIBE", "news"}, {"RESET"}},
                                              {{"MONITOR"}, {"RESET"}}}) {
        Client client(port_);
        client.send(resp(each.refused) + resp({"INCR", "c"}) + resp({"INCR", "c"}) +
                    resp(each.end) + resp({"GET", "c"}));

        EXPECT_EQ(read_answer(client).type(), '-') << each.refused[0];
        EXPECT_THAT(read_answer(client).raw, HasSubstr("was not executed")) << each.refused[0];
        EXPECT_THAT(read_answer(client).raw, HasSubstr("was not executed")) << each.refused[0];
        read_answer(client);
        EXPECT_EQ(read_answer(client).raw, bulk("7")) << each.refused[0];
    }
    EXPECT_EQ(counter(), "7");
}

// What Redis refuses while it holds subscriptions the proxy must refuse, too; and when all were
// ended without names both serve again.
TEST_F(RedisRefusals, a_subscription_stands_as_long_as_that_of_redis) {
    struct Case {
        std::vector<Words> said;
        bool ended;
    };
    for (const Case& each : std::vector<Case>{
             {{{"SUBSCRIBE", "a", "b"}}, false},
             {{{"SUBSCRIBE", "a", "b"}, {"UNSUBSCRIBE", "a"}}, false},
             {{{"SUBSCRIBE", "a", "b"}, {"UNSUBSCRIBE", "a", "a"}}, false},
             {{{"SUBSCRIBE", "a", "b"}, {"UNSUBSCRIBE", "c", "d"}}, false},
             {{{"SUBSCRIBE", "a", "b"}, {"UNSUBSCRIBE"}}, true},
             {{{"SUBSCRIBE", "a"}, {"SUBSCRIBE", "b"}, {"UNSUBSCRIBE"}}, true},
             {{{"SUBSCRIBE", "a"}, {"PUNSUBSCRIBE"}, {"SUNSUBSCRIBE"}}, false},
             {{{"PSUBSCRIBE", "a*"}, {"UNSUBSCRIBE"}}, false},
             {{{"PSUBSCRIBE", "a*"}, {"UNSUBSCRIBE", "a*"}}, false},
             {{{"PSUBSCRIBE", "a*"}, {"PUNSUBSCRIBE"}}, true},
             {{{"SSUBSCRIBE", "a"}, {"UNSUBSCRIBE"}, {"PUNSUBSCRIBE"}}, false},
             {{{"SSUBSCRIBE", "a"}, {"SUNSUBSCRIBE"}}, true},
             {{{"SUBSCRIBE", "a"}, {"PSUBSCRIBE", "b"}, {"UNSUBSCRIBE"}}, false},
             {{{"SUBSCRIBE", "a"}, {"PSUBSCRIBE", "b"}, {"UNSUBSCRIBE"}, {"PUNSUBSCRIBE"}}, true},
             {{{"HELLO", "3"}, {"SUBSCRIBE", "a"}}, true},
             {{{"HELLO", "3"}, {"SUBSCRIBE", "a"}, {"HELLO", "2"}}, false},
             {{{"SUBSCRIBE", "a"}, {"RESET"}}, true}}) {
        std::string session;
        for (const Words& words : each.said) {
            session += resp(words);
        }
        session += resp({"STRLEN", "c"}) + resp({"RESET"}) + resp({"ECHO", "end"});
        for (const std::uint16_t port : {port_, nodes_[0].port()}) {
            Client client(port);
            client.send(session);
            const std::string answers = client.read_until(bulk("end"));
            const bool served = answers.find("\r\n:1\r\n+RESET") != std::string::npos ||
                                answers.find("\r\n:0\r\n+RESET") != std::string::npos;
            EXPECT_EQ(served, each.ended)
                << (port == port_ ? "the proxy" : "the node") << " says " << answers << session;
        }
    }
}

// Redis holds nothing any more, but only it knows that.
TEST_F(RedisRefusals, a_subscription_that_is_ended_by_name_stands_until_one_without) {
    client_.send(resp({"SUBSCRIBE", "a"}) + resp({"UNSUBSCRIBE", "a"}) + resp({"GET", "c"}) +
                 resp({"UNSUBSCRIBE"}) + resp({"GET", "c"}));

    read_answer(client_);
    read_answer(client_);
    EXPECT_THAT(read_answer(client_).raw, HasSubstr("UNSUBSCRIBE without channels and RESET"));
    EXPECT_THAT(read_answer(client_).raw, HasSubstr("without arguments it ends"));
    EXPECT_EQ(read_answer(client_).raw, bulk("7"));
}

TEST_F(RedisRefusals, a_client_that_goes_in_between_leaves_nothing_behind) {
    {
        Client leaving(port_);
        leaving.send(resp({"MULTI"}) + resp({"INCR", "c"}));
        EXPECT_EQ(read_answer(leaving).type(), '-');
    }
    EXPECT_EQ(counter(), "7");
    EXPECT_EQ(ask(client_, {"INCR", "c"}).raw, ":8\r\n");
}

TEST_F(RedisRefusals, without_answers_commands_are_done_and_only_those_that_may) {
    client_.send(resp({"CLIENT", "REPLY", "OFF"}) + resp({"INCR", "c"}) + resp({"NONSENSE"}) +
                 resp({"DEL", "a", "b", "d"}) + resp({"MULTI"}) + resp({"INCR", "c"}) +
                 resp({"EXEC"}) + resp({"CLIENT", "REPLY", "ON"}) + resp({"GET", "c"}));

    EXPECT_EQ(read_answer(client_).raw, "+OK\r\n");
    EXPECT_EQ(read_answer(client_).raw, bulk("8"));
}

TEST_F(RedisRefusals, a_skipped_answer_is_skipped_as_redis_does_it) {
    const std::string session = resp({"CLIENT", "REPLY", "SKIP"}) + resp({"INCR", "c"}) +
                                resp({"GET", "c"}) + resp({"CLIENT", "REPLY", "SKIP"}) +
                                resp({"MGET", "c", "none"}) + resp({"CLIENT", "REPLY", "SKIP"}) +
                                resp({"CLIENT", "REPLY", "SKIP"}) + resp({"PING"}) +
                                resp({"ECHO", "x"}) + resp({"CLIENT", "REPLY", "OFF"}) +
                                resp({"GET", "c"}) + resp({"RESET"}) + resp({"PING"});
    Client node = nodes_[0].client();
    ask(node, {"SET", "c", "7"});

    client_.send(session);
    node.send(session);

    for (int i = 0; i < 4; ++i) {
        EXPECT_EQ(read_answer(client_).raw, read_answer(node).raw) << i;
    }
    EXPECT_EQ(ask(client_, {"ECHO", "end"}).raw, bulk("end")) << "nothing in between";
}

TEST(RedisPasswords, behind_a_refused_one_nothing_is_done) {
    std::array<RedisNode, 1> nodes{RedisNode({"--requirepass", "open"})};
    const std::uint16_t port = free_port();
    Proxy proxy({.pools = pool_before(nodes, port, {"redis: true", "redis_auth: open"})});
    Client client(port);

    client.send(resp({"AUTH", "open"}) + resp({"INCR", "c"}) + resp({"AUTH", "wrong"}) +
                resp({"INCR", "c"}) + resp({"HELLO", "3", "AUTH", "default", "wrong"}) +
                resp({"INCR", "c"}) + resp({"AUTH", "open"}) + resp({"GET", "c"}));

    EXPECT_EQ(read_answer(client).raw, "+OK\r\n");
    EXPECT_EQ(read_answer(client).raw, ":1\r\n");
    EXPECT_THAT(read_answer(client).raw, StartsWith("-WRONGPASS"));
    EXPECT_THAT(read_answer(client).raw, StartsWith("-NOAUTH"));
    EXPECT_THAT(read_answer(client).raw, StartsWith("-WRONGPASS"));
    EXPECT_THAT(read_answer(client).raw, StartsWith("-NOAUTH"));
    EXPECT_EQ(read_answer(client).raw, "+OK\r\n");
    EXPECT_EQ(read_answer(client).raw, bulk("1"));
}

}  // namespace
}  // namespace ringside::testing
