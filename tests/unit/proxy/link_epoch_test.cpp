// Links that are replaced: because a snapshot says so, and what a node does
// that leads to it.
#include "proxy/worker.h"
#include "sim/fake_transport.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace ringside::proxy {
namespace {

using namespace std::chrono_literals;
using health::HealthKind;
using metrics::NodeMetric;
using sim::WorkerBench;

constexpr const char* kSet = "SET k v\r\n";
constexpr const char* kReadonly = "-READONLY You can't write against a read only replica.\r\n";

// A worker with one Redis node at 10.0.0.1.
class LinkEpoch : public ::testing::Test {
  protected:
    LinkEpoch() {
        adopt(0);
        client_ = bench_.connect_client();
    }

    void adopt(std::uint32_t epoch) {
        routing::PoolPolicy policy;
        policy.protocol = routing::ProtocolKind::redis;
        bench_.adopt({{.node = {.id = 1, .name = "cache-1", .address = {"10.0.0.1", 11211}},
                       .addresses = {{"10.0.0.1", 11211}},
                       .link_epoch = epoch}},
                     policy);
    }
    // A request of the client, and the node's answer over `link`.
    std::string ask(const std::string& request, ConnectionId link, const std::string& answer) {
        bench_.send(client_, request);
        bench_.send(link, answer);
        return bench_.received(client_);
    }
    std::size_t dials() const { return bench_.transport.dialled.size(); }
    const std::vector<health::HealthEvent>& reports() const { return bench_.transport.reports; }

    WorkerBench bench_;
    ConnectionId client_{};
};

TEST_F(LinkEpoch, an_idle_link_of_an_older_one_closes_at_once_and_the_next_request_dials) {
    bench_.send(client_, "GET k\r\n");
    const ConnectionId old_link = bench_.link_to(1);
    bench_.send(old_link, "$-1\r\n");

    adopt(1);
    EXPECT_FALSE(bench_.transport[old_link].open);
    EXPECT_EQ(dials(), 1U) << "new ones are dialled at need";
    EXPECT_EQ(bench_.node_metric(1, NodeMetric::links_replaced), 1);

    bench_.received(client_);
    bench_.send(client_, "GET k\r\n");
    EXPECT_EQ(dials(), 2U);
    bench_.send(bench_.link_to(1), "$1\r\nx\r\n");
    EXPECT_EQ(bench_.received(client_), "$1\r\nx\r\n");
    EXPECT_TRUE(reports().empty());
}

TEST_F(LinkEpoch, a_busy_link_of_an_older_one_finishes_what_it_owes) {
    bench_.send(client_, "GET k\r\n");
    const ConnectionId old_link = bench_.link_to(1);

    adopt(1);
    EXPECT_TRUE(bench_.transport[old_link].open);
    bench_.send(old_link, "$3\r\nold\r\n");

    EXPECT_EQ(bench_.received(client_), "$3\r\nold\r\n");
    EXPECT_FALSE(bench_.transport[old_link].open);
}

TEST_F(LinkEpoch, the_same_one_touches_no_link) {
    bench_.send(client_, "GET k\r\n");
    const ConnectionId link = bench_.link_to(1);
    bench_.send(link, "$-1\r\n");

    adopt(0);

    EXPECT_TRUE(bench_.transport[link].open);
    EXPECT_EQ(bench_.node_metric(1, NodeMetric::links_replaced), 0);
}

TEST_F(LinkEpoch, a_new_one_ends_the_pause_before_the_next_dial) {
    bench_.send(client_, "GET k\r\n");
    bench_.end(bench_.transport.dialled[0], StreamEnd::refused);
    bench_.send(client_, "GET k\r\n");
    ASSERT_EQ(dials(), 1U) << "not dialled again yet";

    adopt(1);
    bench_.send(client_, "GET k\r\n");

    EXPECT_EQ(dials(), 2U);
}

TEST_F(LinkEpoch, with_another_password_a_node_that_has_refused_is_dialled_at_once) {
    bench_.send(client_, "GET k\r\n");
    bench_.end(bench_.transport.dialled[0], StreamEnd::refused);

    routing::PoolPolicy policy;
    policy.protocol = routing::ProtocolKind::redis;
    policy.redis_auth = "right";
    bench_.adopt({"cache-1"}, policy);
    bench_.send(client_, "GET k\r\n");

    EXPECT_EQ(dials(), 2U) << "the client came before there was a password";
}

TEST_F(LinkEpoch, a_refused_write_reaches_the_client_and_is_told_once) {
    bench_.send(client_, kSet);
    const ConnectionId link = bench_.link_to(1);
    bench_.send(link, kReadonly);
    EXPECT_EQ(bench_.received(client_), kReadonly);

    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(ask(kSet, link, kReadonly), kReadonly);
        EXPECT_EQ(ask("GET k\r\n", link, "$-1\r\n"), "$-1\r\n");
    }

    ASSERT_EQ(reports().size(), 1U);
    EXPECT_EQ(reports()[0].kind, HealthKind::readonly);
    EXPECT_EQ(reports()[0].link_epoch, 0U);
    EXPECT_EQ(bench_.node_metric(1, NodeMetric::readonly_replies), 6);
    EXPECT_TRUE(bench_.transport[link].open);
}

TEST_F(LinkEpoch, after_new_links_a_refused_write_is_told_again) {
    bench_.send(client_, kSet);
    bench_.send(bench_.link_to(1), kReadonly);

    adopt(1);
    bench_.send(client_, kSet);
    bench_.send(bench_.link_to(1), kReadonly);

    ASSERT_EQ(reports().size(), 2U);
    EXPECT_EQ(reports()[1].kind, HealthKind::readonly);
    EXPECT_EQ(reports()[1].link_epoch, 1U);
}

TEST_F(LinkEpoch, over_new_links_the_first_write_that_is_done_is_told) {
    bench_.send(client_, kSet);
    bench_.send(bench_.link_to(1), kReadonly);
    adopt(1);

    bench_.send(client_, kSet);
    const ConnectionId link = bench_.link_to(1);
    bench_.send(link, "+OK\r\n");
    ask(kSet, link, "+OK\r\n");

    ASSERT_EQ(reports().size(), 2U);
    EXPECT_EQ(reports()[1].kind, HealthKind::writable);
    EXPECT_EQ(reports()[1].link_epoch, 1U);
}

TEST_F(LinkEpoch, the_first_write_that_is_done_is_told) {
    bench_.send(client_, kSet);
    const ConnectionId link = bench_.link_to(1);
    bench_.send(link, kReadonly);

    ask("GET k\r\n", link, "$-1\r\n");
    ask(kSet, link, "-OOM command not allowed when used memory > 'maxmemory'.\r\n");
    ASSERT_EQ(reports().size(), 1U);
    ask(kSet, link, "+OK\r\n");
    ask(kSet, link, "+OK\r\n");

    ASSERT_EQ(reports().size(), 2U);
    EXPECT_EQ(reports()[1].kind, HealthKind::writable);
}

}  // namespace
}  // namespace ringside::proxy
