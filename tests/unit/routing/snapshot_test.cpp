#include "routing/snapshot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ringside::routing {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::Gt;

PoolNode pool_node(std::string name, NodeState state = NodeState::in_ring) {
    PoolNode result;
    result.node.name = std::move(name);
    result.state = state;
    return result;
}

std::vector<std::string> some_keys() {
    std::vector<std::string> keys;
    for (int i = 0; i < 2000; ++i) {
        keys.push_back("session:" + std::to_string(i * 7919) + ":token");
    }
    return keys;
}

TEST(Snapshot, links_differ_by_what_they_say_before_any_request) {
    const PoolPolicy policy;
    PoolPolicy other_password = policy;
    other_password.redis_auth = "secret";
    PoolPolicy other_database = policy;
    other_database.redis_db = 1;
    PoolPolicy other_timeout = policy;
    other_timeout.timeout = base::milliseconds(7);

    EXPECT_TRUE(links_differ(policy, other_password));
    EXPECT_TRUE(links_differ(policy, other_database));
    EXPECT_FALSE(links_differ(policy, other_timeout));
}

TEST(Snapshot, a_pool_keeps_all_its_nodes_in_the_order_of_ring_names) {
    const PoolPtr pool = build_pool(
        3, "sessions", {},
        {pool_node("ccc"), pool_node("dd", NodeState::ejected_by_health), pool_node("e")});

    EXPECT_EQ(pool->id, 3U);
    EXPECT_EQ(pool->name, "sessions");
    ASSERT_EQ(pool->nodes.size(), 3U);
    EXPECT_EQ(pool->nodes[0].node.name, "e");
    EXPECT_EQ(pool->nodes[1].node.name, "dd");
    EXPECT_EQ(pool->nodes[1].state, NodeState::ejected_by_health);
    EXPECT_EQ(pool->nodes[2].node.name, "ccc");
}

TEST(Snapshot, an_ejected_node_owns_nothing_and_indices_still_count_it) {
    const PoolPtr pool =
        build_pool(0, "p", {},
                   {pool_node("a"), pool_node("b", NodeState::ejected_by_operator), pool_node("c"),
                    pool_node("d", NodeState::ejected_by_health), pool_node("e")});
    std::vector<int> keys_by_node(5, 0);

    for (const std::string& key : some_keys()) {
        ++keys_by_node[pool->owner_of(key, 0).value()];
    }

    EXPECT_THAT(keys_by_node, ElementsAre(Gt(0), 0, Gt(0), 0, Gt(0)));
}

TEST(Snapshot, the_ring_of_a_pool_is_that_of_its_live_nodes_alone) {
    const PoolPtr all = build_pool(
        0, "p", {}, {pool_node("a"), pool_node("b", NodeState::ejected_by_health), pool_node("c")});
    const PoolPtr live = build_pool(0, "p", {}, {pool_node("a"), pool_node("c")});

    for (const std::string& key : some_keys()) {
        EXPECT_EQ(all->nodes[all->owner_of(key, 0).value()].node.name,
                  live->nodes[live->owner_of(key, 0).value()].node.name);
    }
}

TEST(Snapshot, a_pool_without_a_live_node_has_no_owner_for_any_key) {
    const PoolPtr empty = build_pool(0, "p", {}, {});
    const PoolPtr ejected = build_pool(0, "p", {}, {pool_node("a", NodeState::ejected_by_health)});

    EXPECT_EQ(empty->owner_of("key", 0), std::nullopt);
    EXPECT_EQ(ejected->owner_of("key", 0), std::nullopt);
}

TEST(Snapshot, a_pool_of_one_node_sends_everything_there) {
    for (const auto distribution :
         {Distribution::ketama, Distribution::modula, Distribution::random}) {
        PoolPolicy policy;
        policy.distribution = distribution;
        const PoolPtr pool = build_pool(0, "p", policy, {pool_node("a")});

        EXPECT_EQ(pool->owner_of("key", 12345), 0U);
        EXPECT_EQ(pool->owner_of("", 12345), 0U);
    }
}

TEST(Snapshot, keys_with_one_hash_tag_have_one_owner) {
    PoolPolicy policy;
    policy.hash_tag = {'{', '}'};
    const PoolPtr pool =
        build_pool(0, "p", policy, {pool_node("a"), pool_node("b"), pool_node("c")});
    std::vector<std::uint32_t> owners;

    for (int i = 0; i < 100; ++i) {
        owners.push_back(pool->owner_of(std::to_string(i * 7919) + "{user:1}", 0).value());
    }

    EXPECT_THAT(owners, Each(pool->owner_of("user:1", 0).value()));
}

TEST(Snapshot, the_policy_chooses_the_hash) {
    PoolPolicy policy;
    policy.hash = HashKind::crc32a;
    policy.distribution = Distribution::modula;
    const PoolPtr pool =
        build_pool(0, "p", policy, {pool_node("a"), pool_node("b"), pool_node("c")});

    EXPECT_EQ(pool->owner_of("apple", 0), 2838417488 % 3);
    EXPECT_EQ(pool->owner_of("", 0), 0U);  // the empty key hashes to 0
}

TEST(Snapshot, the_random_distribution_follows_the_random_number_and_not_the_key) {
    PoolPolicy policy;
    policy.distribution = Distribution::random;
    const PoolPtr pool =
        build_pool(0, "p", policy,
                   {pool_node("a"), pool_node("b", NodeState::ejected_by_health), pool_node("c")});

    EXPECT_EQ(pool->owner_of("key", 0), 0U);
    EXPECT_EQ(pool->owner_of("key", 1), 2U);
    EXPECT_EQ(pool->owner_of("other", 1), 2U);
}

TEST(Snapshot, pools_are_found_by_id_and_by_name) {
    Snapshot snapshot;
    snapshot.pools = {build_pool(7, "a", {}, {}), build_pool(2, "bb", {}, {})};

    EXPECT_EQ(snapshot.find(2), snapshot.pools[1].get());
    EXPECT_EQ(snapshot.find("a"), snapshot.pools[0].get());
    EXPECT_EQ(snapshot.find(1), nullptr);
    EXPECT_EQ(snapshot.find("b"), nullptr);
}

TEST(Snapshot, each_state_of_a_node_has_a_name) {
    EXPECT_EQ(to_string(NodeState::in_ring), "in_ring");
    EXPECT_EQ(to_string(NodeState::ejected_by_health), "ejected_by_health");
    EXPECT_EQ(to_string(NodeState::ejected_by_operator), "ejected_by_operator");
}

}  // namespace
}  // namespace ringside::routing
