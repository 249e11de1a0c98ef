// Steering with ringctl: a node drained, clients sent away, and who has which key.
#include "integration/support/network.h"
#include "integration/support/pool_text.h"
#include "integration/support/process.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace ringside::testing {
namespace {

using Json = nlohmann::json;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Words = std::vector<std::string>;

class RingctlSteer : public ::testing::Test {
  protected:
    Words command(const Words& words) const {
        Words all{program("ringctl"), "--admin", fmt::format("127.0.0.1:{}", proxy_.admin_port())};
        all.insert(all.end(), words.begin(), words.end());
        return all;
    }
    std::string owner_of(const std::string& key) const {
        return Json::parse(proxy_.get("/pools/pool/locate?key=" + key).body).at("node");
    }
    MemcachedNode& node(const std::string& name) {
        return nodes_[static_cast<std::size_t>(name.back() - '0')];
    }
    // The owner of "key" does not answer the request that this client has on its way.
    std::string leave_a_request_with_its_node(Client& client) {
        const std::string name = owner_of("key");
        client.ask("get key\r\n", "END\r\n");
        node(name).pause();
        client.send("get key\r\n");
        proxy_.wait_until(
            [this] {
                const Json location = Json::parse(proxy_.get("/pools/pool/locate?key=key").body);
                return location.at("owner").at("in_flight") == 1;
            },
            "a request on its way");
        return name;
    }

    std::vector<MemcachedNode> nodes_{3};
    std::uint16_t port_ = free_port();
    Proxy proxy_{{.pools = pool_before(nodes_, port_)}};
};

// --- drain ---

TEST_F(RingctlSteer, a_drain_waits_until_the_node_owes_nothing_and_has_no_link) {
    Client client(port_);
    const std::string name = leave_a_request_with_its_node(client);

    const Outcome early = proxy_.ringctl({"drain", "pool", name, "--wait=1s", "--author", "ada"});
    node(name).resume();
    client.read_until("END\r\n");
    const Outcome late = proxy_.ringctl({"drain", "pool", name, "--wait", "--for", "1h"});

    EXPECT_EQ(early.exit_code, 1);
    EXPECT_THAT(early.output, AllOf(HasSubstr("ejected_by_operator: drained by the operator"),
                                    Not(HasSubstr("is drained"))));
    EXPECT_THAT(early.errors, HasSubstr(name + " still has 1 link, with 1 request; it stays"));
    EXPECT_EQ(late.exit_code, 0) << late.errors;
    EXPECT_THAT(late.output, AllOf(HasSubstr("for a time"), HasSubstr("3600s left"),
                                   HasSubstr(name + " is drained: no link to it is left\n")));
    EXPECT_THAT(late.output, Not(HasSubstr("\x1b")));  // no terminal, no progress
    EXPECT_NE(owner_of("key"), name);
    proxy_.process().wait_for_text("author=ada");
}

// script(1) gives it a terminal.
TEST_F(RingctlSteer, a_drain_tells_a_terminal_what_is_left) {
    Client client(port_);
    const std::string name = leave_a_request_with_its_node(client);

    const Outcome outcome = run({"/usr/bin/script", "-qec",
                                 fmt::format("{} --admin 127.0.0.1:{} drain pool {} --wait=1s",
                                             program("ringctl"), proxy_.admin_port(), name),
                                 "/dev/null"});

    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.output,
                HasSubstr("\r\x1b[K" + name + " still has 1 link, with 1 request; waiting for "));
    node(name).resume();
}

TEST_F(RingctlSteer, a_drain_ends_when_somebody_restores_the_node) {
    Client client(port_);
    const std::string name = leave_a_request_with_its_node(client);
    Process drain(command({"drain", "pool", name, "--wait=30s"}));
    drain.wait_for_text("drained by the operator");

    proxy_.ringctl({"restore", "pool", name});

    EXPECT_EQ(drain.wait_for_exit(), 1);
    EXPECT_THAT(drain.errors(), HasSubstr(name + " is not drained any more: in_ring"));
    node(name).resume();
}

TEST_F(RingctlSteer, a_drain_can_be_tried_out_and_refuses_what_eject_refuses) {
    const Outcome tried = proxy_.ringctl({"drain", "pool", "node-1", "--dry-run"});
    EXPECT_EQ(tried.exit_code, 0) << tried.errors;
    EXPECT_THAT(tried.output, HasSubstr("of the keys would live on another node"));
    EXPECT_THAT(proxy_.get("/healthz?verbose").body, Not(HasSubstr("node-1")));

    const Outcome misspelt = proxy_.ringctl({"drain", "pool", "ndoe-1", "--wait"});
    EXPECT_EQ(misspelt.exit_code, 1);
    EXPECT_THAT(misspelt.errors, HasSubstr("did you mean 'node-1'?"));
    EXPECT_EQ(proxy_.ringctl({"drain", "pool", "node-1", "--wait", "--dry-run"}).exit_code, 2);
    EXPECT_EQ(proxy_.ringctl({"drain", "pool", "node-1", "--wait=1ms"}).exit_code, 2);

    for (const std::string name : {"node-0", "node-1"}) {
        EXPECT_EQ(proxy_.ringctl({"drain", "pool", name, "--wait"}).exit_code, 0);
    }
    const Outcome last = proxy_.ringctl({"drain", "pool", "node-2", "--wait"});
    EXPECT_EQ(last.exit_code, 1);
    EXPECT_THAT(last.errors, HasSubstr("last"));
    EXPECT_EQ(proxy_.ringctl({"drain", "pool", "node-2", "--wait", "--force"}).exit_code, 0);
}

// --- drain-clients ---

TEST_F(RingctlSteer, clients_are_asked_to_leave_unless_it_is_a_trial) {
    Client client(port_);
    client.ask("get key\r\n", "END\r\n");

    const Outcome tried = proxy_.ringctl({"drain-clients", "pool", "--dry-run"});
    client.ask("get key\r\n", "END\r\n");
    const Outcome done = proxy_.ringctl({"drain-clients", "--reason", "balance"});

    EXPECT_EQ(tried.output, "1 client of pool pool would be asked to leave\n") << tried.errors;
    EXPECT_EQ(done.output, "1 client of all pools was asked to leave\n") << done.errors;
    EXPECT_TRUE(client.closed_by_peer());
    proxy_.process().wait_for_text("reason=balance");
    const Outcome misspelt = proxy_.ringctl({"drain-clients", "polo"});
    EXPECT_EQ(misspelt.exit_code, 1);
    EXPECT_THAT(misspelt.errors, HasSubstr("did you mean 'pool'?"));
}

// --- keys ---

TEST_F(RingctlSteer, the_hottest_keys_come_first_once_they_are_counted) {
    const Outcome before = proxy_.ringctl({"keys", "pool"});
    EXPECT_EQ(before.exit_code, 1);
    EXPECT_THAT(before.errors, HasSubstr("with hot_keys: true in its settings, and a reload"));
    proxy_.reload(pool_before(nodes_, port_, {"hot_keys: true"}));
    Client client(port_);
    for (int i = 0; i < 2'000; ++i) {
        client.ask(i % 2 == 0 ? "get hot\r\n" : fmt::format("get cold:{}\r\n", i), "END\r\n");
    }

    const Outcome table = proxy_.ringctl({"keys", "pool"});
    const Outcome wide = proxy_.ringctl({"keys", "pool", "-o", "wide"});
    const Json one = Json::parse(proxy_.ringctl({"keys", "pool", "--limit", "1", "--json"}).output);

    EXPECT_EQ(table.exit_code, 0) << table.errors;
    EXPECT_THAT(table.output, StartsWith("SHARE  PER SECOND  NODE    KEY"));
    EXPECT_THAT(table.output,
                ContainsRegex("KEY *\n[0-9.]+% +[0-9]+ +" + owner_of("hot") + " +hot *\n"));
    EXPECT_THAT(table.output, HasSubstr("one in 16 that were asked for"));
    EXPECT_THAT(wide.output, HasSubstr("KEY BYTES"));
    ASSERT_EQ(one.at("keys").size(), 1U);
    EXPECT_EQ(one.at("keys")[0].at("key"), "hot");
    EXPECT_EQ(proxy_.ringctl({"keys", "pool", "--limit", "101"}).exit_code, 2);
}

// --- locate ---

TEST_F(RingctlSteer, a_key_is_located_with_how_its_node_fares_and_who_is_next) {
    const Json told = Json::parse(proxy_.get("/pools/pool/locate?key=key").body);
    const Outcome well = proxy_.ringctl({"locate", "pool", "key"});
    const std::string name = owner_of("key");
    node(name).kill();
    Client client(port_);
    client.ask("get key\r\n", "SERVER_ERROR Connection refused");
    proxy_.wait_until(
        [&] {
            return proxy_.ringctl({"locate", "pool", "key"}).output.find("failing since 20") !=
                   std::string::npos;
        },
        "the failure to be told");
    const Outcome failing = proxy_.ringctl({"locate", "pool", "key"});

    EXPECT_THAT(well.output, HasSubstr("\nstate         in_ring\nin flight     0\n"
                                       "last failure  -\nnext owner    "));
    for (const Json& next : told.at("next_owners")) {
        EXPECT_THAT(well.output, HasSubstr(fmt::format("next owner    {} ({}), in_ring\n",
                                                       next.at("name").get<std::string>(),
                                                       next.at("address").get<std::string>())));
    }
    EXPECT_THAT(failing.output, HasSubstr("last failure  connection refused (at 20"));
}

}  // namespace
}  // namespace ringside::testing
