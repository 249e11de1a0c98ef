// How Ringside ends: nothing that it has accepted goes without an answer.
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <signal.h>

#include <array>
#include <filesystem>
#include <string>
#include <vector>

namespace ringside::testing {
namespace {

// `drain:` of the proxies here, unless a test says otherwise: no grace, and this limit.
constexpr base::seconds kDrainMax{10};

class Drain : public ::testing::Test {
  protected:
    // Returns when that was.
    base::TimePoint tell_to_stop(int number = SIGTERM) {
        const base::TimePoint now = base::Clock::now();
        proxy_.process().signal(number);
        return now;
    }
    void wait_until_nobody_listens() {
        proxy_.wait_until([this] { return !accepts(port_); }, "the end of listening");
    }

    std::array<MemcachedNode, 2> nodes_;
    std::uint16_t port_ = free_port();
    Proxy proxy_{{.pools = pool_before(nodes_, port_), .settings = "  workers: 2\n"}};
};

class DrainBySignal : public Drain, public ::testing::WithParamInterface<int> {};

TEST_P(DrainBySignal, it_stops_listening_at_once_and_ends_well_within_its_limit) {
    std::vector<Client> clients;
    for (int i = 0; i < 30; ++i) {
        clients.emplace_back(port_);
        ASSERT_EQ(clients.back().ask("get k\r\n", "\r\n"), "END\r\n");
    }

    const base::TimePoint told = tell_to_stop(GetParam());
    for (Client& client : clients) {
        EXPECT_TRUE(client.closed_by_peer());
    }
    clients.clear();

    EXPECT_EQ(proxy_.process().wait_for_exit(kDrainMax), 0);
    EXPECT_FALSE(accepts(port_));
    EXPECT_LT(base::Clock::now() - told, kDrainMax / 2);
}

INSTANTIATE_TEST_SUITE_P(Signals, DrainBySignal, ::testing::Values(SIGTERM, SIGINT),
                         [](const auto& test) {
                             return std::string(test.param == SIGTERM ? "SIGTERM" : "SIGINT");
                         });

TEST_F(Drain, clients_are_told_the_end_behind_the_answers_to_all_they_have_sent) {
    // Given one client that is idle, one in the middle of a request, and one whose node is silent
    Client idle(port_);
    Client slow(port_);
    Client waiting(port_);
    ASSERT_EQ(idle.ask("get k\r\n", "\r\n"), "END\r\n");
    slow.send("get k\r\nget ");
    ASSERT_EQ(slow.read_line(), "END\r\n");
    for (MemcachedNode& node : nodes_) {
        node.pause();
    }
    waiting.send("get a\r\nget b\r\nget c\r\nget d\r\n");

    // When it is told to stop, and the nodes answer again once the first client is gone
    tell_to_stop();
    EXPECT_TRUE(idle.closed_by_peer());
    for (MemcachedNode& node : nodes_) {
        node.resume();
    }

    // Then every answer comes before the end.
    EXPECT_TRUE(slow.closed_by_peer());
    EXPECT_EQ(waiting.read_to_end(), "END\r\nEND\r\nEND\r\nEND\r\n");
    EXPECT_EQ(proxy_.process().wait_for_exit(kDrainMax), 0);
}

// Of 40,000 that were sent, 22,243 were answered once.
TEST_F(Drain, a_pipeline_that_is_held_back_is_answered_to_its_last_request) {
    constexpr std::size_t kGets = 40'000;
    std::string gets;
    for (std::size_t i = 0; i < kGets; ++i) {
        gets += "get k\r\n";
    }
    Client client(port_);
    client.send(gets.substr(0, 7));
    ASSERT_EQ(client.read_line(), "END\r\n");
    client.send(gets);

    tell_to_stop();

    EXPECT_EQ(client.read_to_end().size(), kGets * 5);
    EXPECT_EQ(proxy_.process().wait_for_exit(kDrainMax), 0);
}

TEST_F(Drain, a_client_that_hangs_up_has_all_stored_that_it_has_sent) {
    constexpr int kSets = 300;
    for (MemcachedNode& node : nodes_) {
        node.pause();
    }
    {
        Client client(port_);
        for (int i = 0; i < kSets; ++i) {
            client.send(fmt::format("set key-{} 0 0 1 noreply\r\nv\r\n", i));
        }
    }

    tell_to_stop();
    for (MemcachedNode& node : nodes_) {
        node.resume();
    }

    EXPECT_EQ(proxy_.process().wait_for_exit(kDrainMax), 0);
    int stored = 0;
    for (MemcachedNode& node : nodes_) {
        for (int i = 0; i < kSets; ++i) {
            const std::string get = fmt::format("get key-{}\r\n", i);
            stored += node.client().ask(get, "END\r\n").starts_with("VALUE") ? 1 : 0;
        }
    }
    EXPECT_EQ(stored, kSets);
}

TEST_F(Drain, clients_that_wait_to_be_accepted_are_served) {
    constexpr int kClients = 300;
    proxy_.process().signal(SIGSTOP);
    std::vector<Client> clients;
    for (int i = 0; i < kClients; ++i) {
        clients.emplace_back(port_);
        clients.back().send("get k\r\n");
    }

    const base::TimePoint told = tell_to_stop();
    proxy_.process().signal(SIGCONT);

    for (Client& client : clients) {
        EXPECT_EQ(client.read_line(), "END\r\n");
    }
    clients.clear();
    EXPECT_EQ(proxy_.process().wait_for_exit(kDrainMax), 0);
    EXPECT_LT(base::Clock::now() - told, kDrainMax);
}

class DrainWithGrace : public ::testing::Test {
  protected:
    MemcachedNode node_;
    std::uint16_t port_ = free_port();
    Proxy proxy_{{.pools = to_yaml({.listen = fmt::format("127.0.0.1:{}", port_),
                                    .servers = {server_line(node_.address())}}),
                  .settings = "  workers: 2\n  drain: {grace: 1h}\n"}};
};

TEST_F(DrainWithGrace, everything_goes_on_but_it_says_that_it_is_not_ready) {
    Client before(port_);
    ASSERT_EQ(before.ask("get k\r\n", "\r\n"), "END\r\n");

    proxy_.process().signal(SIGTERM);
    proxy_.wait_until([this] { return proxy_.get("/readyz").status == 503; }, "the grace");

    EXPECT_EQ(proxy_.get("/livez").status, 200);
    EXPECT_EQ(before.ask("get k\r\n", "\r\n"), "END\r\n");
    EXPECT_EQ(Client(port_).ask("get k\r\n", "\r\n"), "END\r\n");

    // A second signal ends it at once.
    proxy_.process().signal(SIGTERM);
    EXPECT_EQ(proxy_.process().wait_for_exit(kDrainMax), 0);
    EXPECT_TRUE(before.closed_by_peer());
}

TEST(DrainOfUnixSockets, removes_their_paths_and_replaces_what_a_killed_process_has_left) {
    TemporaryDirectory directory;
    const std::string path = directory.file("ringside.sock");
    MemcachedNode node;
    const std::string pools =
        to_yaml({.listen = path, .servers = {server_line(node.address())}, .settings = {}});
    const auto serves = [&path] { return Client(path).ask("get k\r\n", "\r\n") == "END\r\n"; };

    {
        Proxy killed({.pools = pools});
        EXPECT_TRUE(serves());
        killed.process().signal(SIGKILL);
        killed.process().wait_for_exit();
    }
    EXPECT_TRUE(std::filesystem::exists(path));
    Proxy next({.pools = pools});
    EXPECT_TRUE(serves());
    EXPECT_EQ(next.process().stop(), 0);

    EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace ringside::testing
