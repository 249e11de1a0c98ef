// ringlab itself: what its endpoint says, and what its commands do to the nodes.
#include "integration/support/lab.h"
#include "integration/support/network.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>

#include <filesystem>

namespace ringside::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string entry(const Lab::Node& node) {
    return fmt::format("{}|{}|{}", node.host, node.ip, node.port);
}

std::string framed(std::string_view header, const std::string& data) {
    return fmt::format("{} 0 {}\r\n{}\r\nEND\r\n", header, data.size(), data);
}

TEST(Ringlab, tells_its_nodes_in_the_form_of_the_service) {
    Lab lab(2);
    const auto nodes = lab.status().nodes;
    const std::string list = fmt::format("2\n{} {}\n", entry(nodes[0]), entry(nodes[1]));
    Client client = lab.client();

    const std::string answer = client.ask("config get cluster\r\n", "END\r\n");
    const std::string old_answer = client.ask("get AmazonElastiCache:cluster\r\n", "END\r\n");

    EXPECT_EQ(answer, framed("CONFIG cluster", list));
    EXPECT_EQ(old_answer, framed("VALUE AmazonElastiCache:cluster", list));
}

TEST(Ringlab, answers_one_byte_at_a_time_and_refuses_other_words) {
    Lab lab(1);
    Client client = lab.client();

    for (const char byte : std::string_view("version\r\nset a 0 0 1\r\nquit\r\n")) {
        client.send({&byte, 1});
    }

    EXPECT_EQ(client.read_to_end(), "VERSION 1.6.18\r\nERROR\r\n");
}

TEST(Ringlab, ends_a_connection_whose_line_is_too_long) {
    Lab lab(1);
    Client client = lab.client();

    client.send(std::string(5000, 'x'));

    EXPECT_EQ(client.read_line(), "CLIENT_ERROR line too long\r\n");
    EXPECT_TRUE(client.closed_by_peer());
}

TEST(Ringlab, raises_the_version_with_each_node_that_comes_or_goes) {
    Lab lab(1);

    lab.add();
    const auto grown = lab.status();
    lab.remove("node-0001");
    const auto shrunk = lab.status();

    EXPECT_EQ(grown.version, 2U);
    ASSERT_EQ(grown.nodes.size(), 2U);
    EXPECT_EQ(grown.nodes[1].host, "node-0002.ringlab.test");
    EXPECT_EQ(shrunk.version, 3U);
    ASSERT_EQ(shrunk.nodes.size(), 1U);
    EXPECT_EQ(shrunk.nodes[0].name, "node-0002");
}

TEST(Ringlab, lets_a_removed_node_run_for_the_linger_time) {
    Lab lab(2, {"--linger", "300ms"});
    const auto gone = lab.status().nodes[0];

    lab.remove(gone.name);
    const bool still_there = accepts(gone.port);
    lab.process().wait_until([&gone] { return !accepts(gone.port); }, "its end");

    EXPECT_TRUE(still_there);
}

TEST(Ringlab, keeps_a_killed_node_on_the_list_and_its_port_for_the_restart) {
    Lab lab(2);
    const auto before = lab.status();

    lab.command({"kill", "node-0001"});
    const auto killed = lab.status();
    const bool answers = accepts(before.nodes[0].port);
    lab.command({"restart", "node-0001.ringlab.test"});
    const auto restarted = lab.status();

    EXPECT_FALSE(answers);
    EXPECT_EQ(killed.version, before.version);
    EXPECT_EQ(killed.nodes[0].state, "down");
    EXPECT_EQ(restarted.nodes[0].state, "up");
    EXPECT_EQ(restarted.nodes[0].port, before.nodes[0].port);
}

TEST(Ringlab, restarts_a_node_elsewhere_under_its_old_name) {
    Lab lab(2);
    const auto before = lab.status();

    lab.command({"restart", "node-0001", "--new-ip"});
    lab.command({"restart", "node-0002", "--new-port"});
    const auto after = lab.status();

    EXPECT_EQ(after.version, before.version);
    EXPECT_EQ(after.nodes[0].host, before.nodes[0].host);
    EXPECT_EQ(after.nodes[0].ip, "127.0.0.2");
    EXPECT_EQ(after.nodes[0].port, before.nodes[0].port);
    EXPECT_EQ(after.nodes[1].host, before.nodes[1].host);
    EXPECT_NE(after.nodes[1].port, before.nodes[1].port);
}

TEST(Ringlab, pauses_a_node_and_lets_it_go_on) {
    Lab lab(1);
    Client node(lab.status().nodes[0].port);

    lab.command({"pause", "node-0001"});
    // The kernel stops its threads when they are next scheduled, which takes a moment.
    std::string while_paused = "VERSION";
    for (int i = 0; i < 20 && !while_paused.empty(); ++i) {
        node.send("version\r\n");
        while_paused = node.surplus();
    }
    lab.command({"resume", "node-0001"});

    EXPECT_EQ(while_paused, "");
    EXPECT_THAT(node.read_line(), StartsWith("VERSION "));
}

TEST(Ringlab, stores_the_list_on_every_node_for_clients_that_ask_there) {
    Lab lab(1);
    lab.add();
    Client node(lab.status().nodes[0].port);

    const std::string answer = node.ask("get AmazonElastiCache:cluster\r\n", "END\r\n");

    EXPECT_THAT(answer, HasSubstr("\r\n2\nnode-0001.ringlab.test|127.0.0.1|"));
    EXPECT_THAT(answer, HasSubstr(" node-0002.ringlab.test|127.0.0.1|"));
}

TEST(Ringlab, misbehaves_as_told) {
    Lab lab(2);
    const auto nodes = lab.status().nodes;
    const auto answer_when = [&lab](std::string_view mode) {
        lab.misbehave(mode);
        Client client = lab.client();
        client.send("config get cluster\r\nquit\r\n");
        return client.read_to_end();
    };

    EXPECT_EQ(answer_when("empty"), "CONFIG cluster 0 3\r\n3\n\n\r\nEND\r\n");
    EXPECT_EQ(answer_when("unset"), "END\r\n");
    EXPECT_THAT(answer_when("garbage"), StartsWith("CONFIG cluster 0 38\r\nnot-a-version\n"));
    EXPECT_EQ(answer_when("old-version"),
              framed("CONFIG cluster", fmt::format("0\n{}\n", entry(nodes[0]))));
    EXPECT_THAT(answer_when("truncated"), ::testing::Not(HasSubstr("END")));
    EXPECT_EQ(answer_when("error"), "SERVER_ERROR ringlab was told to fail\r\n");
    EXPECT_EQ(answer_when("silent"), "");
    EXPECT_EQ(answer_when("closed"), "");
    EXPECT_EQ(answer_when("legacy"), "ERROR\r\n");
    EXPECT_THAT(answer_when("no-ip"), HasSubstr(fmt::format("\nlocalhost||{} ", nodes[0].port)));
    EXPECT_EQ(answer_when("slow"), answer_when("normal"));
}

TEST(Ringlab, says_what_is_wrong_with_a_command) {
    Lab lab(1);

    EXPECT_EQ(lab.try_command({"remove", "node-0009"}).errors,
              "ringlab: there is no node node-0009\n");
    EXPECT_EQ(lab.try_command({"misbehave", "badly"}).errors, "ringlab: unknown mode 'badly'\n");
    EXPECT_EQ(lab.try_command({"dance"}).errors, "ringlab: unknown command dance\n");
    EXPECT_EQ(lab.try_command({"--nodes", "0", "start"}).errors,
              "ringlab: --nodes: '0' is not a number from 1 to 64\n");
    EXPECT_THAT(lab.try_command({"start"}).errors, HasSubstr("a lab is already running"));
}

TEST(Ringlab, leaves_nothing_behind_when_it_is_stopped) {
    Lab lab(2);
    const auto nodes = lab.status().nodes;

    lab.command({"stop"});
    const int exit_code = lab.process().wait_for_exit();

    EXPECT_EQ(exit_code, 0);
    EXPECT_FALSE(accepts(nodes[0].port));
    EXPECT_FALSE(accepts(nodes[1].port));
    EXPECT_EQ(lab.try_command({"status"}).exit_code, 1);
}

TEST(Ringlab, takes_its_nodes_along_when_it_is_killed) {
    Lab lab(1);
    const auto port = lab.status().nodes[0].port;

    lab.process().signal(SIGKILL);
    EXPECT_EQ(lab.process().wait_for_exit(), 128 + SIGKILL);

    const base::TimePoint deadline = base::Clock::now() + kPatience;
    while (accepts(port) && base::Clock::now() < deadline) {
    }
    EXPECT_FALSE(accepts(port));
}

}  // namespace
}  // namespace ringside::testing
