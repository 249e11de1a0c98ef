// Steps behind the first, by plans that only these tests have. What becomes of them when something
// goes wrong is in tests/sim/warm_read_test.cpp.
#include "proxy/steps.h"

#include "proxy/worker.h"
#include "sim/fake_transport.h"
#include "unit/proxy/keys.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace ringside::proxy {
namespace {

using protocol::Outcome;
using sim::WorkerBench;

void ask_get(const StepFacts& facts, base::ByteBuffer& out) noexcept {
    out.append("get ");
    out.append(facts.key);
    out.append("\r\n");
}
void ask_two_things(const StepFacts& facts, base::ByteBuffer& out) noexcept {
    ask_get(facts, out);
    out.append("delete a\r\n");
}
void ask_half(const StepFacts& facts, base::ByteBuffer& out) noexcept {
    out.append("get ");
    out.append(facts.key);
}
void ask_nonsense(const StepFacts&, base::ByteBuffer& out) noexcept {
    out.append("nonsense\r\n");
}
void ask_nothing(const StepFacts&, base::ByteBuffer&) noexcept {}
void ask_all_nodes(const StepFacts&, base::ByteBuffer& out) noexcept {
    out.append("flush_all\r\n");
}

std::optional<std::uint32_t> nowhere(const routing::Pool&, std::string_view) noexcept {
    return std::nullopt;
}
std::optional<std::uint32_t> at_the_last(const routing::Pool& pool, std::string_view) noexcept {
    return static_cast<std::uint32_t>(pool.nodes.size() - 1);
}

using Ask = void (*)(const StepFacts& facts, base::ByteBuffer& out) noexcept;
using Place = std::optional<std::uint32_t> (*)(const routing::Pool&, std::string_view) noexcept;

constexpr Step first_step() {
    return {Where::by_route, {Outcome::value}, {Outcome::miss}, nullptr, nullptr};
}
constexpr Step further_step(Ask ask, Place place) {
    return {Where::by_route, {Outcome::value}, {Outcome::failed}, ask, place};
}

// A get that behind a miss asks further.
template <Ask kAsk, Place kPlace>
constexpr Step kGetThenAsk[]{first_step(), further_step(kAsk, kPlace)};
template <Ask kAsk, Place kPlace>
const Plan& then_ask(const protocol::RequestFrame&) noexcept {
    static constexpr Plan kPlan{kGetThenAsk<kAsk, kPlace>};
    return kPlan;
}
// And once more at the owner, behind a failure.
const Plan& then_nowhere_then_the_owner(const protocol::RequestFrame&) noexcept {
    static constexpr Step kSteps[]{first_step(), further_step(ask_get, nowhere),
                                   further_step(ask_get, nullptr)};
    static constexpr Plan kPlan{kSteps};
    return kPlan;
}
// Something for all nodes, behind an answer that the client has had.
const Plan& then_all_nodes(const protocol::RequestFrame& frame) noexcept {
    static constexpr Step kSteps[]{
        {Where::by_route, {Outcome::value, Outcome::miss}, {Outcome::miss}, nullptr, nullptr},
        {Where::by_route, {}, {}, ask_all_nodes, nullptr}};
    static constexpr Plan kPlan{kSteps};
    return frame.keys.size() == 1 ? kPlan : plan_of(frame);
}

// Two nodes with open links, and a client whose get of a key of the first one has been a miss.
struct Asked {
    explicit Asked(WorkerBench::PlanOf plan_of) : bench(1, plan_of) {
        bench.adopt({"cache-1", "cache-2"});
        client = bench.connect_client();
        key = key_of(bench, 1);
        bench.send(client, fmt::format("get {}\r\nget {}\r\n", key, key_of(bench, 2)));
        owner = bench.link_to(1);
        other = bench.link_to(2);
        bench.send(owner, fmt::format("VALUE {} 0 1\r\nx\r\nEND\r\n", key));
        bench.send(other, fmt::format("VALUE {} 0 1\r\nx\r\nEND\r\n", key_of(bench, 2)));
        bench.received(client);
        bench.send(client, get());
        bench.received(owner);
        bench.received(other);
        bench.send(owner, "END\r\n");
    }
    std::string get() const { return fmt::format("get {}\r\n", key); }

    WorkerBench bench;
    ConnectionId client{};
    ConnectionId owner{};
    ConnectionId other{};
    std::string key;
};

TEST(Steps, go_where_their_plan_says_in_the_turn_of_the_answer_before) {
    Asked asked(then_ask<ask_get, at_the_last>);

    EXPECT_EQ(asked.bench.received(asked.other), asked.get());
    EXPECT_EQ(asked.bench.received(asked.owner), "");
    EXPECT_EQ(asked.bench.received(asked.client), "");
}

TEST(Steps, go_where_their_command_says_if_the_plan_does_not) {
    Asked asked(then_ask<ask_get, nullptr>);

    EXPECT_EQ(asked.bench.received(asked.owner), asked.get());
}

TEST(Steps, ask_for_one_thing_whatever_else_is_written) {
    Asked asked(then_ask<ask_two_things, at_the_last>);

    EXPECT_EQ(asked.bench.received(asked.other), asked.get());
    asked.bench.advance(base::milliseconds(1));
    EXPECT_EQ(asked.bench.received(asked.other) + asked.bench.received(asked.owner), "");
}

TEST(Steps, fail_if_they_ask_for_nothing_that_is_whole_and_known) {
    for (const WorkerBench::PlanOf plan_of :
         {then_ask<ask_half, nullptr>, then_ask<ask_nonsense, nullptr>,
          then_ask<ask_nothing, nullptr>}) {
        Asked asked(plan_of);

        EXPECT_EQ(asked.bench.received(asked.client), "END\r\n");
        EXPECT_EQ(asked.bench.received(asked.owner) + asked.bench.received(asked.other), "");
        EXPECT_EQ(asked.bench.worker.request_count(), 0u);
    }
}

TEST(Steps, fail_without_a_node_and_the_next_begins_in_the_same_turn) {
    Asked asked(then_nowhere_then_the_owner);

    EXPECT_EQ(asked.bench.received(asked.owner), asked.get());
    EXPECT_EQ(asked.bench.pool_metric(metrics::PoolMetric::no_node), 1);
    const std::string value = fmt::format("VALUE {} 0 1\r\nx\r\nEND\r\n", asked.key);
    asked.bench.send(asked.owner, value);
    EXPECT_EQ(asked.bench.received(asked.client), value);
}

TEST(Steps, that_begin_under_a_lower_timeout_have_no_more_time_than_it_leaves) {
    using namespace std::chrono_literals;
    WorkerBench bench(1, then_ask<ask_get, at_the_last>);
    routing::PoolPolicy policy;
    policy.timeout = 60s;
    bench.adopt(std::vector<std::string>{"cache-1", "cache-2"}, policy);
    const ConnectionId client = bench.connect_client();
    bench.send(client, fmt::format("get {}\r\n", key_of(bench, 1)));
    const ConnectionId owner = bench.link_to(1);

    policy.timeout = 100ms;
    bench.adopt(std::vector<std::string>{"cache-1", "cache-2"}, policy);
    bench.advance(60ms);
    bench.send(owner, "END\r\n");
    EXPECT_NE(bench.received(bench.link_to(2)), "") << "the second step has begun";
    bench.advance(50ms);

    EXPECT_EQ(bench.received(client), "END\r\n") << "the node's first answer";
}

TEST(Steps, may_have_several_nodes_behind_the_answer) {
    Asked asked(then_all_nodes);
    EXPECT_EQ(asked.bench.received(asked.client), "END\r\n");
    EXPECT_EQ(asked.bench.received(asked.owner), "flush_all\r\n");
    EXPECT_EQ(asked.bench.received(asked.other), "flush_all\r\n");

    asked.bench.send(asked.owner, "OK\r\n");
    asked.bench.send(asked.other, "OK\r\n");

    EXPECT_EQ(asked.bench.received(asked.client), "");
    EXPECT_EQ(asked.bench.worker.request_count(), 0u);
}

}  // namespace
}  // namespace ringside::proxy
