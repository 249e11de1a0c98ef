#include "app/client_room.h"

#include "protocol/protocol.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace ringside::app::test {
namespace {

routing::PoolPtr pool_of(std::uint16_t nodes, routing::PoolPolicy policy = {}) {
    std::vector<routing::PoolNode> members;
    for (std::uint16_t port = 1; port <= nodes; ++port) {
        routing::PoolNode member;
        member.node.name = std::to_string(port);
        member.node.address = {"127.0.0.1", port};
        members.push_back(std::move(member));
    }
    return routing::build_pool(0, "alpha", std::move(policy), std::move(members));
}

std::uint64_t clients_max(std::uint64_t files_max, std::vector<routing::PoolPtr> pools) {
    ClientRoom room(files_max, 2);
    room.adopt({.version = 1, .pools = std::move(pools)});
    return room.clients_max();
}

TEST(ClientRoom, each_link_of_each_worker_takes_one_place) {
    const std::uint64_t without_nodes = clients_max(20'000, {pool_of(0)});
    routing::PoolPolicy three_links;
    three_links.connections_per_node = 3;

    EXPECT_EQ(clients_max(20'000, {pool_of(10)}), without_nodes - 20);
    EXPECT_EQ(clients_max(20'000, {pool_of(10, three_links)}), without_nodes - 60);
}

TEST(ClientRoom, redis_nodes_have_links_for_each_dialect) {
    const std::uint64_t without_nodes = clients_max(20'000, {pool_of(0)});
    routing::PoolPolicy redis;
    redis.protocol = routing::ProtocolKind::redis;

    EXPECT_EQ(clients_max(20'000, {pool_of(10, redis)}), without_nodes - 20 * protocol::kLinkKinds);
}

TEST(ClientRoom, follows_nodes_that_come_and_go) {
    ClientRoom room(20'000, 2);
    room.adopt({.version = 1, .pools = {pool_of(100)}});
    const std::uint64_t before = room.clients_max();

    room.adopt({.version = 2, .pools = {pool_of(40)}});

    EXPECT_EQ(room.clients_max(), before + 120);
}

TEST(ClientRoom, a_quarter_is_left_to_clients_however_low_the_limit) {
    ClientRoom room(64, 2);

    room.adopt({.version = 1, .pools = {pool_of(10)}});

    EXPECT_EQ(room.clients_max(), 16U);
    EXPECT_TRUE(room.is_too_small());
}

TEST(ClientRoom, keeps_back_in_proportion_where_the_limit_is_low) {
    ClientRoom room(256, 1);

    room.adopt({.version = 1, .pools = {pool_of(1)}});

    EXPECT_GE(room.clients_max(), 200U);  // nutcracker: 221
    EXPECT_FALSE(room.is_too_small());
    EXPECT_LT(room.admin_limits().connections_max, ClientRoom(0, 1).admin_limits().connections_max);
}

TEST(ClientRoom, is_unbounded_if_the_limit_is_not_known) {
    ClientRoom room(0, 2);

    room.adopt({.version = 1, .pools = {pool_of(10)}});

    EXPECT_EQ(room.clients_max(), std::numeric_limits<std::uint64_t>::max());
    EXPECT_FALSE(room.is_too_small());
}

}  // namespace
}  // namespace ringside::app::test
