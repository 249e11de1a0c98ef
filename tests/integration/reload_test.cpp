// The configuration changes while clients work: what changes changes, and nobody else notices.
#include "integration/support/load.h"
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <signal.h>

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::testing {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using ::testing::HasSubstr;

constexpr const char* kGet = "get k\r\n";
constexpr const char* kMiss = "END\r\n";

int count(std::string_view text, std::string_view word) {
    int found = 0;
    for (std::size_t at = 0; (at = text.find(word, at)) != std::string_view::npos; ++at) {
        ++found;
    }
    return found;
}

// A proxy whose configuration is `file()`, with a pool "steady" that is never touched.
class Reload : public ::testing::Test {
  protected:
    std::string pool(const std::string& name, int port, const MemcachedNode& node,
                     std::vector<std::string> settings = {}) const {
        return to_yaml({.name = name,
                        .listen = fmt::format("127.0.0.1:{}", port),
                        .servers = {server_line(node.address(), 1, "node")},
                        .settings = std::move(settings)});
    }
    std::string steady() const { return pool("steady", steady_port_, nodes_[0]); }
    std::string process(std::string_view more = {}) const {
        return fmt::format(
            "ringside:\n  admin: 127.0.0.1:{}\n  stats: 127.0.0.1:{}\n  workers: 2\n{}",
            proxy_.admin_port(), proxy_.stats_port(), more);
    }
    // Replaces the file as a careful editor does.
    void write(const std::string& yaml) {
        directory_.write("new", yaml);
        fs::rename(directory_.file("new"), proxy_.config_path());
    }
    Json config() const { return Json::parse(proxy_.get("/config").body); }
    void wait_for_generation(int generation) {
        proxy_.wait_until([&] { return config().at("generation") == generation; },
                          fmt::format("generation {}", generation));
    }
    void wait_for_refusals(int count) {
        proxy_.wait_until([&] { return config().at("refused") == count; },
                          fmt::format("{} refusals", count));
    }

    TemporaryDirectory directory_;
    std::array<MemcachedNode, 2> nodes_;
    std::uint16_t steady_port_ = free_port();
    std::uint16_t port_ = free_port();
    Proxy proxy_{{.pools = to_yaml({.name = "steady",
                                    .listen = fmt::format("127.0.0.1:{}", steady_port_),
                                    .servers = {server_line(nodes_[0].address(), 1, "node")}}),
                  .settings = "  workers: 2\n"}};
};

TEST_F(Reload, pools_come_change_and_go_and_the_clients_of_others_do_not_notice) {
    Load load(steady_port_, {"--clients", "10", "--pipeline", "4"});
    const std::uint16_t moved_port = free_port();

    write(process() + steady() + pool("other", port_, nodes_[1]));
    wait_for_generation(2);
    Client client(port_);
    EXPECT_EQ(client.ask("set k 0 0 1\r\na\r\n", "\r\n"), "STORED\r\n");

    write(process() + steady() + pool("other", port_, nodes_[0], {"client_connections: 1"}));
    wait_for_generation(3);
    proxy_.wait_until([&] { return client.ask(kGet, "END\r\n") == kMiss; }, "the other node");
    EXPECT_TRUE(Client(port_).closed_by_peer());

    write(process() + steady() + pool("other", moved_port, nodes_[0]));
    wait_for_generation(4);
    EXPECT_FALSE(accepts(port_));
    EXPECT_EQ(Client(moved_port).ask(kGet, "END\r\n"), kMiss);
    EXPECT_EQ(client.ask(kGet, "END\r\n"), kMiss);

    write(process() + steady());
    wait_for_generation(5);
    EXPECT_TRUE(client.closed_by_peer());
    EXPECT_FALSE(accepts(moved_port));

    const LoadReport report = load.stop();
    EXPECT_EQ(report.exit_code, 0) << report.text;
    EXPECT_EQ(report.lost + report.errors + report.wrong, 0) << report.text;
    EXPECT_GT(report.requests, 0);
}

TEST_F(Reload, what_is_under_way_in_a_removed_pool_is_answered) {
    write(process() + steady() + pool("other", port_, nodes_[1], {"timeout: 20000"}));
    wait_for_generation(2);
    Client client(port_);
    ASSERT_EQ(client.ask(kGet, "END\r\n"), kMiss);
    nodes_[1].pause();
    client.send(kGet);
    const auto is_under_way = [this] {
        const Json pool = Json::parse(proxy_.get("/pools/other").body);
        return pool.at("nodes").at(0).at("metrics").at("out_queue") == 1;
    };
    proxy_.wait_until(is_under_way, "the request at the node");

    write(process() + steady());
    wait_for_generation(3);
    nodes_[1].resume();

    EXPECT_EQ(client.read_to_end(), kMiss);
}

TEST_F(Reload, a_wrong_file_changes_nothing_and_the_reason_is_shown) {
    Client client(steady_port_);

    write(process() + steady() + "other: {listen: 127.0.0.1, servers: [a:1:1]}\n");
    wait_for_refusals(1);

    const Json last = config().at("last_attempt");
    EXPECT_EQ(last.at("applied"), false);
    EXPECT_EQ(last.at("trigger"), "changed file");
    EXPECT_THAT(last.at("reason").get<std::string>(), HasSubstr("other.listen: \"127.0.0.1\""));
    EXPECT_EQ(config().at("generation"), 1);
    EXPECT_EQ(client.ask(kGet, "END\r\n"), kMiss);
    EXPECT_THAT(proxy_.process().errors(), HasSubstr("the old one stays"));

    write(process() + steady() + pool("other", port_, nodes_[1]));
    wait_for_generation(2);
    EXPECT_EQ(Client(port_).ask(kGet, "END\r\n"), kMiss);
}

TEST_F(Reload, an_address_that_is_taken_leaves_every_pool_as_it_was) {
    const std::uint16_t moved_port = free_port();
    write(process() + pool("steady", moved_port, nodes_[0]) +
          pool("other", nodes_[1].port(), nodes_[1]));

    wait_for_refusals(1);

    EXPECT_THAT(config().at("last_attempt").at("reason").get<std::string>(),
                HasSubstr("pool other: cannot listen on "));
    EXPECT_TRUE(accepts(steady_port_));
    EXPECT_FALSE(accepts(moved_port));
}

TEST_F(Reload, an_address_gives_way_to_one_that_overlaps_it_and_back) {
    Client client(steady_port_);
    int generation = 1;
    for (const char* host : {"0.0.0.0", "127.0.0.1"}) {
        write(process() + to_yaml({.name = "steady",
                                   .listen = fmt::format("{}:{}", host, steady_port_),
                                   .servers = {server_line(nodes_[0].address(), 1, "node")}}));
        wait_for_generation(++generation);

        EXPECT_EQ(Client(steady_port_).ask(kGet, "END\r\n"), kMiss) << host;
        EXPECT_EQ(client.ask(kGet, "END\r\n"), kMiss) << "a client from before, " << host;
    }
}

TEST_F(Reload, is_done_at_sighup_and_by_ringctl_as_well) {
    write(process("  watch_config: false\n") + steady());
    wait_for_generation(2);
    EXPECT_EQ(config().at("watched"), false);

    proxy_.process().signal(SIGHUP);
    wait_for_generation(3);
    EXPECT_EQ(config().at("last_attempt").at("trigger"), "SIGHUP");

    const Outcome applied = proxy_.ringctl({"reload"});
    EXPECT_EQ(applied.exit_code, 0) << applied.errors;
    EXPECT_THAT(applied.output, HasSubstr("generation    4"));

    write("nonsense\n");
    const Outcome refused = proxy_.ringctl({"reload"});
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.errors, HasSubstr("this is not a map of pools"));
    EXPECT_THAT(proxy_.ringctl({"config"}).output, HasSubstr("refused"));
}

TEST_F(Reload, a_storm_of_sighups_loses_no_request_and_no_descriptor) {
    Load load(steady_port_, {"--clients", "10", "--pipeline", "4"});
    Process& process = proxy_.process();
    const std::size_t open_files = process.open_files();

    for (int i = 0; i < 500; ++i) {
        process.signal(SIGHUP);
    }
    proxy_.wait_until([&] { return config().at("last_attempt").at("trigger") == "SIGHUP"; },
                      "a reload");

    proxy_.wait_until([&] { return process.open_files() <= open_files; }, "few open files");
    const LoadReport report = load.stop();
    EXPECT_EQ(report.exit_code, 0) << report.text;
    EXPECT_EQ(report.lost + report.errors + report.wrong, 0) << report.text;
    EXPECT_EQ(config().at("refused"), 0);
}

TEST_F(Reload, a_burst_of_sighups_is_a_few_loads) {
    constexpr base::milliseconds kBetweenLoads{100};
    const base::TimePoint start = base::Clock::now();

    for (int i = 0; i < 200; ++i) {
        proxy_.process().signal(SIGHUP);
    }
    // The first is a load at once, and those behind it are one more, unless they are one signal.
    proxy_.wait_until([&] { return config().at("generation") >= 2; }, "a load");

    const int loads = config().at("generation").get<int>() - 1;
    EXPECT_LE(loads, 2 + (base::Clock::now() - start) / kBetweenLoads);
    EXPECT_EQ(config().at("refused"), 0);
    EXPECT_LE(count(proxy_.process().errors(), "the log is open"), loads + 1);
}

TEST_F(Reload, keeps_the_operators_ejection_and_the_counters) {
    const auto two_nodes = [this](std::string_view timeout) {
        return to_yaml({.name = "steady",
                        .listen = fmt::format("127.0.0.1:{}", steady_port_),
                        .servers = {server_line(nodes_[0].address(), 1, "node"),
                                    server_line(nodes_[1].address(), 1, "other")},
                        .settings = {fmt::format("timeout: {}", timeout)}});
    };
    write(process() + two_nodes("1000"));
    wait_for_generation(2);
    ASSERT_EQ(Client(steady_port_).ask(kGet, "END\r\n"), kMiss);
    ASSERT_EQ(proxy_.post("/pools/steady/nodes/other/eject").status, 200);
    const auto pool = [this] { return Json::parse(proxy_.get("/pools/steady").body); };
    const Json before = pool();

    write(process() + two_nodes("2000"));
    wait_for_generation(3);

    const Json after = pool();
    EXPECT_EQ(after.at("policy").at("timeout_ms"), 2000);
    EXPECT_EQ(after.at("nodes").at(1).at("state"), "ejected_by_operator");
    EXPECT_EQ(after.at("metrics").at("requests"), before.at("metrics").at("requests"));
    EXPECT_GT(after.at("metrics").at("requests"), 0);
}

TEST_F(Reload, another_protocol_is_another_pool_under_the_same_address) {
    RedisNode redis;
    Client client(steady_port_);
    ASSERT_EQ(client.ask(kGet, "END\r\n"), kMiss);

    write(process() + to_yaml({.name = "steady",
                               .listen = fmt::format("127.0.0.1:{}", steady_port_),
                               .servers = {server_line(redis.address())},
                               .settings = {"redis: true"}}));
    wait_for_generation(2);

    EXPECT_TRUE(client.closed_by_peer());
    EXPECT_EQ(Client(steady_port_).ask("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n", "\r\n"), "$-1\r\n");
}

TEST_F(Reload, another_database_is_not_asked_over_the_links_to_the_old_one) {
    RedisNode redis;
    const auto database = [&](int number) {
        return to_yaml({.name = "other",
                        .listen = fmt::format("127.0.0.1:{}", port_),
                        .servers = {server_line(redis.address())},
                        .settings = {"redis: true", fmt::format("redis_db: {}", number)}});
    };
    write(process() + steady() + database(0));
    wait_for_generation(2);
    Client client(port_);
    ASSERT_EQ(client.ask("SET k a\r\n", "\r\n"), "+OK\r\n");

    write(process() + steady() + database(1));
    wait_for_generation(3);

    proxy_.wait_until([&] { return client.ask("EXISTS k\r\n", "\r\n") == ":0\r\n"; },
                      "the other database");
}

TEST_F(Reload, settings_that_need_a_restart_are_named) {
    write(process("  probes: 127.0.0.1:1\n") + steady());
    wait_for_generation(2);

    EXPECT_EQ(config().at("waiting_for_restart"), Json::array({"ringside.probes"}));
    EXPECT_THAT(proxy_.process().errors(), HasSubstr("ringside.probes has changed"));
}

TEST_F(Reload, links_of_a_removed_pool_are_closed_and_its_counters_go_on_when_it_is_back) {
    // Given a pool that was used
    const std::string both = process() + steady() + pool("other", port_, nodes_[1]);
    write(both);
    wait_for_generation(2);
    ASSERT_EQ(Client(port_).ask(kGet, "END\r\n"), kMiss);
    const auto connections = [this] {
        const std::string stats = nodes_[1].client().ask("stats\r\n", "END\r\n");
        const std::size_t at = stats.find("curr_connections ") + 17;
        return std::stoi(stats.substr(at));
    };
    const int with_link = connections();

    // When it goes, until nothing of it is left, and comes back
    write(process() + steady());
    wait_for_generation(3);
    proxy_.wait_until([&] { return connections() < with_link; }, "the end of the link");
    write(both);
    wait_for_generation(4);
    ASSERT_EQ(Client(port_).ask(kGet, "END\r\n"), kMiss);

    // Then
    const Json other = Json::parse(proxy_.get("/pools/other").body);
    EXPECT_EQ(other.at("metrics").at("requests"), 2);
    EXPECT_EQ(other.at("nodes").at(0).at("metrics").at("requests"), 2);
}

// kubelet's way: README of pkg/volume/util/atomic_writer.go.
TEST(ReloadOfAMountedFile, follows_the_swap_of_the_data_link) {
    TemporaryDirectory mount;
    MemcachedNode node;
    const std::uint16_t admin_port = free_port();
    const std::array<std::uint16_t, 3> ports = {free_port(), free_port(), free_port()};
    const auto publish = [&](std::size_t generation) {
        const std::string folder = fmt::format("..{}", generation);
        fs::create_directory(mount.file(folder));
        mount.write(folder + "/ringside.yml",
                    fmt::format("ringside: {{admin: '127.0.0.1:{}', stats: off, workers: 1}}\n",
                                admin_port) +
                        to_yaml({.listen = fmt::format("127.0.0.1:{}", ports[generation]),
                                 .servers = {server_line(node.address())}}));
        fs::create_symlink(folder, mount.file("..data_tmp"));
        fs::rename(mount.file("..data_tmp"), mount.file("..data"));
        if (generation > 0) {
            fs::remove_all(mount.file(fmt::format("..{}", generation - 1)));
        }
    };
    publish(0);
    fs::create_symlink("..data/ringside.yml", mount.file("ringside.yml"));
    Process process({program("ringside"), "-c", mount.file("ringside.yml")});
    process.wait_until([&] { return accepts(ports[0]); }, "the first port");

    for (const std::size_t generation : {1, 2}) {
        publish(generation);
        process.wait_until([&] { return accepts(ports[generation]); }, "the next port");
        process.wait_until([&] { return !accepts(ports[generation - 1]); }, "the old one's end");
    }

    EXPECT_EQ(process.stop(), 0);
}

}  // namespace
}  // namespace ringside::testing
