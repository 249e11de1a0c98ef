#include "discovery/probe.h"

#include "base/child_process.h"
#include "loop_harness.h"
#include "scripted_endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ringside::discovery {
namespace {

using base::milliseconds;
using routing::ProtocolKind;

class ProbeTest : public testing::Test, public LoopHarness {
  protected:
    ProbeTest() {
        std::string pattern = (std::filesystem::temp_directory_path() / "probe-XXXXXX").string();
        directory = ::mkdtemp(pattern.data());
    }
    ~ProbeTest() override { std::filesystem::remove_all(directory); }

    bool probe(const Prober::Target& target) {
        bool result = false;
        prober->probe(target, [&](bool healthy) {
            result = healthy;
            happened();
        });
        run_until_happened();
        return result;
    }

    // What a peer that answers `reply` to everything is taken for.
    bool probe_scripted(Reply reply, ProtocolKind protocol = ProtocolKind::memcached) {
        ScriptedEndpoint peer([reply](const std::string&) { return reply; });
        return probe({.addresses = {peer.address()},
                      .protocol = protocol,
                      .redis_auth = {},
                      .timeout = milliseconds(reply.bytes.empty() ? 30 : 10'000)});
    }

    // A real server on a unix socket, so that no port has to be free; ends with the test.
    Prober::Target start_server(std::vector<std::string> command, ProtocolKind protocol) {
        auto child = base::ChildProcess::start({.command = std::move(command),
                                                .environment = {},
                                                .output_path = directory + "/output",
                                                .error_path = directory + "/errors"});
        EXPECT_TRUE(child) << child.error().message;
        server = std::make_unique<base::ChildProcess>(std::move(*child));
        return {.addresses = {{directory + "/socket", 0}},
                .protocol = protocol,
                .redis_auth = {},
                .timeout = milliseconds(10'000)};
    }

    // A server that has just been started listens a moment later.
    bool becomes_healthy(const Prober::Target& target) {
        const base::TimePoint end = base::Clock::now() + kPatience;
        while (base::Clock::now() < end) {
            if (probe(target)) {
                return true;
            }
            run_for(milliseconds(10));
        }
        return false;
    }

    std::string directory;
    std::unique_ptr<base::ChildProcess> server;
    std::unique_ptr<Prober> prober = std::make_unique<Prober>(loop);
};

TEST_F(ProbeTest, a_memcached_is_healthy_until_it_is_gone) {
    const Prober::Target target = start_server(
        {"memcached", "-s", directory + "/socket", "-u", "root"}, ProtocolKind::memcached);

    EXPECT_TRUE(becomes_healthy(target));
    server->kill();

    EXPECT_FALSE(probe(target));
}

TEST_F(ProbeTest, a_redis_is_healthy_with_its_password_and_database) {
    Prober::Target target =
        start_server({"redis-server", "--port", "0", "--unixsocket", directory + "/socket", "--dir",
                      directory, "--save", "", "--requirepass", "secret"},
                     ProtocolKind::redis);
    target.redis_auth = "secret";
    target.redis_db = 3;
    EXPECT_TRUE(becomes_healthy(target));

    Prober::Target wrong_password = target;
    wrong_password.redis_auth = "wrong";
    Prober::Target no_password = target;
    no_password.redis_auth = "";
    Prober::Target wrong_database = target;
    wrong_database.redis_db = 99;

    EXPECT_FALSE(probe(wrong_password));
    EXPECT_FALSE(probe(no_password));
    EXPECT_FALSE(probe(wrong_database));
}

TEST_F(ProbeTest, an_answer_without_error_is_healthy_however_it_comes) {
    EXPECT_TRUE(probe_scripted({"VERSION 1.6.18\r\n"}));
    EXPECT_TRUE(probe_scripted({.bytes = "VERSION 1.6.18\r\n", .byte_by_byte = true}));
}

TEST_F(ProbeTest, errors_garbage_and_silence_are_not_healthy) {
    EXPECT_FALSE(probe_scripted({"ERROR\r\n"}));
    EXPECT_FALSE(probe_scripted({"SERVER_ERROR out of memory\r\n"}));
    EXPECT_FALSE(probe_scripted({.bytes = "VERSION 1.6", .close = true}));
    EXPECT_FALSE(probe_scripted({.bytes = {}, .close = true}));
    EXPECT_FALSE(probe_scripted({}));
    EXPECT_FALSE(probe_scripted({"-LOADING Redis is loading the dataset in memory\r\n"},
                                ProtocolKind::redis));
    EXPECT_FALSE(probe_scripted({"HTTP/1.1 400 Bad Request\r\n"}, ProtocolKind::redis));
}

TEST_F(ProbeTest, no_more_than_a_few_are_under_way_and_all_of_them_report) {
    ScriptedEndpoint peer([](const std::string&) { return Reply{"VERSION 1\r\n"}; });
    constexpr int kProbes = 50;
    int healthy_nodes = 0;
    int reports = 0;
    for (int i = 0; i < kProbes; ++i) {
        prober->probe(
            {.addresses = {peer.address()}, .redis_auth = {}, .timeout = milliseconds(10'000)},
            [&](bool healthy) {
                healthy_nodes += healthy ? 1 : 0;
                if (++reports == kProbes) {
                    happened();
                }
            });
        EXPECT_LE(prober->under_way(), Prober::kProbesMax);
    }

    run_until_happened();

    EXPECT_EQ(healthy_nodes, kProbes);
    EXPECT_EQ(prober->under_way(), 0U);
}

TEST_F(ProbeTest, of_nodes_that_have_left_end_and_hold_up_no_other) {
    ScriptedEndpoint silent([](const std::string&) { return Reply{}; });
    ScriptedEndpoint well([](const std::string&) { return Reply{"VERSION 1\r\n"}; });
    const auto target = [](routing::NodeId node, const ScriptedEndpoint& peer) {
        return Prober::Target{.pool = 1,
                              .node = node,
                              .addresses = {peer.address()},
                              .redis_auth = {},
                              .timeout = std::chrono::hours(1)};
    };
    constexpr routing::NodeId kStays = 1'000;
    std::map<routing::NodeId, bool> told;
    const auto tell = [&](routing::NodeId node, bool healthy) {
        told.emplace(node, healthy);
        if (told.size() == 2 * Prober::kProbesMax + 1) {
            happened();
        }
    };
    for (routing::NodeId node = 0; node < 2 * Prober::kProbesMax; ++node) {
        prober->probe(target(node, silent), [&, node](bool healthy) { tell(node, healthy); });
    }
    prober->probe(target(kStays, well), [&](bool healthy) { tell(kStays, healthy); });

    auto pool = std::make_shared<routing::Pool>();
    pool->id = 1;
    pool->nodes.push_back({.node = {.id = kStays, .name = "stays", .address = {}}});
    routing::Snapshot snapshot;
    snapshot.pools.push_back(pool);
    prober->keep(snapshot);
    EXPECT_TRUE(told.empty()) << "told inside the call";
    run_until_happened();

    EXPECT_EQ(told.size(), 2 * Prober::kProbesMax + 1);
    EXPECT_EQ(std::count_if(told.begin(), told.end(), [](const auto& each) { return each.second; }),
              1);
    EXPECT_TRUE(told.at(kStays));
}

TEST_F(ProbeTest, a_lower_timeout_of_the_pool_holds_for_those_under_way_and_those_that_wait) {
    ScriptedEndpoint silent([](const std::string&) { return Reply{}; });
    const std::size_t probes = Prober::kProbesMax + 1;
    std::size_t reports = 0;
    for (std::size_t i = 0; i < probes; ++i) {
        prober->probe({.pool = 1,
                       .addresses = {silent.address()},
                       .redis_auth = {},
                       .timeout = std::chrono::hours(1)},
                      [&](bool healthy) {
                          EXPECT_FALSE(healthy);
                          if (++reports == probes) {
                              happened();
                          }
                      });
    }

    prober->limit(2, milliseconds(0));  // another pool's
    run_for(milliseconds(30));
    EXPECT_EQ(reports, 0U);
    prober->limit(1, milliseconds(30));
    run_until_happened();

    EXPECT_EQ(reports, probes);
}

TEST_F(ProbeTest, nothing_is_reported_once_the_prober_is_gone) {
    ScriptedEndpoint peer([](const std::string&) { return Reply{"VERSION 1\r\n"}; });
    bool reported = false;
    prober->probe({.addresses = {peer.address()}, .redis_auth = {}},
                  [&](bool) { reported = true; });

    prober.reset();
    run_for(milliseconds(30));

    EXPECT_FALSE(reported);
}

TEST_F(ProbeTest, may_be_destroyed_by_its_own_report) {
    ScriptedEndpoint peer([](const std::string&) { return Reply{"VERSION 1\r\n"}; });
    prober->probe(
        {.addresses = {peer.address()}, .redis_auth = {}, .timeout = milliseconds(10'000)},
        [&](bool) {
            prober.reset();
            happened();
        });

    run_until_happened();

    EXPECT_EQ(prober, nullptr);
}

}  // namespace
}  // namespace ringside::discovery
