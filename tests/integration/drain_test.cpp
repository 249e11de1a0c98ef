// How Ringside ends: nothing that it has accepted goes without an answer.
#include "integration/support/load.h"
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

// As in app/drain.h: clients are served as before for so long, and cut off after twice as long.
constexpr base::seconds kGrace{5};
constexpr base::seconds kDrainMax{15};

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

TEST_P(DrainBySignal, under_load_it_stops_listening_at_once_and_ends_with_its_last_client) {
    Load load(port_, {"--clients", "30", "--pipeline", "8"});

    const base::TimePoint told = tell_to_stop(GetParam());
    wait_until_nobody_listens();
    const auto listened = base::Clock::now() - told;
    const bool serving = proxy_.process().running();
    const LoadReport report = load.stop();
    const int exit_code = proxy_.process().wait_for_exit(kDrainMax);

    EXPECT_LT(listened, base::seconds(2));
    EXPECT_TRUE(serving);
    EXPECT_EQ(report.exit_code, 0) << report.text;
    EXPECT_GT(report.requests, 0);
    EXPECT_EQ(exit_code, 0);
    EXPECT_LT(base::Clock::now() - told, kGrace);
}

INSTANTIATE_TEST_SUITE_P(Signals, DrainBySignal, ::testing::Values(SIGTERM, SIGINT),
                         [](const auto& test) {
                             return std::string(test.param == SIGTERM ? "SIGTERM" : "SIGINT");
                         });

TEST_F(Drain, clients_that_stay_are_closed_after_the_grace_with_what_they_asked_for) {
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

    // When it is told to stop, and the nodes answer again as it closes its clients
    const base::TimePoint told = tell_to_stop();
    EXPECT_TRUE(idle.closed_by_peer());
    for (MemcachedNode& node : nodes_) {
        node.resume();
    }

    // Then there was time, and every answer comes before the end.
    EXPECT_GE(base::Clock::now() - told, kGrace);
    EXPECT_TRUE(slow.closed_by_peer());
    EXPECT_EQ(waiting.read_to_end(), "END\r\nEND\r\nEND\r\nEND\r\n");
    EXPECT_EQ(proxy_.process().wait_for_exit(kDrainMax), 0);
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
    EXPECT_LT(base::Clock::now() - told, kGrace);
}

TEST_F(Drain, a_client_may_go_on_during_the_grace) {
    Client client(port_);
    ASSERT_EQ(client.ask("set k 0 0 1\r\na\r\n", "\r\n"), "STORED\r\n");

    const base::TimePoint told = tell_to_stop();
    wait_until_nobody_listens();

    EXPECT_EQ(client.ask("get k\r\n", "END\r\n"), "VALUE k 0 1\r\na\r\nEND\r\n");
    client.send("quit\r\n");
    EXPECT_TRUE(client.closed_by_peer());
    EXPECT_EQ(proxy_.process().wait_for_exit(kDrainMax), 0);
    EXPECT_LT(base::Clock::now() - told, kGrace);
}

TEST_F(Drain, a_second_signal_ends_it_at_once) {
    Client idle(port_);
    ASSERT_EQ(idle.ask("get k\r\n", "\r\n"), "END\r\n");
    const base::TimePoint told = tell_to_stop();
    wait_until_nobody_listens();

    tell_to_stop();

    EXPECT_EQ(proxy_.process().wait_for_exit(kDrainMax), 0);
    EXPECT_LT(base::Clock::now() - told, kGrace);
    EXPECT_TRUE(idle.closed_by_peer());
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
