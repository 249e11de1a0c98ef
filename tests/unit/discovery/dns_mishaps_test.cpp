// The script of DNS's machine with whatever can go wrong, wherever it can.
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

// Beside what can befall any source.
std::vector<Mishap> mishaps() {
    std::vector<Mishap> all = common_mishaps();
    all.push_back(records_answered("NXDOMAIN", kNoSuchName));
    all.push_back(records_answered("no records", kNoRecords));
    all.push_back(records_answered("SERVFAIL", kServerFails));
    all.push_back(records_answered("silent", kSilent));
    all.push_back(records_answered("bad answer", io::LookupProblem::bad_answer));
    all.push_back(records_answered("poisoned", ips({"0.0.0.0", "10.0.0.77"})));
    return all;
}

class WhateverGoesWrongWithDns : public testing::TestWithParam<const char*> {
  protected:
    static std::unique_ptr<SourceWorld> begin() {
        config::DnsSource source;
        source.names = {{GetParam(), 11211}, {"other.test.", 11211}};
        auto world = std::make_unique<SourceWorld>(source);
        world->pause_max = base::seconds(400);
        world->questions_max = 20;
        world->search_list = {.domains = {"x.test", "test"}, .ndots = 5};
        world->records["cache.test A"] = ips({"10.0.0.1", "10.0.0.2", "10.0.0.3"});
        world->records["other.test A"] = ips({"10.0.1.1"});
        world->start();
        return world;
    }
    // A node is replaced, then one leaves.
    static void go_on(SourceWorld& world, int step) {
        world.take_over();
        if (step == 4) {
            world.records["cache.test A"] = ips({"10.0.0.1", "10.0.0.2", "10.0.0.4"});
        }
        if (step == 8) {
            world.records["cache.test A"] = ips({"10.0.0.1", "10.0.0.2"});
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
            const bool has_cache = has(list, "10.0.0.1");
            const bool has_other = has(list, "10.0.1.1");
            EXPECT_EQ(has_cache, has(list, "10.0.0.2"));
            EXPECT_FALSE(has(list, "10.0.0.77"));
            EXPECT_LE(std::exchange(had_cache, has_cache), has_cache);
            EXPECT_LE(std::exchange(had_other, has_other), has_other);
        }
    }
    static bool has(const routing::Membership& list, const std::string& name) {
        return std::any_of(list.members.begin(), list.members.end(),
                           [&name](const routing::Member& member) { return member.name == name; });
    }
    // All are well again: within a few polls the list is the last one.
    static void expect_recovery(SourceWorld& world) {
        world.records["cache.test A"] = ips({"10.0.0.1", "10.0.0.2"});
        world.run_until_told(3);
        ASSERT_FALSE(world.lists.empty()) << world.last_failure();
        EXPECT_EQ(world.lists.back().members.size(), 3U) << world.last_failure();
        expect_known_nodes(world);
    }

    const MishapScript script{
        .steps = 14, .begin = begin, .before_step = go_on, .at_end = expect_recovery};
};

// Checked after every event, in SourceWorld: what is told is never empty; a poll ends, and tells
// one thing; something is always under way or due.
TEST_P(WhateverGoesWrongWithDns, at_any_step_or_two_no_list_is_wrong_and_all_recovers) {
    script.run_with_each(mishaps());
}

TEST_P(WhateverGoesWrongWithDns, at_many_steps_no_list_is_wrong_and_all_recovers) {
    MishapScript longer = script;
    longer.steps = 100;

    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        SCOPED_TRACE(seed);
        longer.run_at_random(mishaps(), seed);
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
            EXPECT_TRUE(has(list, "10.0.0.1") && has(list, "10.0.1.1"));
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

INSTANTIATE_TEST_SUITE_P(Names, WhateverGoesWrongWithDns, testing::Values("cache.test.", "cache"));

}  // namespace
}  // namespace ringside::discovery
