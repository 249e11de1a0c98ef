#include "app/worker_thread.h"

#include "unit/app/app_harness.h"

#include <optional>

namespace ringside::app::test {
namespace {

using testing::ElementsAre;

struct ClientPair {
    io::FileDescriptor ours;  // as a listener would hand it over
    Client client;
};

ClientPair client_pair() {
    std::array<int, 2> fds{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()), 0);
    EXPECT_EQ(::fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
    return {io::FileDescriptor(fds[0]), Client(io::FileDescriptor(fds[1]))};
}

class WorkerThreadTest : public testing::Test {
  protected:
    void SetUp() override { worker.start(); }

    metrics::Registry registry;
    io::EventLoop control;
    std::vector<health::HealthEvent> health;
    ClientCount clients;
    WorkerThread worker{control, registry, {.on_health = [this](const health::HealthEvent& event) {
                            health.push_back(event);
                            control.stop();
                        }}};
};

TEST_F(WorkerThreadTest, serves_a_client_that_was_handed_over) {
    const Memcached node;
    ClientPair pair = client_pair();
    worker.adopt(snapshot_of(node.address(), 1));

    worker.hand_over(std::move(pair.ours), 0, clients);
    const std::string stored = pair.client.ask("set a 0 0 5\r\nhello\r\n", "STORED\r\n");
    const std::string value = pair.client.ask("get a\r\n", "VALUE a 0 5\r\nhello\r\nEND\r\n");

    EXPECT_EQ(stored, "STORED\r\n");
    EXPECT_EQ(value, "VALUE a 0 5\r\nhello\r\nEND\r\n");
}

TEST_F(WorkerThreadTest, counts_a_client_from_hand_over_to_close) {
    ClientPair pair = client_pair();
    worker.adopt(snapshot_of({"/nonexistent/node.sock", 0}, 1));

    worker.hand_over(std::move(pair.ours), 0, clients);
    EXPECT_EQ(worker.session_count(), 1U);
    EXPECT_EQ(clients.value(), 1U);
    EXPECT_EQ(registry.current_connections(), 1U);
    pair.client.close();

    EXPECT_TRUE(holds_soon([this] { return worker.session_count() == 0; }));
    EXPECT_TRUE(holds_soon([this] { return registry.current_connections() == 0; }));
    EXPECT_EQ(clients.value(), 0U);
    EXPECT_EQ(registry.total_connections(), 1U);
}

TEST_F(WorkerThreadTest, closes_a_client_of_an_unknown_pool) {
    ClientPair pair = client_pair();

    worker.hand_over(std::move(pair.ours), 7, clients);

    EXPECT_TRUE(pair.client.is_closed());
    EXPECT_TRUE(holds_soon([this] { return worker.session_count() == 0; }));
    EXPECT_EQ(clients.value(), 0U);
}

TEST_F(WorkerThreadTest, tells_which_snapshot_it_routes_by) {
    worker.adopt(snapshot_of({"127.0.0.1", 1}, 7));

    EXPECT_TRUE(holds_soon([this] { return worker.adopted_version() == 7; }));
}

TEST_F(WorkerThreadTest, reports_a_node_that_cannot_be_reached_on_the_control_thread) {
    ClientPair pair = client_pair();
    worker.adopt(snapshot_of({"/nonexistent/node.sock", 0}, 1));
    worker.hand_over(std::move(pair.ours), 0, clients);

    const std::string answer = pair.client.ask("get a\r\n", "SERVER_ERROR ");
    control.run();

    EXPECT_EQ(answer, "SERVER_ERROR ");
    ASSERT_EQ(health.size(), 1U);
    EXPECT_EQ(health[0].kind, health::HealthKind::no_connection);
}

TEST_F(WorkerThreadTest, closes_its_clients_when_it_is_drained) {
    ClientPair pair = client_pair();
    worker.adopt(snapshot_of({"127.0.0.1", 1}, 1));
    worker.hand_over(std::move(pair.ours), 0, clients);

    worker.drain();

    EXPECT_TRUE(pair.client.is_closed());
    pair.client.close();
    EXPECT_TRUE(holds_soon([this] { return worker.session_count() == 0; }));
    EXPECT_TRUE(holds_soon([this] { return worker.is_drained(); }));
}

TEST_F(WorkerThreadTest, reuses_a_slot_for_a_link_without_counting_a_client) {
    const Memcached node;
    ClientPair first = client_pair();
    ClientPair second = client_pair();
    worker.adopt(snapshot_of(node.address(), 1));
    worker.hand_over(std::move(first.ours), 0, clients);
    worker.hand_over(std::move(second.ours), 0, clients);
    first.client.close();
    EXPECT_TRUE(holds_soon([this] { return clients.value() == 1; }));

    // The link takes the slot that the first client has left.
    EXPECT_EQ(second.client.ask("get a\r\n", "END\r\n"), "END\r\n");
    second.client.close();

    EXPECT_TRUE(holds_soon([this] { return registry.current_connections() == 1; }));
    EXPECT_EQ(clients.value(), 0U);
    EXPECT_EQ(worker.session_count(), 0U);
}

}  // namespace
}  // namespace ringside::app::test
