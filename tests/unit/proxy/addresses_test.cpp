// Where links go: nodes with several addresses, with none, and with others than before.

#include "base/limits.h"
#include "proxy/worker.h"
#include "sim/fake_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ringside::proxy {
namespace {

using namespace std::chrono_literals;
using sim::WorkerBench;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kTimedOut = "name lookup timed out";

class AddressesTest : public testing::Test {
  protected:
    WorkerBench bench;
    routing::PoolPolicy policy;

    // Node cache.example at these IPs.
    void adopt(const std::vector<std::string>& ips, std::string_view problem = {}) {
        routing::PoolNode node{
            .node = {.id = 1, .name = "cache-1", .address = {"cache.example", 11211}},
            .address_problem = problem};
        for (const std::string& ip : ips) {
            node.addresses.push_back({ip, 11211});
        }
        bench.adopt({node}, policy);
    }
    std::vector<std::string> dialled() {
        std::vector<std::string> hosts;
        for (const ConnectionId link : bench.transport.dialled) {
            hosts.push_back(bench.transport[link].address.host);
        }
        return hosts;
    }
    ConnectionId link(std::size_t dial) { return bench.transport.dialled.at(dial); }
    bool is_open(std::size_t dial) { return bench.transport[link(dial)].open; }
};

// --- several addresses ---

TEST_F(AddressesTest, the_next_address_is_dialled_at_once_when_one_refuses) {
    adopt({"10.0.0.1", "10.0.0.2"});
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get a\r\n");

    bench.end(link(0), StreamEnd::refused);
    bench.connected(link(1));

    EXPECT_THAT(dialled(), ElementsAre("10.0.0.1", "10.0.0.2"));
    EXPECT_FALSE(is_open(0));
    EXPECT_EQ(bench.received(link(1)), "get a\r\n");
    EXPECT_TRUE(bench.transport.reports.empty()) << "the node is well";
}

TEST_F(AddressesTest, a_silent_address_leaves_the_next_one_its_share_of_the_time) {
    policy.timeout = 600ms;
    adopt({"10.0.0.1", "10.0.0.2"});
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get a\r\n");

    bench.advance(310ms);
    ASSERT_EQ(bench.transport.dialled.size(), 2U);
    bench.connected(link(1));
    bench.send(link(1), "END\r\n");

    EXPECT_EQ(bench.received(client), "END\r\n");
}

TEST_F(AddressesTest, the_address_that_worked_comes_first_the_next_time) {
    adopt({"10.0.0.1", "10.0.0.2"});
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get a\r\n");
    bench.end(link(0), StreamEnd::refused);
    bench.connected(link(1));
    bench.send(link(1), "END\r\n");

    bench.end(link(1), StreamEnd::eof);
    bench.send(client, "get a\r\n");

    EXPECT_THAT(dialled(), ElementsAre("10.0.0.1", "10.0.0.2", "10.0.0.2"));
}

TEST_F(AddressesTest, a_node_fails_when_the_last_of_its_addresses_has) {
    adopt({"10.0.0.1", "10.0.0.2"});
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get a\r\n");

    bench.end(link(0), StreamEnd::refused);
    bench.end(link(1), StreamEnd::refused);

    EXPECT_THAT(bench.received(client), HasSubstr("Connection refused: node cache-1"));
    ASSERT_EQ(bench.transport.reports.size(), 1U);
    EXPECT_EQ(bench.transport.reports[0].kind, health::HealthKind::refused);
}

TEST_F(AddressesTest, requests_that_expire_on_a_silent_address_leave_the_turn_to_the_next) {
    policy.timeout = 100ms;
    adopt({"10.0.0.1", "10.0.0.2"});
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get a\r\n");

    bench.advance(150ms);
    EXPECT_THAT(bench.received(client), HasSubstr("Connection timed out"));
    bench.advance(base::kReconnectBackoffMax);
    bench.send(client, "get a\r\n");

    EXPECT_THAT(dialled(), ElementsAre("10.0.0.1", "10.0.0.2"));
}

// --- none ---

TEST_F(AddressesTest, requests_wait_while_the_name_is_looked_up_for_the_first_time) {
    adopt({});
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get a\r\n");
    bench.advance(3s);
    EXPECT_EQ(bench.received(client), "");
    EXPECT_TRUE(bench.transport.dialled.empty());

    adopt({"10.0.0.1"});
    bench.connected(link(0));
    bench.send(link(0), "END\r\n");

    EXPECT_EQ(bench.received(client), "END\r\n");
}

TEST_F(AddressesTest, requests_do_not_wait_for_a_lookup_longer_than_for_a_node) {
    policy.timeout = 100ms;
    adopt({});
    const ConnectionId client = bench.connect_client();

    bench.send(client, "get a\r\n");
    bench.advance(110ms);

    EXPECT_EQ(bench.received(client),
              "SERVER_ERROR its name is still being looked up: node cache-1 "
              "(cache.example:11211)\r\n");
    EXPECT_EQ(bench.transport.reports.at(0).kind, health::HealthKind::name_not_found);
}

TEST_F(AddressesTest, requests_fail_at_once_while_no_address_is_known) {
    adopt({}, kTimedOut);
    const ConnectionId client = bench.connect_client();
    const std::string error =
        "SERVER_ERROR name lookup timed out: node cache-1 (cache.example:11211)\r\n";

    bench.send(client, "get a\r\n");
    bench.advance(10ms);
    EXPECT_EQ(bench.received(client), error);
    bench.send(client, "get a\r\n");

    EXPECT_EQ(bench.received(client), error) << "no attempt is made before the back-off is over";
    EXPECT_EQ(bench.transport.reports.size(), 1U);
    EXPECT_EQ(bench.transport.reports.at(0).kind, health::HealthKind::name_not_found);
}

TEST_F(AddressesTest, a_failed_first_lookup_ends_the_waiting) {
    adopt({});
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get a\r\n");

    adopt({}, kTimedOut);
    bench.advance(10ms);

    EXPECT_THAT(bench.received(client), HasSubstr("name lookup timed out"));
}

TEST_F(AddressesTest, a_name_that_is_found_is_dialled_without_waiting_for_the_back_off) {
    adopt({}, kTimedOut);
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get a\r\n");
    bench.advance(10ms);
    bench.received(client);

    adopt({"10.0.0.1"});
    bench.send(client, "get a\r\n");
    bench.connected(link(0));
    bench.send(link(0), "END\r\n");

    EXPECT_EQ(bench.received(client), "END\r\n");
}

TEST_F(AddressesTest, requests_for_a_node_that_is_removed_during_its_lookup_fail) {
    adopt({});
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get a\r\n");

    bench.adopt({{.node = {.id = 2, .name = "other", .address = {"10.0.0.9", 11211}}}}, policy);
    bench.advance(10ms);

    EXPECT_THAT(bench.received(client), HasSubstr("SERVER_ERROR"));
}

// --- others than before ---

TEST_F(AddressesTest, a_link_to_an_address_that_is_gone_answers_what_it_owes_and_closes) {
    adopt({"10.0.0.1"});
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get a\r\n");
    bench.connected(link(0));

    adopt({"10.0.0.2"});
    const ConnectionId other = bench.connect_client();
    bench.send(other, "get b\r\n");
    bench.connected(link(1));
    bench.send(link(1), "VALUE b 0 1\r\n2\r\nEND\r\n");
    bench.send(link(0), "VALUE a 0 1\r\n1\r\nEND\r\n");

    EXPECT_EQ(bench.received(client), "VALUE a 0 1\r\n1\r\nEND\r\n");
    EXPECT_EQ(bench.received(other), "VALUE b 0 1\r\n2\r\nEND\r\n");
    EXPECT_FALSE(is_open(0));
    EXPECT_TRUE(is_open(1));
}

TEST_F(AddressesTest, a_link_to_an_address_that_stays_is_not_touched) {
    adopt({"10.0.0.1", "10.0.0.2"});
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get a\r\n");
    bench.connected(link(0));

    adopt({"10.0.0.3", "10.0.0.1"});
    bench.send(link(0), "END\r\n");
    bench.send(client, "get b\r\n");

    EXPECT_THAT(dialled(), ElementsAre("10.0.0.1"));
    EXPECT_TRUE(is_open(0));
    EXPECT_EQ(bench.received(client), "END\r\n");
}

TEST_F(AddressesTest, a_link_that_is_still_being_connected_goes_to_the_new_address) {
    adopt({"10.0.0.1"});
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get a\r\n");

    adopt({"10.0.0.2"});
    bench.connected(link(1));
    bench.send(link(1), "END\r\n");

    EXPECT_FALSE(is_open(0));
    EXPECT_EQ(bench.received(client), "END\r\n");
}

TEST_F(AddressesTest, a_name_that_becomes_an_ip_keeps_its_links) {
    adopt({"10.0.0.1"});
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get a\r\n");
    bench.connected(link(0));

    bench.adopt({{.node = {.id = 1, .name = "cache-1", .address = {"10.0.0.1", 11211}}}}, policy);
    bench.send(link(0), "END\r\n");

    EXPECT_EQ(bench.received(client), "END\r\n");
    EXPECT_TRUE(is_open(0));
}

}  // namespace
}  // namespace ringside::proxy
