#include "app/acceptor.h"

#include "unit/app/app_harness.h"

#include <algorithm>

namespace ringside::app::test {
namespace {

class AcceptorTest : public testing::Test {
  protected:
    void SetUp() override {
        for (std::uint32_t index = 0; index < 3; ++index) {
            workers.push_back(std::make_unique<WorkerThread>(
                control, registry,
                WorkerThread::Options{.index = index,
                                      .on_health = [](const health::HealthEvent&) {}}));
            workers.back()->adopt(snapshot_of({"127.0.0.1", 1}, 1));
            workers.back()->start();
        }
    }
    void TearDown() override { workers.clear(); }  // before the counts of their clients

    std::unique_ptr<Acceptor> open(std::uint32_t clients_max) {
        config::PoolConfig pool;
        pool.name = "alpha";
        pool.listen = {.address = {"127.0.0.1", 0}, .mode = std::nullopt, .text = "127.0.0.1:0"};
        pool.policy.client_connections_max = clients_max;
        auto bound = Acceptor::bind({control, registry, workers, client_counts, room}, pool, 0,
                                    {pool.listen, pool.listen.address});
        EXPECT_TRUE(bound && (*bound)->listen());
        return std::move(*bound);
    }
    // Runs the control loop until the condition holds after one of its events.
    void run_until(const std::function<bool()>& condition) {
        io::EventLoop::Timer patience(control);
        patience.arm(base::Clock::now() + kPatience, [this] { control.stop(); });
        control.run([this, &condition] {
            if (condition()) {
                control.stop();
            }
        });
        EXPECT_TRUE(condition());
    }
    std::vector<std::size_t> sessions() const {
        std::vector<std::size_t> counts;
        for (const auto& worker : workers) {
            counts.push_back(worker->session_count());
        }
        return counts;
    }
    std::int64_t refused() const {
        return registry.sum_pool(0)[static_cast<std::size_t>(metrics::PoolMetric::client_refused)];
    }

    metrics::Registry registry;
    ClientCounts client_counts;
    ClientRoom room{0, 3};
    io::EventLoop control;
    std::unique_ptr<Acceptor> acceptor;  // outlives the workers
    WorkerThreads workers;
};

TEST_F(AcceptorTest, spreads_few_clients_evenly) {
    acceptor = open(0);
    std::vector<Client> clients;

    for (int i = 0; i < 6; ++i) {
        clients.push_back(Client::connect_to(acceptor->port()));
    }
    run_until([this] {
        const auto counts = sessions();
        return std::count(counts.begin(), counts.end(), 2U) == 3;
    });

    EXPECT_THAT(sessions(), testing::Each(2U));
}

TEST_F(AcceptorTest, gives_a_client_to_the_worker_with_the_fewest) {
    acceptor = open(0);
    std::vector<Client> clients;
    for (int i = 0; i < 3; ++i) {
        clients.push_back(Client::connect_to(acceptor->port()));
    }
    run_until([this] { return sessions() == std::vector<std::size_t>{1, 1, 1}; });
    clients.erase(clients.begin());
    ASSERT_TRUE(holds_soon([this] {
        const auto counts = sessions();
        return std::count(counts.begin(), counts.end(), 0U) == 1;
    }));

    clients.push_back(Client::connect_to(acceptor->port()));
    run_until([this] { return sessions() == std::vector<std::size_t>{1, 1, 1}; });
}

TEST_F(AcceptorTest, closes_and_counts_clients_over_the_limit) {
    acceptor = open(1);

    Client first = Client::connect_to(acceptor->port());
    Client second = Client::connect_to(acceptor->port());
    run_until([this] { return refused() == 1; });

    EXPECT_TRUE(second.is_closed());
    first.close();
    ASSERT_TRUE(holds_soon([this] { return sessions() == std::vector<std::size_t>{0, 0, 0}; }));
    const Client third = Client::connect_to(acceptor->port());
    run_until([this] { return sessions() != std::vector<std::size_t>{0, 0, 0}; });
    EXPECT_EQ(refused(), 1);
}

TEST_F(AcceptorTest, closes_and_counts_clients_that_the_process_has_no_room_for) {
    ClientRoom little(4, 3);  // a quarter of it is one
    little.adopt({});
    config::PoolConfig pool;
    pool.listen = {.address = {"127.0.0.1", 0}, .mode = std::nullopt, .text = "127.0.0.1:0"};
    acceptor = std::move(*Acceptor::bind({control, registry, workers, client_counts, little}, pool,
                                         0, {pool.listen, pool.listen.address}));
    ASSERT_TRUE(acceptor->listen());

    const Client first = Client::connect_to(acceptor->port());
    Client second = Client::connect_to(acceptor->port());
    run_until([this] { return refused() == 1; });

    EXPECT_TRUE(second.is_closed());
}

TEST_F(AcceptorTest, names_pool_and_address_when_it_cannot_listen) {
    acceptor = open(0);
    config::PoolConfig other;
    other.name = "beta";
    other.listen = {
        .address = {"127.0.0.1", acceptor->port()}, .mode = std::nullopt, .text = "127.0.0.1:1"};

    const auto refused_to_open = Acceptor::bind({control, registry, workers, client_counts, room},
                                                other, 1, {other.listen, other.listen.address});

    ASSERT_FALSE(refused_to_open);
    EXPECT_EQ(refused_to_open.error().message,
              "pool beta: cannot listen on 127.0.0.1:1: bind: Address already in use");
}

TEST_F(AcceptorTest, does_not_begin_to_listen_when_the_process_ends) {
    config::PoolConfig pool;
    pool.listen = {.address = {"127.0.0.1", 0}, .mode = std::nullopt, .text = "127.0.0.1:0"};
    acceptor = std::move(*Acceptor::bind({control, registry, workers, client_counts, room}, pool, 0,
                                         {pool.listen, pool.listen.address}));
    ASSERT_TRUE(acceptor->is_waiting());

    acceptor->stop_taking();

    EXPECT_FALSE(acceptor->is_waiting());
    EXPECT_TRUE(acceptor->listen()) << "without effect";
    EXPECT_TRUE(is_refused({"127.0.0.1", acceptor->port()}));
    acceptor->close();
    EXPECT_EQ(acceptor->port(), 0);
}

TEST_F(AcceptorTest, listens_no_more_once_closed) {
    acceptor = open(0);
    const std::uint16_t port = acceptor->port();

    acceptor->close();

    Client client = Client::connect_to(port);
    EXPECT_EQ(acceptor->port(), 0);
    EXPECT_THAT(sessions(), testing::Each(0U));
}

}  // namespace
}  // namespace ringside::app::test
