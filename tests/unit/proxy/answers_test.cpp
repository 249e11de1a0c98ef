// What an answer of a node makes of a request, and what is remembered of it.
#include "proxy/answers.h"

#include "base/log.h"
#include "metrics/metrics.h"
#include "protocol/protocol.h"
#include "proxy/pool_runtime.h"
#include "sim/fake_transport.h"

#include <gtest/gtest.h>

#include <string_view>

namespace ringside::proxy {
namespace {

using namespace std::chrono_literals;
using protocol::Outcome;

constexpr base::TimePoint kAsked{1s};
constexpr base::TimePoint kDeadline = kAsked + 100ms;

void ask_nothing(const StepFacts&, base::ByteBuffer&) noexcept {}

// A miss goes on to a second step; the answer of that is the client's.
constexpr Step kTwoSteps[]{{Where::by_route, {Outcome::value}, {Outcome::miss}, nullptr, nullptr},
                           {Where::by_route, {Outcome::value}, {}, ask_nothing, nullptr}};
constexpr Plan kTwo{kTwoSteps};

// A session with one request, without a link or a turn.
class AnswersTest : public ::testing::Test {
  protected:
    AnswersTest() {
        pool_.cells = &registry_.pool(0, 1);
        pool_.pool = routing::build_pool(1, "alpha", {}, {});
        session_ = state_.sessions.emplace();
        Session& session = state_.sessions[session_];
        session.pool = &pool_;
        session.codec = &protocol::memcached().client;
        handle_ = state_.requests.create({.session = session_,
                                          .pool = &pool_,
                                          .codec = session.codec,
                                          .plan = &kTwo,
                                          .deadline = kDeadline,
                                          .asked = kAsked});
        Request& request = state_.requests[handle_];
        request.keep.append("key");
        request.asked_bytes = 3;
        request.key = {0, 3};
        session.order.push_back(state_.requests, handle_);
    }

    void deliver(std::string_view reply, Outcome outcome, base::TimePoint written) {
        Owed owed;
        owed.request = handle_;
        owed.written = written;
        answers_.deliver(owed, reply, outcome);
    }
    Request* request() { return state_.requests.find(handle_); }
    std::string_view output() { return state_.sessions[session_].output.view(); }

    sim::FakeTransport transport_;
    metrics::Registry registry_;
    base::Log log_;
    WorkerState state_{transport_, log_, FactsSource(registry_, {}, {}), kAsked, 1};
    Answers answers_{state_};
    PoolRuntime pool_;
    SessionHandle session_;
    RequestHandle handle_;
};

TEST_F(AnswersTest, remember_when_it_was_asked_and_when_the_last_node_had_got_it) {
    deliver("END\r\n", Outcome::miss, kAsked + 1ms);
    ASSERT_NE(request(), nullptr);
    EXPECT_EQ(request()->written, kAsked + 1ms);

    // When a request in front of it keeps it behind its last step
    Session& session = state_.sessions[session_];
    const RequestHandle front = state_.requests.create({});
    session.order = RequestQueue{};
    session.order.push_back(state_.requests, front);
    session.order.push_back(state_.requests, handle_);
    request()->at = 1;
    deliver("VALUE", Outcome::value, kAsked + 7ms);

    EXPECT_EQ(request()->asked, kAsked);
    EXPECT_EQ(request()->written, kAsked + 7ms);
    EXPECT_TRUE(request()->is_answered());
}

TEST_F(AnswersTest, make_the_next_step_due_with_the_key_and_the_answer_before) {
    deliver("END\r\n", Outcome::miss, kAsked);

    ASSERT_EQ(state_.due_steps.size(), 1u);
    EXPECT_EQ(state_.due_steps[0], handle_);
    EXPECT_TRUE(request()->is_waiting() && request()->is_going_on);
    EXPECT_EQ(request()->keep.view(), "keyEND\r\n");
    EXPECT_EQ(output(), "");
}

TEST_F(AnswersTest, give_what_was_kept_where_the_next_step_would_begin_at_the_deadline) {
    state_.now = kDeadline;

    deliver("END\r\n", Outcome::miss, kAsked);

    EXPECT_TRUE(state_.due_steps.empty());
    EXPECT_EQ(request(), nullptr);
    EXPECT_EQ(output(), "END\r\n");
}

TEST_F(AnswersTest, give_the_first_answer_that_was_kept_where_no_step_answers) {
    deliver("END\r\n", Outcome::miss, kAsked);
    request()->at = 1;

    answers_.fail(handle_, "Connection refused", "cache-2");

    EXPECT_EQ(request(), nullptr);
    EXPECT_EQ(output(), "END\r\n");
    EXPECT_EQ(registry_.sum_pool(1)[static_cast<std::size_t>(metrics::PoolMetric::forward_error)],
              1);
}

TEST_F(AnswersTest, let_no_step_begin_for_a_client_that_has_left) {
    deliver("END\r\n", Outcome::miss, kAsked);

    answers_.abandon_all(state_.sessions[session_]);

    EXPECT_EQ(request(), nullptr);
    EXPECT_EQ(state_.requests.size(), 0u);
    deliver("VALUE", Outcome::value, kAsked);
    EXPECT_EQ(output(), "");
}

TEST_F(AnswersTest, keep_what_a_further_step_may_need_though_the_client_wants_no_answer) {
    request()->no_reply = true;
    EXPECT_FALSE(answers_.pass_on(handle_, "VALUE key 0 100000\r\n"));

    request()->at = 1;

    EXPECT_TRUE(answers_.pass_on(handle_, "VALUE key 0 100000\r\n")) << "dropped: it is the last";
}

}  // namespace
}  // namespace ringside::proxy
