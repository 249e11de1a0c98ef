// Clients that are asked to leave while the process goes on: POST /clients/drain.
#include "integration/support/network.h"
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::testing {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;

class ClientDrain : public ::testing::Test {
  protected:
    static std::string pool(std::string_view name, std::uint16_t port,
                            const std::array<MemcachedNode, 2>& nodes) {
        return fmt::format("{}:\n  listen: 127.0.0.1:{}\n  servers: ['{}:1', '{}:1']\n", name, port,
                           nodes[0].address(), nodes[1].address());
    }
    Json drain(std::string_view query = "") {
        const HttpAnswer answer = proxy_.post(fmt::format("/clients/drain{}", query));
        EXPECT_EQ(answer.status, 200) << answer.body;
        return Json::parse(answer.body);
    }
    static void use(Client& client) { ASSERT_EQ(client.ask("get k\r\n", "END\r\n"), "END\r\n"); }

    std::array<MemcachedNode, 2> nodes_;
    std::uint16_t port_ = free_port();
    std::uint16_t other_port_ = free_port();
    Proxy proxy_{{.pools = pool("pool", port_, nodes_) + pool("other", other_port_, nodes_),
                  .settings = "  workers: 2\n"}};
};

TEST_F(ClientDrain, those_of_a_pool_leave_and_come_back_and_others_stay) {
    std::vector<Client> clients;
    for (int i = 0; i < 10; ++i) {
        use(clients.emplace_back(port_));
    }
    Client other(other_port_);
    use(other);

    const Json would = drain("?pool=pool&dryRun=true");
    for (Client& client : clients) {
        use(client);
    }
    const Json asked = drain("?pool=pool&reason=rebalance&author=ada");
    for (Client& client : clients) {
        EXPECT_TRUE(client.closed_by_peer());
    }
    Client next(port_);
    use(next);
    use(other);

    EXPECT_EQ(would.at("dry_run"), true);
    EXPECT_EQ(would.at("sessions"), 10);
    EXPECT_EQ(asked.at("dry_run"), false);
    EXPECT_EQ(asked.at("pool"), "pool");
    EXPECT_EQ(asked.at("sessions"), 10);
    EXPECT_EQ(asked.at("unanswered_workers"), Json::array());
    EXPECT_EQ(proxy_.get("/readyz").status, 200);
    proxy_.process().wait_for_text("/clients/drain pool=pool reason=rebalance author=ada: 200");
}

TEST_F(ClientDrain, everything_that_was_sent_is_answered_before_the_end) {
    // Given a pipeline whose answers wait for silent nodes
    Client waiting(port_);
    use(waiting);
    for (MemcachedNode& node : nodes_) {
        node.pause();
    }
    waiting.send("get a\r\nget b\r\nget c\r\nget d\r\n");

    // When clients are asked to leave twice, and a third time when there is nobody else
    const Json first = drain();
    const Json second = drain();
    Client newcomer(port_);
    for (MemcachedNode& node : nodes_) {
        node.resume();
    }

    // Then it gets its answers first, and is counted once; who came meanwhile stays.
    EXPECT_EQ(waiting.read_to_end(), "END\r\nEND\r\nEND\r\nEND\r\n");
    use(newcomer);
    EXPECT_EQ(first.at("sessions"), 1);
    EXPECT_EQ(first.at("pool"), nullptr);
    EXPECT_EQ(second.at("sessions"), 0);
}

TEST_F(ClientDrain, a_client_that_never_pauses_loses_nothing_it_has_sent_before) {
    // More than fits into one turn, or into the buffers of a socket.
    constexpr std::size_t kGets = 40'000;
    std::string gets;
    for (std::size_t i = 0; i < kGets; ++i) {
        gets += "get k\r\n";
    }
    Client client(port_);
    use(client);
    client.send(gets);

    EXPECT_EQ(drain("?pool=pool").at("sessions"), 1);

    EXPECT_EQ(client.read_to_end().size(), kGets * std::string_view("END\r\n").size());
}

TEST_F(ClientDrain, a_pool_that_is_not_there_is_an_error) {
    const HttpAnswer answer = proxy_.post("/clients/drain?pool=none");

    EXPECT_EQ(answer.status, 404);
    EXPECT_THAT(answer.body, HasSubstr("there is no pool 'none'"));
    EXPECT_EQ(proxy_.post("/clients/drain?dryRun=perhaps").status, 400);
    EXPECT_EQ(proxy_.get("/clients/drain").status, 405);
}

}  // namespace
}  // namespace ringside::testing
