// Requests that are not carried out, or not answered, because of what the session has said before.
#include "proxy/intake.h"

#include "sim/fake_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ringside::proxy {
namespace {

using metrics::PoolMetric;
using sim::WorkerBench;
using ::testing::HasSubstr;

class RedisIntake : public testing::Test {
  protected:
    void SetUp() override { begin({}); }

    void begin(std::string password) {
        routing::PoolPolicy policy;
        policy.protocol = routing::ProtocolKind::redis;
        policy.redis_auth = std::move(password);
        bench_.adopt(std::vector<std::string>{"redis-1"}, policy);
        client_ = bench_.connect_client();
    }

    WorkerBench bench_;
    ConnectionId client_{};
};

TEST_F(RedisIntake, nothing_behind_a_refused_multi_reaches_a_node) {
    bench_.send(client_, "MULTI\r\nINCR c\r\nEXEC\r\nGET c\r\n");

    EXPECT_EQ(bench_.received(bench_.link_to(1)), "*2\r\n$3\r\nGET\r\n$1\r\nc\r\n");
    const std::string answers = bench_.received(client_);
    EXPECT_THAT(answers, HasSubstr("-ERR 'incr' was not executed"));
    EXPECT_THAT(answers, HasSubstr("-EXECABORT "));
    EXPECT_EQ(bench_.pool_metric(PoolMetric::rejected_refused_command), 3);
}

TEST_F(RedisIntake, what_is_wrong_behind_a_refused_multi_is_answered_and_does_not_end_it) {
    bench_.send(client_, "MULTI\r\nNONSENSE\r\nGET\r\nINCR c\r\n");

    EXPECT_THAT(bench_.received(client_), HasSubstr("unknown command 'NONSENSE'"));
    EXPECT_EQ(bench_.worker.request_count(), 0u);
}

TEST_F(RedisIntake, a_refused_command_of_one_session_is_no_other_ones) {
    const ConnectionId other = bench_.connect_client();
    bench_.send(client_, "MULTI\r\n");

    bench_.send(other, "GET a\r\n");
    bench_.send(bench_.link_to(1), "$1\r\nv\r\n");

    EXPECT_EQ(bench_.received(other), "$1\r\nv\r\n");
}

TEST_F(RedisIntake, behind_a_refused_password_nothing_is_done) {
    begin("secret");
    bench_.send(client_, "AUTH secret\r\nAUTH wrong\r\nINCR c\r\n");

    EXPECT_EQ(bench_.received(client_),
              "+OK\r\n-WRONGPASS invalid username-password pair or user is disabled.\r\n"
              "-NOAUTH Authentication required.\r\n");
}

TEST_F(RedisIntake, without_answers_all_is_done_and_nothing_said) {
    bench_.send(client_, "CLIENT REPLY OFF\r\nSET a 1\r\nPING\r\nNONSENSE\r\nMULTI\r\n");
    bench_.send(bench_.link_to(1), "+OK\r\n");
    EXPECT_EQ(bench_.received(client_), "");
    bench_.send(client_, "EXEC\r\nCLIENT REPLY ON\r\nGET a\r\n");
    bench_.send(bench_.link_to(1), "$1\r\n1\r\n");

    EXPECT_EQ(bench_.received(client_), "+OK\r\n$1\r\n1\r\n");
    EXPECT_EQ(bench_.worker.request_count(), 0u);
}

TEST_F(RedisIntake, one_answer_is_skipped_wherever_it_comes_from) {
    bench_.send(client_,
                "CLIENT REPLY SKIP\r\nGET a\r\nGET b\r\nCLIENT REPLY SKIP\r\nPING\r\n"
                "CLIENT REPLY SKIP\r\nNONSENSE\r\nCLIENT REPLY SKIP\r\n"
                "CLIENT REPLY SKIP\r\nPING\r\nECHO x\r\n");
    bench_.send(bench_.link_to(1), "$1\r\n1\r\n$1\r\n2\r\n");

    EXPECT_EQ(bench_.received(client_), "$1\r\n2\r\n$1\r\nx\r\n");
}

TEST_F(RedisIntake, a_large_answer_that_nobody_wants_is_dropped_piece_by_piece) {
    const std::string value = "$100000\r\n" + std::string(100'000, 'v') + "\r\n";
    bench_.send(client_, "CLIENT REPLY SKIP\r\nGET a\r\nGET b\r\n");

    bench_.send(bench_.link_to(1), value.substr(0, 50'000));
    bench_.send(bench_.link_to(1), value.substr(50'000) + "$-1\r\n");

    EXPECT_EQ(bench_.received(client_), "$-1\r\n");
}

}  // namespace
}  // namespace ringside::proxy
