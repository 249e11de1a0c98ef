// The script of DNS's machine, for addresses and for services, with whatever can go wrong, wherever
// it can.
#include "discovery/dns_machine.h"
#include "dns_zone.h"
#include "source_mishaps.h"
#include "source_world.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ringside::discovery {
namespace {

// A source that is told of nodes by DNS, and what the records say of these.
struct DnsScript {
    const char* name;
    config::Source source;
    // Has cache.test say that these are the nodes; node 9 is there always.
    void (*set)(SourceWorld&, const std::vector<int>& nodes);
    std::string (*name_of)(int node);
    io::RecordResult poison;  // a node 77, and what no node can be
};

std::string ip_of(int node) {
    return "10.0.0." + std::to_string(node);
}
void set_addresses(SourceWorld& world, const std::vector<int>& nodes) {
    std::vector<std::string> hosts;
    for (const int node : nodes) {
        hosts.push_back(ip_of(node));
    }
    world.records["cache.test A"] = ips(hosts);
    world.records["other.test A"] = ips({ip_of(9)});
}
DnsScript addresses_of(const char* name) {
    return {
        .name = name,
        .source = config::DnsSource{.names = {{name, 11211}, {"other.test.", 11211}}, .times = {}},
        .set = set_addresses,
        .name_of = ip_of,
        .poison = ips({"0.0.0.0", ip_of(77)})};
}

io::DnsRecord target_of(int node) {
    return {.host = "node-" + std::to_string(node) + ".test", .port = 11211};
}
void set_targets(SourceWorld& world, const std::vector<int>& nodes) {
    std::vector<io::DnsRecord> targets{target_of(9)};
    for (const int node : nodes) {
        targets.push_back(target_of(node));
    }
    world.records["_m._tcp.cache.test SRV"] = services(std::move(targets));
}
DnsScript targets_of(const char* name) {
    return {.name = name,
            .source = config::SrvSource{.name = name, .times = {}},
            .set = set_targets,
            .name_of = [](int node) { return target_of(node).host; },
            .poison = services({{.host = ""}})};
}

// Beside what can befall any source.
std::vector<Mishap> mishaps_of(const DnsScript& dns) {
    std::vector<Mishap> all = common_mishaps();
    all.push_back(records_answered("NXDOMAIN", kNoSuchName));
    all.push_back(records_answered("no records", kNoRecords));
    all.push_back(records_answered("SERVFAIL", kServerFails));
    all.push_back(records_answered("silent", kSilent));
    all.push_back(records_answered("bad answer", io::LookupProblem::bad_answer));
    all.push_back(records_answered("poisoned", dns.poison));
    return all;
}

class WhateverGoesWrongWithDns : public testing::TestWithParam<DnsScript> {
  protected:
    static std::unique_ptr<SourceWorld> begin() {
        auto world = std::make_unique<SourceWorld>(GetParam().source);
        world->pause_max = base::seconds(400);
        world->questions_max = 20;
        world->search_list = {.domains = {"x.test", "test"}, .ndots = 5};
        GetParam().set(*world, {1, 2, 3});
        world->start();
        return world;
    }
    // A node is replaced, then one leaves.
    static void go_on(SourceWorld& world, int step) {
        world.take_over();
        if (step == 4) {
            GetParam().set(world, {1, 2, 4});
        }
        if (step == 8) {
            GetParam().set(world, {1, 2});
        }
        expect_known_nodes(world);
    }
    // No list has a node that was never in DNS, or lacks one that always was; unless two answers
    // say of a name that has had none yet that it has none.
    static void expect_known_nodes(const SourceWorld& world) {
        bool had_cache = false;
        bool had_other = false;
        for (std::size_t i = world.lists_when_emptied; i < world.lists.size(); ++i) {
            const routing::Membership& list = world.lists[i];
            const bool has_cache = has(list, 1);
            const bool has_other = has(list, 9);
            EXPECT_EQ(has_cache, has(list, 2));
            EXPECT_FALSE(has(list, 77));
            EXPECT_LE(std::exchange(had_cache, has_cache), has_cache);
            EXPECT_LE(std::exchange(had_other, has_other), has_other);
        }
    }
    static bool has(const routing::Membership& list, int node) {
        const std::string name = GetParam().name_of(node);
        return std::any_of(list.members.begin(), list.members.end(),
                           [&name](const routing::Member& member) { return member.name == name; });
    }
    // All are well again: within a few polls the list is the last one.
    static void expect_recovery(SourceWorld& world) {
        GetParam().set(world, {1, 2});
        world.run_until_told(3);
        ASSERT_FALSE(world.lists.empty()) << world.last_failure();
        EXPECT_EQ(world.lists.back().members.size(), 3U) << world.last_failure();
        EXPECT_TRUE(has(world.lists.back(), 1) && has(world.lists.back(), 9));
        expect_known_nodes(world);
    }

    const MishapScript script{
        .steps = 14, .begin = begin, .before_step = go_on, .at_end = expect_recovery};
};

// Checked after every event, in SourceWorld: what is told is never empty; a poll ends, and tells
// one thing; something is always under way or due.
TEST_P(WhateverGoesWrongWithDns, at_any_step_or_two_no_list_is_wrong_and_all_recovers) {
    script.run_with_each(mishaps_of(GetParam()));
}

TEST_P(WhateverGoesWrongWithDns, at_many_steps_no_list_is_wrong_and_all_recovers) {
    MishapScript longer = script;
    longer.steps = 100;

    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        SCOPED_TRACE(seed);
        longer.run_at_random(mishaps_of(GetParam()), seed);
        ASSERT_FALSE(HasFailure());
    }
}

// One answer of a nameserver that does not have the names, wherever it comes.
TEST_P(WhateverGoesWrongWithDns, one_answer_never_says_that_there_are_no_nodes) {
    MishapScript after_first = script;
    after_first.begin = [] {
        auto world = begin();
        world->run_until_told();
        return world;
    };
    after_first.at_end = [](SourceWorld& world) {
        for (const routing::Membership& list : world.lists) {
            EXPECT_TRUE(has(list, 1) && has(list, 9));
        }
        for (const base::Error& failure : world.failures) {
            EXPECT_NE(failure.code, base::Errc::not_found) << failure.message;
        }
        expect_recovery(world);
    };

    for (int step = 0; step < after_first.steps; ++step) {
        for (const Mishap& nothing : {records_answered("NXDOMAIN", kNoSuchName),
                                      records_answered("no records", kNoRecords)}) {
            SCOPED_TRACE(testing::Message() << nothing.what << " at step " << step);
            after_first.run({{step, &nothing}});
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Names, WhateverGoesWrongWithDns,
                         testing::Values(addresses_of("cache.test."), addresses_of("cache"),
                                         targets_of("_m._tcp.cache.test."),
                                         targets_of("_m._tcp.cache")),
                         [](const auto& script) {
                             std::string name = script.param.name;
                             std::replace_if(
                                 name.begin(), name.end(), [](char c) { return c == '.'; }, '_');
                             return name;
                         });

}  // namespace
}  // namespace ringside::discovery
