// Which nodes a request goes to.
#include "proxy/router.h"

#include "protocol/codec.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

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
    const RoutePlan& plan_for(const routing::Pool& pool, std::string_view request) {
        protocol::Resume resume;
        frame_.reset();
        protocol::memcache_codec().frame_request(request, {1 << 20}, resume, frame_);
        EXPECT_EQ(frame_.status, protocol::RequestStatus::complete);
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
