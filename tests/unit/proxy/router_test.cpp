// Which nodes a request goes to.
#include "proxy/router.h"

#include "protocol/protocol.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <functional>

namespace ringside::proxy {
namespace {

using testing::ElementsAre;

routing::PoolPtr pool_of(int nodes, routing::Distribution distribution) {
    std::vector<routing::PoolNode> members;
    for (int i = 1; i <= nodes; ++i) {
        routing::PoolNode member;
        member.node.id = static_cast<routing::NodeId>(i);
        member.node.name = fmt::format("cache-{}", i);
        members.push_back(member);
    }
    routing::PoolPolicy policy;
    policy.distribution = distribution;
    policy.hash = routing::HashKind::md5;  // the default one hardly spreads short keys
    return routing::build_pool(1, "alpha", policy, std::move(members));
}

class Router : public testing::Test {
  protected:
    const RoutePlan& plan_for(const routing::Pool& pool, std::string_view request,
                              const protocol::Protocol& protocol = protocol::memcached()) {
        protocol::Resume resume;
        frame_.reset();
        protocol.client.frame_request(request, {1 << 20}, resume, frame_);
        EXPECT_EQ(frame_.status, protocol::RequestStatus::complete);
        route(pool, frame_, request, 7, plan_);
        return plan_;
    }

    // The request as if its row said otherwise.
    const RoutePlan& plan_for(const routing::Pool& pool, std::string_view request,
                              const std::function<void(protocol::CommandSpec&)>& change) {
        plan_for(pool, request);
        protocol::CommandSpec changed = *frame_.command;
        change(changed);
        frame_.command = &changed;
        route(pool, frame_, request, 7, plan_);
        return plan_;
    }

    protocol::RequestFrame frame_;
    RoutePlan plan_;
};

TEST_F(Router, sends_a_single_key_to_its_owner) {
    const auto pool = pool_of(4, routing::Distribution::ketama);

    const RoutePlan& plan = plan_for(*pool, "set user:17 0 0 1\r\nx\r\n");

    EXPECT_EQ(plan.kind, RouteKind::one);
    EXPECT_EQ(plan.node, *pool->owner_of("user:17", 0));
}

TEST_F(Router, does_not_split_keys_that_share_their_owner) {
    const auto pool = pool_of(1, routing::Distribution::ketama);

    const RoutePlan& plan = plan_for(*pool, "get a b c\r\n");

    EXPECT_EQ(plan.kind, RouteKind::one);
    EXPECT_EQ(plan.node, 0u);
}

TEST_F(Router, groups_the_keys_of_a_split_request_by_owner_in_their_order) {
    const auto pool = pool_of(3, routing::Distribution::modula);
    const std::string request = "get k0 k1 k2 k3 k4 k5 k0\r\n";

    const RoutePlan& plan = plan_for(*pool, request);

    ASSERT_EQ(plan.kind, RouteKind::split);
    ASSERT_EQ(plan.owners.size(), 7u);
    EXPECT_EQ(plan.owners[0], 0u) << "parts are numbered by their first key";
    EXPECT_EQ(plan.owners[6], plan.owners[0]);
    std::size_t keys_seen = 0;
    for (const RoutePlan::Part& part : plan.parts) {
        std::uint32_t previous = 0;
        for (const std::uint32_t key : plan.keys_of(part)) {
            EXPECT_GE(key, previous);
            EXPECT_EQ(*pool->owner_of(frame_.keys[key].of(request), 0), part.node);
            previous = key;
            ++keys_seen;
        }
    }
    EXPECT_EQ(keys_seen, 7u);
}

TEST_F(Router, gives_each_key_a_part_of_its_own_where_the_row_says_so) {
    const auto pool = pool_of(3, routing::Distribution::modula);
    const std::string request = "get k0 k1 k2 k0\r\n";

    const RoutePlan& plan = plan_for(
        *pool, request, [](protocol::CommandSpec& command) { command.part_per_key = true; });

    ASSERT_EQ(plan.kind, RouteKind::split);
    ASSERT_EQ(plan.parts.size(), 4u);
    EXPECT_THAT(plan.owners, ElementsAre(0u, 1u, 2u, 3u));
    for (std::uint32_t key = 0; key < 4; ++key) {
        EXPECT_THAT(plan.keys_of(plan.parts[key]), ElementsAre(key));
        EXPECT_EQ(plan.parts[key].node, *pool->owner_of(frame_.keys[key].of(request), 0));
    }
}

TEST_F(Router,
       sends_keys_that_must_live_together_to_their_one_owner_or_names_the_one_that_does_not) {
    const auto pool = pool_of(2, routing::Distribution::modula);
    const auto same_node = [](protocol::CommandSpec& command) {
        command.route = protocol::Route::same_node;
    };
    std::vector<std::string> of_first;
    std::string of_second;
    for (int i = 0; of_first.size() < 2 || of_second.empty(); ++i) {
        const std::string key = fmt::format("key{}", i);
        (*pool->owner_of(key, 0) == 0 ? of_first.emplace_back() : of_second) = key;
    }

    const RoutePlan& together =
        plan_for(*pool, fmt::format("get {} {}\r\n", of_first[0], of_first[1]), same_node);
    EXPECT_EQ(together.kind, RouteKind::one);
    EXPECT_EQ(together.node, 0u);

    const RoutePlan& apart = plan_for(
        *pool, fmt::format("get {} {} {}\r\n", of_first[0], of_first[1], of_second), same_node);
    EXPECT_EQ(apart.kind, RouteKind::crossing);
    EXPECT_EQ(apart.node, 0u);
    EXPECT_EQ(apart.crossing_key, 2u);
    EXPECT_EQ(apart.crossing_node, 1u);
}

TEST_F(Router, runs_a_script_without_keys_where_only_one_node_can_be_meant) {
    const auto kind_in = [this](const routing::Pool& pool) {
        return plan_for(pool, "EVAL s 0\r\n", protocol::redis()).kind;
    };
    const auto several = pool_of(3, routing::Distribution::ketama);
    routing::PoolPolicy policy = several->policy;
    policy.scripts_without_keys = true;
    const auto allowed = routing::build_pool(1, "alpha", policy, several->nodes);

    EXPECT_EQ(kind_in(*several), RouteKind::keyless);
    EXPECT_EQ(kind_in(*pool_of(1, routing::Distribution::ketama)), RouteKind::one);
    EXPECT_EQ(kind_in(*pool_of(0, routing::Distribution::ketama)), RouteKind::none);
    EXPECT_EQ(kind_in(*allowed), RouteKind::one);
    const RoutePlan eval = plan_for(*allowed, "EVAL s 0\r\n", protocol::redis());
    const RoutePlan call = plan_for(*allowed, "FCALL f 0 x\r\n", protocol::redis());
    EXPECT_EQ(eval.node, *allowed->owner_of("placeholder", 0));
    EXPECT_EQ(call.node, eval.node);
}

// A SORT of the list {a}l in a pool with a hash_tag.
class SortRouter : public testing::Test {
  protected:
    RouteKind kind_for(std::string_view words, const routing::Pool& pool) {
        const std::string request = fmt::format("SORT {{a}}l {}\r\n", words);
        protocol::Resume resume;
        frame_.reset();
        protocol::redis().client.frame_request(request, {1 << 20}, resume, frame_);
        EXPECT_EQ(frame_.status, protocol::RequestStatus::complete) << request;
        route(pool, frame_, frame_.text(request), 7, plan_);
        return plan_.kind;
    }
    RouteKind kind_for(std::string_view words) { return kind_for(words, *pool_); }

    static routing::PoolPtr tagged_pool(int nodes, bool strict = false) {
        const auto plain = pool_of(nodes, routing::Distribution::ketama);
        routing::PoolPolicy policy = plain->policy;
        policy.hash_tag = {'{', '}'};
        policy.strict_twemproxy = strict;
        return routing::build_pool(1, "alpha", policy, plain->nodes);
    }

    const routing::PoolPtr pool_ = tagged_pool(8);
    protocol::RequestFrame frame_;
    RoutePlan plan_;
};

TEST_F(SortRouter, goes_to_the_owner_of_its_list_if_patterns_have_its_tag) {
    for (const char* words : {"BY {a}w_*", "BY w_{a}*->f", "GET {a}*{b}", "GET w_{a}x*->{b} GET #",
                              "BY nosort GET x", "BY {a}w_* STORE d{a}"}) {
        EXPECT_EQ(kind_for(words), RouteKind::one) << words;
        EXPECT_EQ(plan_.node, *pool_->owner_of("a", 0)) << words;
    }
}

TEST_F(SortRouter, is_refused_if_a_pattern_does_not_tell_its_node) {
    for (const char* words : {"BY w_*", "BY *", "GET {*}a", "GET {a*}", "GET {}*{a}", "GET {a*",
                              "GET *{a}", "GET w_*{a}", "BY w_*->{a}", "BY {a}w_* GET w_*"}) {
        EXPECT_EQ(kind_for(words), RouteKind::pattern) << words;
        EXPECT_EQ(plan_.crossing_key, frame_.keys.size() - 1) << words;
    }
}

TEST_F(SortRouter, is_refused_if_a_pattern_belongs_to_another_node) {
    const char* const other = *pool_->owner_of("b", 0) != *pool_->owner_of("a", 0) ? "b" : "c";
    ASSERT_NE(*pool_->owner_of(other, 0), *pool_->owner_of("a", 0));

    EXPECT_EQ(kind_for(fmt::format("GET {{{}}}w_*", other)), RouteKind::crossing);
    EXPECT_EQ(plan_.crossing_node, *pool_->owner_of(other, 0));
}

TEST_F(SortRouter, may_have_any_pattern_where_only_one_node_can_own_its_keys) {
    EXPECT_EQ(kind_for("BY w_* GET w_*", *tagged_pool(1)), RouteKind::one);
    auto nodes = pool_->nodes;
    for (std::size_t i = 1; i < nodes.size(); ++i) {
        nodes[i].state = routing::NodeState::ejected_by_operator;
    }
    const auto pool = routing::build_pool(1, "alpha", pool_->policy, nodes);
    EXPECT_EQ(kind_for("BY w_* GET w_*", *pool), RouteKind::one);
    EXPECT_EQ(plan_.node, 0u);
}

TEST_F(SortRouter, goes_to_the_owner_of_its_list_in_a_strict_pool) {
    EXPECT_EQ(kind_for("BY w_* GET w_*", *tagged_pool(8, true)), RouteKind::one);
    EXPECT_EQ(plan_.node, *pool_->owner_of("a", 0));
}

TEST_F(Router, reaches_every_node_of_the_ring_and_no_ejected_one) {
    std::vector<routing::PoolNode> nodes = pool_of(3, routing::Distribution::ketama)->nodes;
    nodes[1].state = routing::NodeState::ejected_by_operator;
    const auto pool = routing::build_pool(1, "alpha", {}, nodes);
    const auto every_node = [](protocol::CommandSpec& command) {
        command.route = protocol::Route::every_node;
    };

    const RoutePlan& plan = plan_for(*pool, "version\r\n", every_node);

    ASSERT_EQ(plan.kind, RouteKind::split);
    ASSERT_EQ(plan.parts.size(), 2u);
    EXPECT_EQ(plan.parts[0].node, 0u);
    EXPECT_EQ(plan.parts[1].node, 2u);
    EXPECT_TRUE(plan.keys_of(plan.parts[0]).empty());
}

TEST_F(Router, sends_a_request_without_key_to_the_owner_of_twemproxys_placeholder) {
    const auto pool = pool_of(5, routing::Distribution::ketama);

    const RoutePlan& plan = plan_for(*pool, "version\r\n");

    EXPECT_EQ(plan.kind, RouteKind::one);
    EXPECT_EQ(plan.node, *pool->owner_of("placeholder", 0));
}

TEST_F(Router, finds_no_node_in_an_empty_ring) {
    const auto pool = pool_of(0, routing::Distribution::ketama);

    EXPECT_EQ(plan_for(*pool, "get a\r\n").kind, RouteKind::none);
    EXPECT_EQ(plan_for(*pool, "get a b\r\n").kind, RouteKind::none);
}

}  // namespace
}  // namespace ringside::proxy
