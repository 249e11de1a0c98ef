#include "app/app.h"

#include "unit/app/app_harness.h"

#include <poll.h>

#include <fstream>

namespace ringside::app::test {
namespace {

using testing::HasSubstr;

config::Listen any_port() {
    return {.address = {"127.0.0.1", 0}, .mode = std::nullopt, .text = "127.0.0.1:0"};
}

config::Config config_with(const routing::Address& node) {
    config::Config config;
    config.process.admin = any_port();
    config.process.admin_is_default = false;
    config.process.watch_config = false;
    config.process.drain.grace = base::milliseconds(0);
    config::PoolConfig pool;
    pool.name = "alpha";
    pool.listen = any_port();
    pool.source = config::StaticSource{
        {.members = {{.name = "one", .address = node, .weight = 1}}, .source_version = 0}};
    config.pools.push_back(pool);
    return config;
}

// An App that runs on a thread of its own until it is told to stop.
class RunningApp {
  public:
    explicit RunningApp(const config::Config& config, App::Setup setup = {.worker_count = 2}) {
        auto opened = App::open(config, std::move(setup));
        EXPECT_TRUE(opened) << opened.error().message;
        app_ = std::move(*opened);
        thread_ = std::thread([this] { EXPECT_TRUE(app_->run()); });
    }
    ~RunningApp() { join(); }
    RunningApp(const RunningApp&) = delete;
    RunningApp& operator=(const RunningApp&) = delete;

    App* operator->() { return app_.get(); }

    void join() {
        if (thread_.joinable()) {
            thread_.join();
        }
    }

  private:
    std::unique_ptr<App> app_;
    std::thread thread_;
};

TEST(App, carries_a_request_from_client_to_node_and_back) {
    const Memcached node;
    RunningApp app(config_with(node.address()));
    Client client = Client::connect_to(app->pool_port("alpha"));

    const std::string answers =
        client.ask("set a 0 0 1\r\n1\r\nget a\r\n", "STORED\r\nVALUE a 0 1\r\n1\r\nEND\r\n");
    client.close();
    app->request_stop();

    EXPECT_EQ(answers, "STORED\r\nVALUE a 0 1\r\n1\r\nEND\r\n");
}

TEST(App, answers_at_the_admin_api) {
    const Memcached node;
    RunningApp app(config_with(node.address()));
    Client client = Client::connect_to(app->admin_port());

    const std::string answer =
        client.ask("GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 200");
    app->request_stop();

    EXPECT_EQ(answer, "HTTP/1.1 200");
}

TEST(App, goes_on_for_the_grace_when_it_is_told_to_stop_and_says_that_it_is_not_ready) {
    const Memcached node;
    config::Config config = config_with(node.address());
    config.process.drain.grace = std::chrono::hours(1);
    RunningApp app(config);
    const auto is_ready = [&app](std::string_view status) {
        Client probe = Client::connect_to(app->admin_port());
        const std::string want = "HTTP/1.1 " + std::string(status);
        return probe.ask("GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n", want) == want;
    };
    ASSERT_TRUE(is_ready("200"));

    app->request_stop();

    EXPECT_TRUE(holds_soon([&is_ready] { return is_ready("503"); }));
    Client client = Client::connect_to(app->pool_port("alpha"));
    EXPECT_EQ(client.ask("get a\r\n", "END\r\n"), "END\r\n");
    Client probe = Client::connect_to(app->admin_port());
    EXPECT_EQ(probe.ask("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 200"),
              "HTTP/1.1 200");
    app->request_stop();  // a second time: it need not be waited for
}

TEST(App, tells_its_clients_the_end_and_ends_when_they_have_closed) {
    const Memcached node;
    RunningApp app(config_with(node.address()));
    Client client = Client::connect_to(app->pool_port("alpha"));
    ASSERT_EQ(client.ask("get a\r\n", "END\r\n"), "END\r\n");

    app->request_stop();
    const bool is_told = client.is_closed();
    client.close();
    app.join();

    EXPECT_TRUE(is_told);
}

TEST(App, cuts_clients_off_when_it_is_told_to_stop_a_second_time) {
    const Memcached node;
    config::Config config = config_with(node.address());
    config.process.drain.grace = std::chrono::hours(1);
    RunningApp app(config);
    Client client = Client::connect_to(app->pool_port("alpha"));
    ASSERT_EQ(client.ask("get a\r\n", "END\r\n"), "END\r\n");

    app->request_stop();
    app->request_stop();
    app.join();  // long before the grace is over
}

TEST(App, loads_what_its_file_has_become_between_being_read_and_being_watched) {
    const Memcached node;
    const std::string path =
        testing::TempDir() + "ringside_app_test_config." + std::to_string(::getpid());
    std::ofstream(path) << "what it is now\n";
    config::Config config = config_with(node.address());
    config.process.watch_config = true;
    Options options;
    options.conf_file = path;

    RunningApp app(config, {.file = ConfigFile(options), .text = "what was read\n"});

    EXPECT_TRUE(holds_soon([&app] {
        Client client = Client::connect_to(app->admin_port());
        const std::string answer =
            client.ask("GET /config HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                       std::string(1 << 16, ' '));
        return answer.find("changed file") != std::string::npos;
    }));
    app->request_stop();
    std::filesystem::remove(path);
}

TEST(App, does_not_start_without_its_addresses) {
    const auto first = App::open(config_with({"127.0.0.1", 1}), {});
    ASSERT_TRUE(first);
    config::Config taken_pool = config_with({"127.0.0.1", 1});
    taken_pool.pools[0].listen.address.port = (*first)->pool_port("alpha");
    config::Config taken_admin = config_with({"127.0.0.1", 1});
    taken_admin.process.admin.address.port = (*first)->admin_port();
    config::Config taken_probes = config_with({"127.0.0.1", 1});
    taken_probes.process.probes = taken_admin.process.admin;

    EXPECT_THAT(App::open(taken_pool, {}).error().message,
                HasSubstr("pool alpha: cannot listen on 127.0.0.1:0: "));
    EXPECT_THAT(App::open(taken_admin, {}).error().message,
                HasSubstr("admin: cannot listen on 127.0.0.1:0: "));
    EXPECT_THAT(App::open(taken_probes, {}).error().message,
                HasSubstr("probes: cannot listen on 127.0.0.1:0: "));
}

TEST(App, runs_without_an_admin_api_when_only_the_default_address_is_taken) {
    const auto first = App::open(config_with({"127.0.0.1", 1}), {});
    ASSERT_TRUE(first);
    config::Config second = config_with({"127.0.0.1", 1});
    second.process.admin.address.port = (*first)->admin_port();
    second.process.admin_is_default = true;

    const auto app = App::open(second, {});

    ASSERT_TRUE(app);
    EXPECT_EQ((*app)->admin_port(), 0);
}

}  // namespace
}  // namespace ringside::app::test
