// The Redis clients that Debian has, unchanged: what they rely on beyond the letter of the
// protocol. The scripts are in clients/.
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"
#include "support/checkout.h"

#include <gtest/gtest.h>

#include <hiredis/hiredis.h>

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ringside::testing {
namespace {

class RedisClients : public ::testing::Test {
  protected:
    std::array<RedisNode, 3> nodes_;
    std::uint16_t port_ = free_port();
    Proxy proxy_{{.pools = pool_before(nodes_, port_, {"redis: true"})}};
};

// Debian's interpreter by its path: another python3 in PATH would not find the module.
TEST_F(RedisClients, redis_py) {
    const Outcome outcome =
        run({"/usr/bin/python3", checkout::path("tests/integration/clients/redis_py.py"),
             "127.0.0.1", std::to_string(port_)});

    EXPECT_EQ(outcome.exit_code, 0) << outcome.output << outcome.errors;
}

// Says HELLO 3 by itself with -3, and what it prints shows the types that came.
TEST_F(RedisClients, redis_cli_in_both_dialects) {
    const auto say = [this](std::vector<std::string> words) {
        std::vector<std::string> command{"redis-cli", "-p", std::to_string(port_), "--no-raw"};
        command.insert(command.end(), words.begin(), words.end());
        return run(std::move(command)).output;
    };

    EXPECT_EQ(say({"HSET", "h", "f", "v"}), "(integer) 1\n");
    EXPECT_EQ(say({"HGETALL", "h"}), "1) \"f\"\n2) \"v\"\n");
    EXPECT_EQ(say({"-3", "HGETALL", "h"}), "1# \"f\" => \"v\"\n");
    EXPECT_EQ(say({"ZADD", "z", "1.5", "m"}), "(integer) 1\n");
    EXPECT_EQ(say({"-3", "ZSCORE", "z", "m"}), "(double) 1.5\n");
    EXPECT_EQ(say({"-3", "MGET", "a", "b"}), "1) (nil)\n2) (nil)\n");
}

// hiredis, in the way of its own examples.
class Hiredis : public RedisClients {
  protected:
    struct FreeContext {
        void operator()(redisContext* context) const { ::redisFree(context); }
    };
    struct FreeReply {
        void operator()(void* reply) const { ::freeReplyObject(reply); }
    };
    using Reply = std::unique_ptr<redisReply, FreeReply>;

    Reply next() {
        void* reply = nullptr;
        EXPECT_EQ(::redisGetReply(context_.get(), &reply), REDIS_OK) << context_->errstr;
        return Reply(static_cast<redisReply*>(reply));
    }

    static std::string text(const Reply& reply) { return {reply->str, reply->len}; }

    std::unique_ptr<redisContext, FreeContext> context_{::redisConnect("127.0.0.1", port_)};
};

TEST_F(Hiredis, a_pipeline_is_answered_in_its_order) {
    constexpr int kPairs = 500;
    ASSERT_EQ(context_->err, 0) << context_->errstr;
    for (int i = 0; i < kPairs; ++i) {
        ::redisAppendCommand(context_.get(), "SET %d-key %d", i, i);
        ::redisAppendCommand(context_.get(), "GET %d-key", i);
    }

    for (int i = 0; i < kPairs; ++i) {
        const Reply set = next();
        const Reply get = next();
        ASSERT_TRUE(set && get);
        EXPECT_EQ(set->type, REDIS_REPLY_STATUS);
        EXPECT_EQ(text(get), std::to_string(i));
    }
}

TEST_F(Hiredis, values_are_bytes_and_errors_leave_the_connection) {
    const std::string value("a\0\r\nb", 5);
    ::redisAppendCommand(context_.get(), "SET k %b", value.data(), value.size());
    ::redisAppendCommand(context_.get(), "LPUSH k x");
    ::redisAppendCommand(context_.get(), "KEYS *");
    ::redisAppendCommand(context_.get(), "MGET k none");

    EXPECT_EQ(text(next()), "OK");
    EXPECT_EQ(next()->type, REDIS_REPLY_ERROR);
    EXPECT_EQ(next()->type, REDIS_REPLY_ERROR);
    const Reply mget = next();
    ASSERT_EQ(mget->elements, 2U);
    EXPECT_EQ(std::string(mget->element[0]->str, mget->element[0]->len), value);
    EXPECT_EQ(mget->element[1]->type, REDIS_REPLY_NIL);
}

}  // namespace
}  // namespace ringside::testing
