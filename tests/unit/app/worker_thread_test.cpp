#include "app/worker_thread.h"

#include "http/server.h"
#include "unit/app/app_harness.h"

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

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

// Asks on the control thread, which is this one, and waits for the answer.
base::Expected<proxy::ConnectionPage> answer_to(const proxy::ConnectionQuestion& question,
                                                WorkerThread& worker, io::EventLoop& control) {
    std::optional<base::Expected<proxy::ConnectionPage>> answer;
    const base::Status asked =
        worker.ask(question, [&](base::Expected<proxy::ConnectionPage> page) {
            answer.emplace(std::move(page));
            control.stop();
        });
    EXPECT_TRUE(asked);
    control.run();
    return *answer;
}

TEST_F(WorkerThreadTest, tells_of_its_sessions_and_links_when_it_is_asked) {
    const Memcached node;
    ClientPair pair = client_pair();
    worker.adopt(snapshot_of(node.address(), 1));
    worker.hand_over(std::move(pair.ours), 0, clients);
    EXPECT_EQ(pair.client.ask("get a\r\n", "END\r\n"), "END\r\n");

    const auto sessions = answer_to({.side = proxy::Peer::Side::session}, worker, control);
    const auto links = answer_to({.side = proxy::Peer::Side::link}, worker, control);

    ASSERT_TRUE(sessions);
    ASSERT_EQ(sessions->rows.size(), 1U);
    EXPECT_EQ(sessions->rows[0].in_flight, 0U);
    EXPECT_GE(sessions->rows[0].age, base::Duration::zero());
    EXPECT_EQ(sessions->next, std::nullopt);
    ASSERT_TRUE(links);
    ASSERT_EQ(links->rows.size(), 1U);
    EXPECT_EQ(links->rows[0].node, 0U);
    EXPECT_EQ(links->rows[0].pool, 0U);
}

TEST_F(WorkerThreadTest, a_page_begins_where_the_one_before_has_ended) {
    std::vector<ClientPair> pairs;
    worker.adopt(snapshot_of({"127.0.0.1", 1}, 1));
    for (int i = 0; i < 5; ++i) {
        pairs.push_back(client_pair());
        worker.hand_over(std::move(pairs.back().ours), 0, clients);
    }

    const auto first = answer_to({.rows_max = 3}, worker, control);
    ASSERT_TRUE(first && first->next);
    const auto second = answer_to({.begin = *first->next, .rows_max = 3}, worker, control);

    EXPECT_EQ(first->rows.size(), 3U);
    ASSERT_TRUE(second);
    EXPECT_EQ(second->rows.size(), 2U);
}

TEST_F(WorkerThreadTest, a_request_over_http_waits_for_what_it_says) {
    ClientPair pair = client_pair();
    worker.adopt(snapshot_of({"127.0.0.1", 1}, 1));
    worker.hand_over(std::move(pair.ours), 0, clients);
    const auto answer = [this](const http::Request&) {
        http::Response response;
        response.later = std::make_shared<http::LaterResponse>();
        const base::Status asked = worker.ask(
            {}, [later = response.later](const base::Expected<proxy::ConnectionPage>& page) {
                http::Response known;
                known.body = page ? std::to_string(page->rows.size()) + " sessions" : "silent";
                later->give(std::move(known));
            });
        EXPECT_TRUE(asked);
        return response;
    };
    const auto refusal = [](unsigned, std::string_view, std::string_view) {
        return http::Response{};
    };
    http::Server::Options options;
    options.listener.address = {"127.0.0.1", 0};
    http::ServerCounters counters;
    const auto server =
        http::Server::open(control, options, {.answer = answer, .refusal = refusal}, counters);
    ASSERT_TRUE(server);

    std::string text;
    std::thread asking([&] {
        Client browser = Client::connect_to((*server)->port());
        text = browser.ask("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                           std::string(4096, '.'));  // all that comes until the end
        control.stop();
    });
    control.run();
    asking.join();

    EXPECT_THAT(text, testing::HasSubstr("\r\n\r\n1 sessions"));
}

}  // namespace
}  // namespace ringside::app::test
