// The script of ElastiCache's machine with whatever can go wrong, wherever it can.
#include "discovery/elasticache_machine.h"
#include "elasticache_cluster.h"
#include "source_mishaps.h"
#include "source_world.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace ringside::discovery {
namespace {

// Beside what can befall any source.
std::vector<Mishap> mishaps() {
    std::vector<Mishap> all = common_mishaps();
    all.push_back(answered("empty", listing(50, "")));
    all.push_back(answered("malformed", {"HTTP/1.1 400\r\n"}));
    all.push_back(answered("cut", {"CONFIG cluster 0 11\r\n3\na|"}));
    all.push_back(answered("unset", {"END\r\n"}));
    all.push_back(answered("unknown command", {"ERROR\r\n"}));
    all.push_back(answered("TLS", {"\x15\x03\x03"}));
    all.push_back(answered("older", listing(2, "old|10.0.0.66|11211")));
    return all;
}

struct Cluster {
    const char* what;
    std::string endpoint;  // host
    std::string first;     // the nodes of version 7
    std::string second;    // and of version 8
    bool is_legacy = false;
};

void PrintTo(const Cluster& cluster, std::ostream* out) {
    *out << cluster.what;
}

class WhateverGoesWrong : public testing::TestWithParam<Cluster> {
  protected:
    static SourceWorld::Node node(std::uint64_t version, const std::string& nodes) {
        const bool is_legacy = GetParam().is_legacy;
        return [is_legacy, version, nodes](const std::string& bytes) -> SourceWorld::Reply {
            if (is_legacy) {
                return bytes == kLegacyBytes ? legacy_listing(version, nodes)
                                             : std::string("ERROR\r\n");
            }
            return listing(version, nodes);
        };
    }

    static void set_list(SourceWorld& world, std::uint64_t version, const std::string& nodes) {
        for (const char* at : {kEndpoint, "10.0.0.1:11211", "10.0.0.2:11211"}) {
            world.nodes[at] = node(version, nodes);
        }
    }

    static std::unique_ptr<SourceWorld> begin() {
        auto world = std::make_unique<SourceWorld>(cluster(GetParam().endpoint));
        world->ips = {{"cfg.example", {"10.0.0.9"}},
                      {"a.example", {"10.0.0.1"}},
                      {"b.example", {"10.0.0.2"}}};
        set_list(*world, 7, GetParam().first);
        world->start();
        return world;
    }

    // After a while the endpoint is lost for some polls, and the list becomes another one.
    static void go_on(SourceWorld& world, int step) {
        world.take_over();
        if (step == 4) {
            world.nodes.erase(kEndpoint);
        }
        if (step == 8) {
            set_list(world, 8, GetParam().second);
        }
    }

    // All are well again: within a few polls the list is the new one.
    static void expect_recovery(SourceWorld& world) {
        set_list(world, 8, GetParam().second);
        world.run_until_told(2);
        ASSERT_FALSE(world.lists.empty()) << world.last_failure();
        EXPECT_EQ(world.lists.back().source_version, 8U) << world.last_failure();
        EXPECT_FALSE(world.lists.back().members.empty());
    }

    const MishapScript script{
        .steps = 12, .begin = begin, .before_step = go_on, .at_end = expect_recovery};
};

// Checked after every event, in SourceWorld: what is told is never empty or older; a poll ends, and
// tells one thing; something is always under way or due.
TEST_P(WhateverGoesWrong, at_any_step_or_two_no_list_is_wrong_and_all_recovers) {
    script.run_with_each(mishaps());
}

TEST_P(WhateverGoesWrong, at_many_steps_no_list_is_wrong_and_all_recovers) {
    MishapScript longer = script;
    longer.steps = 100;

    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        SCOPED_TRACE(seed);
        longer.run_at_random(mishaps(), seed);
        ASSERT_FALSE(HasFailure());
    }
}

INSTANTIATE_TEST_SUITE_P(
    Clusters, WhateverGoesWrong,
    testing::Values(
        Cluster{"by address", "10.0.0.9", "a|10.0.0.1|11211", "a|10.0.0.1|11211 b|10.0.0.2|11211"},
        Cluster{"by name", "cfg.example", "a.example||11211", "a.example||11211 b.example||11211"},
        Cluster{"by name, with the legacy command", "cfg.example", "a.example|10.0.0.1|11211",
                "b.example||11211", true}),
    [](const auto& cluster) { return fmt::format("cluster_{}", cluster.index); });

}  // namespace
}  // namespace ringside::discovery
