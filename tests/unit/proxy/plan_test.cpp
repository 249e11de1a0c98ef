#include "proxy/plan.h"

#include "protocol/memcache/commands.h"
#include "protocol/redis/commands.h"

#include <gtest/gtest.h>

namespace ringside::proxy {
namespace {

using protocol::Outcome;
using protocol::OutcomeSet;
using protocol::RequestStatus;
using protocol::Route;

const Plan& plan_for(const protocol::CommandSpec& command,
                     RequestStatus status = RequestStatus::complete) {
    protocol::RequestFrame frame;
    frame.status = status;
    frame.command = &command;
    return plan_of(frame);
}

// What must hold of each row of each protocol.
template <typename Rows>
void check_rows(const Rows& rows) {
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        const Plan& plan = plan_for(row);
        const bool is_local = row.route == Route::local || row.route == Route::refused;

        EXPECT_EQ(plan.steps.front().where, is_local ? Where::proxy : Where::by_route);
        EXPECT_EQ(plan.steps.back().where == Where::quiet, is_local && row.may_change_links);
        EXPECT_EQ(plan.steps.size(), is_local && row.may_change_links ? 2u : 1u);
        EXPECT_EQ(&plan_for(row, RequestStatus::rejected), &plans::kRefuseAfterwards);
    }
}

TEST(Plans, are_local_where_no_node_is_asked_and_end_quietly_where_links_may_change) {
    check_rows(protocol::kMemcacheCommands);
    check_rows(protocol::kRedisCommands);
}

TEST(Plans, give_any_answer_of_the_node_to_the_client) {
    for (unsigned i = 0; i <= static_cast<unsigned>(Outcome::failed); ++i) {
        EXPECT_TRUE(plans::kForward.steps[0].answers.has(static_cast<Outcome>(i))) << i;
    }
    EXPECT_TRUE(plans::kForward.steps[0].goes_on.empty());
}

TEST(Plans, give_no_answer_of_the_node_to_a_client_that_is_refused) {
    const Step& step = plans::kRefuseAfterwards.steps[0];

    EXPECT_EQ(step.answers, OutcomeSet{});
    EXPECT_EQ(step.goes_on, OutcomeSet{});
}

TEST(Plans, end_with_their_last_step_only) {
    EXPECT_TRUE(plans::kForward.ends_with(plans::kForward.steps[0]));
    EXPECT_FALSE(plans::kLocalThenQuiet.ends_with(plans::kLocalThenQuiet.steps[0]));
    EXPECT_TRUE(plans::kLocalThenQuiet.ends_with(plans::kLocalThenQuiet.steps[1]));
}

void ask_something(const StepFacts&, base::ByteBuffer&) noexcept {}
std::optional<std::uint32_t> nowhere(const routing::Pool&, std::string_view) noexcept {
    return std::nullopt;
}

// What a step is, apart from its outcomes.
constexpr Step step(Where where, decltype(Step::ask) ask, decltype(Step::place) place) {
    return {where, {}, {}, ask, place};
}
constexpr bool makes_sense_in_order(std::initializer_list<Step> steps) {
    return makes_sense(std::span(steps.begin(), steps.size()));
}

TEST(Plan, makes_sense_or_does_not_compile) {
    constexpr Step kAtNode = step(Where::by_route, nullptr, nullptr);
    constexpr Step kHere = step(Where::proxy, nullptr, nullptr);
    constexpr Step kQuiet = step(Where::quiet, nullptr, nullptr);
    constexpr Step kAsks = step(Where::by_route, ask_something, nullptr);
    constexpr Step kAsksThere = step(Where::by_route, ask_something, nowhere);

    static_assert(makes_sense_in_order({kAtNode}));
    static_assert(makes_sense_in_order({kHere}));
    static_assert(makes_sense_in_order({kHere, kQuiet}));
    static_assert(makes_sense_in_order({kAtNode, kAsks, kAsksThere}));

    static_assert(!makes_sense_in_order({}));
    static_assert(!makes_sense_in_order({kQuiet}));
    static_assert(!makes_sense_in_order({kAsks}), "a first step asks what the client has asked");
    static_assert(!makes_sense_in_order({step(Where::by_route, nullptr, nowhere)}));
    static_assert(!makes_sense_in_order({kAtNode, kAtNode}), "a further one has to ask something");
    static_assert(!makes_sense_in_order({kAtNode, kQuiet}));
    static_assert(!makes_sense_in_order({kAtNode, kHere}));
    static_assert(!makes_sense_in_order({kHere, kAsks}));
    static_assert(!makes_sense_in_order({kHere, kQuiet, kQuiet}));
}

}  // namespace
}  // namespace ringside::proxy
