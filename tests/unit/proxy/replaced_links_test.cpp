// Links that take no more requests, for whatever reason: the requests of a client that still waits
// for something on them stay in order, and nobody else waits.
#include "proxy/worker.h"
#include "sim/fake_transport.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ringside::proxy {
namespace {

using namespace std::chrono_literals;
using sim::WorkerBench;

constexpr const char* kGet = "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n";
constexpr const char* kSet = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n";

// A Redis pool in which a node is beside others, or not.
struct World {
    routing::PoolPolicy policy;
    routing::PoolNode node{.node = {.id = 1, .name = "cache-1", .address = {"a.example", 6379}},
                           .addresses = {{"10.0.0.1", 6379}}};
    bool is_member = true;
};

struct Cause {
    const char* name;
    void (*change)(World& world);
    void (*then)(World& world) = nullptr;  // null: it stays like that
};

constexpr Cause kCauses[]{
    {"epoch", [](World& world) { ++world.node.link_epoch; }},
    {"address",
     [](World& world) {
         world.node.addresses = {{"10.0.0.9", 6379}};
     }},
    {"more_connections", [](World& world) { world.policy.connections_per_node = 2; }},
    {"password", [](World& world) { world.policy.redis_auth = "other"; }},
    {"database", [](World& world) { world.policy.redis_db = 3; }},
    {"given_up_and_back", [](World& world) { world.node.fails_with = "Connection refused"; },
     [](World& world) { world.node.fails_with.clear(); }},
    {"removed_and_back", [](World& world) { world.is_member = false; },
     [](World& world) { world.is_member = true; }},
};

void PrintTo(const Cause& cause, std::ostream* out) {
    *out << cause.name;
}

class ReplacedLink : public testing::TestWithParam<Cause> {
  protected:
    ReplacedLink() {
        adopt();
        first_ = connect();
        second_ = connect();
    }

    void adopt() {
        world_.policy.protocol = routing::ProtocolKind::redis;
        std::vector<routing::PoolNode> nodes;
        if (world_.is_member) {
            nodes.push_back(world_.node);
        }
        if (nodes.empty()) {
            nodes.push_back({.node = {.id = 2, .name = "cache-2", .address = {"10.0.0.2", 6379}}});
        }
        bench_.adopt(std::move(nodes), world_.policy);
    }
    void replace() {
        GetParam().change(world_);
        adopt();
        if (GetParam().then != nullptr) {
            GetParam().then(world_);
            adopt();
        }
    }
    ConnectionId connect() { return bench_.connect_client(); }
    // The link that was dialled last, with its greeting answered.
    ConnectionId link() {
        const ConnectionId id = bench_.transport.dialled.back();
        bench_.connected(id);
        const std::string greeting = bench_.received(id);
        if (greeting.find("AUTH") != std::string::npos) {
            bench_.send(id, "+OK\r\n");
        }
        if (greeting.find("SELECT") != std::string::npos) {
            bench_.send(id, "+OK\r\n");
        }
        const std::string behind = bench_.received(id);
        asked_ = behind.empty() ? greeting : behind;
        return id;
    }
    std::size_t dials() const { return bench_.transport.dialled.size(); }
    bool is_open(ConnectionId id) { return bench_.transport[id].open; }

    WorkerBench bench_;
    World world_;
    ConnectionId first_{};
    ConnectionId second_{};
    std::string asked_;  // of the node, on the link()
};

TEST_P(ReplacedLink, keeps_the_order_of_a_client_that_waits_for_something_on_it) {
    bench_.send(first_, kSet);
    const ConnectionId old_link = link();
    replace();

    bench_.send(first_, kGet);
    EXPECT_EQ(dials(), 1U) << "it waits for its turn";
    EXPECT_EQ(bench_.received(old_link), "");
    bench_.send(old_link, "+OK\r\n");

    EXPECT_FALSE(is_open(old_link));
    ASSERT_EQ(dials(), 2U);
    const ConnectionId new_link = link();
    EXPECT_EQ(asked_, kGet);
    bench_.send(new_link, "$1\r\nv\r\n");
    EXPECT_EQ(bench_.received(first_), "+OK\r\n$1\r\nv\r\n");
}

TEST_P(ReplacedLink, keeps_nobody_waiting_who_has_asked_nothing_on_it) {
    bench_.send(first_, kSet);
    const ConnectionId old_link = link();
    replace();

    bench_.send(second_, kGet);

    ASSERT_EQ(dials(), 2U);
    bench_.send(link(), "$-1\r\n");
    EXPECT_EQ(bench_.received(second_), "$-1\r\n");
    EXPECT_TRUE(is_open(old_link));
}

TEST_P(ReplacedLink, sends_nothing_late_behind_what_its_client_has_asked_since) {
    world_.policy.timeout = 100ms;
    adopt();
    bench_.send(first_, kGet);
    const ConnectionId old_link = link();
    bench_.send(old_link, "$-1\r\n");
    bench_.transport[old_link].room = 4;  // the node reads no more
    bench_.send(first_, kSet);
    EXPECT_EQ(bench_.received(old_link), "*3\r\n");
    replace();

    bench_.advance(110ms);
    bench_.send(first_, kSet);
    ASSERT_EQ(dials(), 2U);
    link();
    EXPECT_EQ(asked_, kSet);
    bench_.writable(old_link);

    EXPECT_EQ(bench_.received(old_link), "");
}

INSTANTIATE_TEST_SUITE_P(ForEachCause, ReplacedLink, testing::ValuesIn(kCauses),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace ringside::proxy
