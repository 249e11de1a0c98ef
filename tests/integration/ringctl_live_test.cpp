// What ringctl shows while it runs (--watch, top, events), and what check finds wrong with a proxy.
#include "integration/support/network.h"
#include "integration/support/pool_text.h"
#include "integration/support/process.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"
#include "integration/support/temporary_directory.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <signal.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

namespace ringside::testing {
namespace {

using Json = nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using Words = std::vector<std::string>;

std::size_t count_of(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) {
        ++count;
    }
    return count;
}

class RingctlLive : public ::testing::Test {
  protected:
    Words command(const Words& words) const {
        Words all{program("ringctl"), "--admin", fmt::format("127.0.0.1:{}", proxy_.admin_port())};
        all.insert(all.end(), words.begin(), words.end());
        return all;
    }
    std::string pools(Words settings = {}) const {
        return pool_before(nodes_, port_, std::move(settings));
    }
    // What `check` has found where; the worst of it is the exit code.
    Json findings(int exit_code) const {
        const Outcome outcome = proxy_.ringctl({"check", "-o", "json"});
        EXPECT_EQ(outcome.exit_code, exit_code) << outcome.output << outcome.errors;
        Json found = Json::array();
        const Json answer = Json::parse(outcome.output);
        for (const Json& finding : answer.at("findings")) {
            if (finding.at("severity") != "hint") {
                found.push_back(finding);
            }
        }
        return found;
    }

    std::vector<MemcachedNode> nodes_{3};
    std::uint16_t port_ = free_port();
    Proxy proxy_{{.pools = pools({"auto_eject_hosts: true", "server_failure_limit: 2",
                                  "server_retry_timeout: 300", "timeout: 300", "hash: murmur"})}};
};

// --- watch ---

TEST_F(RingctlLive, a_watch_reads_as_often_as_it_is_told) {
    const Outcome tables = proxy_.ringctl({"pools", "--watch=100ms", "--count", "3"});
    const Outcome yaml = proxy_.ringctl({"pools", "--watch=100ms", "--count", "2", "-o", "yaml"});

    EXPECT_EQ(tables.exit_code, 0);
    EXPECT_EQ(count_of(tables.output, "POOL  "), 3U);
    EXPECT_THAT(tables.output, Not(HasSubstr("\x1b")));  // not on a terminal
    EXPECT_EQ(count_of(yaml.output, "\n---\n"), 1U);
}

// script(1) gives it a terminal.
TEST_F(RingctlLive, a_watch_takes_the_place_of_the_reading_before_on_a_terminal) {
    const Outcome outcome =
        run({"/usr/bin/script", "-qec",
             fmt::format("{} --admin 127.0.0.1:{} pools --watch=100ms --count 2",
                         program("ringctl"), proxy_.admin_port()),
             "/dev/null"},
            {"NO_COLOR=1"});

    EXPECT_EQ(count_of(outcome.output, "\x1b[H\x1b[2J"), 2U);
    EXPECT_EQ(count_of(outcome.output, "POOL  "), 2U);
}

TEST_F(RingctlLive, a_watch_sees_what_changes_and_ends_with_how_it_is_then) {
    Process watch(command({"status", "--watch=100ms", "--count", "600"}));
    watch.wait_for_text("healthz: ok");

    proxy_.post("/pools/pool/nodes/node-1/eject");

    watch.wait_for_text("healthz: degraded");
    EXPECT_EQ(proxy_.ringctl({"status", "--watch=100ms", "--count", "2"}).exit_code, 4);
}

TEST_F(RingctlLive, a_watch_bears_a_proxy_that_is_gone) {
    Process watch(command({"pools", "--watch=100ms", "--count", "600"}));
    watch.wait_for_text("POOL  ");

    proxy_.process().signal(SIGKILL);

    watch.wait_until([&] { return count_of(watch.errors(), "is ringside running there?") >= 2; },
                     "two readings without an answer");
}

// --- top ---

TEST_F(RingctlLive, top_shows_what_happens_between_two_readings) {
    Client client(port_);
    client.ask("set counted 0 0 1\r\nx\r\n", "STORED\r\n");
    for (int i = 0; i < 50; ++i) {
        client.ask("get counted\r\n", "END\r\n");
    }
    // While ringctl looks twice, requests go on.
    Process top(command({"top", "pool", "--watch=200ms", "--count", "3", "-o", "json"}));
    while (top.running()) {
        client.ask("get counted\r\n", "END\r\n");
        client.ask("get missed\r\n", "END\r\n");
    }
    ASSERT_EQ(top.wait_for_exit(), 0) << top.errors();

    std::istringstream documents(top.output());
    std::vector<Json> readings;
    for (std::string line, text; std::getline(documents, line);) {
        text += line + "\n";
        if (line == "}") {
            readings.push_back(Json::parse(text));
            text.clear();
        }
    }
    ASSERT_THAT(readings, SizeIs(3));
    const Json& rows = readings.at(1).at("traffic");
    ASSERT_EQ(rows.size(), 4U);  // the pool, then its nodes
    EXPECT_EQ(rows[0].at("node"), nullptr);
    EXPECT_GT(rows[0].at("requests_per_s").get<double>(), 10);
    EXPECT_NEAR(rows[0].at("hit_share").get<double>(), 0.5, 0.25);
    EXPECT_EQ(rows[0].at("connections"), 1);
    EXPECT_GE(rows[0].at("p99_us").get<int>(), rows[0].at("p50_us").get<int>());
    EXPECT_EQ(rows[0].at("errors_per_s"), 0);
    double of_nodes = 0;
    for (std::size_t i = 1; i < rows.size(); ++i) {
        of_nodes += rows[i].at("requests_per_s").get<double>();
    }
    // The counters are read while they move: a few requests are counted in one place only.
    const auto of_pool = rows[0].at("requests_per_s").get<double>();
    EXPECT_NEAR(of_nodes, of_pool, of_pool * 0.1 + 25);
}

TEST_F(RingctlLive, top_is_a_table_of_pools_and_nodes) {
    const Outcome outcome = proxy_.ringctl({"top", "--watch=100ms", "--count", "1"});

    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_THAT(outcome.output, AllOf(HasSubstr("REQ/S"), HasSubstr("node-2"), HasSubstr("P99")));
}

// --- events ---

TEST_F(RingctlLive, events_are_a_line_each_until_so_many_have_come) {
    Process events(command({"events", "--count", "3"}));
    proxy_.wait_for_body("/metrics", "ringside_event_streams 1\n");
    proxy_.post("/pools/pool/nodes/node-1/eject");
    proxy_.wait_until(
        [&] {
            proxy_.post("/config/reload");
            return !events.running();
        },
        "three events");

    EXPECT_EQ(events.wait_for_exit(), 0);
    EXPECT_EQ(count_of(events.output(), "\n"), 3U);
    EXPECT_THAT(events.output(),
                AllOf(HasSubstr("ring    pool pool: ejection by the operator: !node-1; 2 of 3"),
                      HasSubstr("of the keys moved")));
}

TEST_F(RingctlLive, events_for_programs_are_lines_of_json_and_end_with_the_process) {
    Process events(command({"events", "-o", "json"}));
    proxy_.wait_until(
        [&] {
            proxy_.post("/config/reload");
            return events.output().find('\n') != std::string::npos;
        },
        "a reload");

    proxy_.process().signal(SIGTERM);

    EXPECT_EQ(events.wait_for_exit(), 3);
    EXPECT_THAT(events.errors(), HasSubstr("has ended the stream"));
    std::istringstream lines(events.output());
    std::vector<std::string> names;
    for (std::string line; std::getline(lines, line);) {
        const Json event = Json::parse(line);
        EXPECT_TRUE(event.at("data").is_object());
        names.push_back(event.at("event"));
    }
    EXPECT_EQ(names.front(), "reload");
    EXPECT_EQ(names.back(), "drain");
}

TEST_F(RingctlLive, the_ninth_listener_is_told_why_it_hears_nothing) {
    std::vector<Client> listeners;
    for (int i = 0; i < 8; ++i) {
        listeners.emplace_back(proxy_.admin_port());
        listeners.back().ask("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n", "data: {}\n\n");
    }

    const Outcome outcome = proxy_.ringctl({"events"});

    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.errors, HasSubstr("8 clients listen to events already"));
    proxy_.process().signal(SIGKILL);
    proxy_.process().wait_for_exit();
    EXPECT_EQ(proxy_.ringctl({"events"}).exit_code, 3);
}

// --- check ---

TEST_F(RingctlLive, check_finds_nothing_wrong_with_a_proxy_that_is_well) {
    EXPECT_THAT(findings(0), IsEmpty());
    EXPECT_THAT(proxy_.ringctl({"check"}).output, Not(HasSubstr("warning")));
}

TEST_F(RingctlLive, check_finds_a_dead_node_and_says_how_to_mend_it) {
    Client client(port_);
    nodes_[1].kill();
    proxy_.wait_until(
        [&] {
            for (int i = 0; i < 30; ++i) {
                client.ask(fmt::format("get key-{}\r\n", i), "\r\n");
            }
            return proxy_.get("/healthz").body.find("degraded") != std::string::npos;
        },
        "a pool that is degraded");

    const Json found = findings(4);
    const Outcome text = proxy_.ringctl({"check"});

    ASSERT_EQ(found.size(), 1U) << found;
    EXPECT_EQ(found[0].at("severity"), "warning");
    EXPECT_EQ(found[0].at("where"), "pool pool");
    EXPECT_THAT(found[0].at("what"), HasSubstr("node-1"));
    EXPECT_THAT(found[0].at("remedy"), HasSubstr("mend the node"));
    EXPECT_EQ(text.exit_code, 4);
    EXPECT_THAT(text.output, AllOf(HasSubstr("warning  pool pool: 1 of 3 nodes"),
                                   HasSubstr("\n         mend: ")));
    EXPECT_EQ(proxy_.ringctl({"status"}).exit_code, 4);
}

TEST_F(RingctlLive, check_does_not_advise_to_set_what_is_set) {
    Client client(port_);
    for (MemcachedNode& node : nodes_) {
        node.kill();
    }
    proxy_.wait_until(
        [&] {
            for (int i = 0; i < 30; ++i) {
                client.ask(fmt::format("get key-{}\r\n", i), "\r\n");
            }
            return proxy_.get("/pools/pool").body.find("kept in the ring by max_ejected") !=
                   std::string::npos;
        },
        "a node that max_ejected keeps");

    const Outcome outcome = proxy_.ringctl({"check"});

    EXPECT_THAT(outcome.output,
                AllOf(HasSubstr("kept in the ring by max_ejected"),
                      HasSubstr("auto_eject_hosts takes it out as soon as"),
                      HasSubstr("ringctl eject pool NODE"), Not(HasSubstr("does that by itself"))));
}

TEST_F(RingctlLive, check_finds_a_pool_without_nodes) {
    for (const std::string node : {"node-0", "node-1", "node-2"}) {
        proxy_.ringctl({"eject", "pool", node, "--force"});
    }

    const Json found = findings(5);

    ASSERT_GE(found.size(), 1U);
    EXPECT_EQ(found[0].at("severity"), "broken");  // the worst first
    EXPECT_THAT(found[0].at("what"), HasSubstr("no node is in the ring"));
    EXPECT_EQ(proxy_.ringctl({"status"}).exit_code, 5);
    EXPECT_EQ(proxy_.ringctl({"health"}).exit_code, 0);  // it has been ready
}

TEST_F(RingctlLive, check_finds_a_reload_that_failed_and_nothing_once_it_is_corrected) {
    proxy_.write_config("pool: {listen: nonsense}\n");
    EXPECT_EQ(proxy_.ringctl({"reload"}).exit_code, 1);

    const Json found = findings(4);

    ASSERT_EQ(found.size(), 1U) << found;
    EXPECT_THAT(found[0].at("what"),
                AllOf(HasSubstr("ConfigurationApplied is False"), HasSubstr("pool.listen")));
    EXPECT_THAT(found[0].at("remedy"), HasSubstr("correct the file"));
    EXPECT_NE(found[0].at("since"), nullptr);

    proxy_.reload(pools({"auto_eject_hosts: true", "hash: murmur"}));
    EXPECT_THAT(findings(0), IsEmpty());
}

TEST_F(RingctlLive, check_finds_a_process_that_comes_late_to_its_timers) {
    proxy_.wait_until(
        [this] {
            proxy_.process().signal(SIGSTOP);
            run({"/bin/sleep", "1.3"});  // one timer is due each second
            proxy_.process().signal(SIGCONT);
            return proxy_.ringctl({"check"}).output.find("control thread") != std::string::npos;
        },
        "three timers that were late");

    const Outcome outcome = proxy_.ringctl({"check"});

    EXPECT_THAT(outcome.output, HasSubstr("hint     control thread: "));
    EXPECT_THAT(outcome.output, HasSubstr("of its timers came more than 131 ms late"));
    EXPECT_THAT(
        proxy_.get("/metrics").body,
        HasSubstr("ringside_worker_turn_duration_seconds_bucket{worker=\"0\",le=\"0.131072\"}"));
}

TEST_F(RingctlLive, check_finds_settings_that_wait_for_a_restart) {
    std::ifstream file(proxy_.config_path());
    std::string text{std::istreambuf_iterator<char>(file), {}};
    const std::size_t at = text.find("workers: 1");
    ASSERT_NE(at, std::string::npos) << text;
    std::ofstream(proxy_.config_path()) << text.replace(at, 10, "workers: 2");
    EXPECT_EQ(proxy_.ringctl({"reload"}).exit_code, 0);

    const Json found = findings(4);

    ASSERT_EQ(found.size(), 1U) << found;
    EXPECT_THAT(found[0].at("what"), HasSubstr("workers"));
    EXPECT_THAT(found[0].at("remedy"), HasSubstr("restart the process"));
}

TEST_F(RingctlLive, check_finds_a_source_that_fails) {
    const TemporaryDirectory folder;
    const std::string nodes =
        folder.write("nodes.yml", fmt::format("- {}:1 a\n", nodes_[0].address()));
    Proxy proxy({.pools = fmt::format("moving:\n  listen: {}\n  hash: murmur\n  discovery:\n"
                                      "    file: {{path: \"{}\"}}\n",
                                      folder.file("moving.sock"), nodes)});
    folder.write("nodes.yml", "- nonsense\n");
    proxy.wait_for_body("/healthz", "degraded");

    const Outcome outcome = proxy.ringctl({"check"});

    EXPECT_EQ(outcome.exit_code, 4);
    EXPECT_THAT(outcome.output,
                AllOf(HasSubstr("warning  pool moving: "), HasSubstr("nodes.yml"),
                      HasSubstr("mend: mend the source, then: ringctl refresh moving")));
}

}  // namespace
}  // namespace ringside::testing
