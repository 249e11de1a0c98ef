#include "discovery/elasticache_machine.h"

#include "elasticache_cluster.h"
#include "source_world.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace ringside::discovery {
namespace {

using base::Errc;
using base::Error;
using base::milliseconds;
using base::seconds;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::Field;
using testing::Ge;
using testing::IsEmpty;
using testing::Le;
using testing::UnorderedElementsAre;

constexpr const char* kAsk = "10.0.0.9:11211 config get cluster";
constexpr const char* kLegacyAsk = "10.0.0.9:11211 get AmazonElastiCache:cluster";

routing::Membership members(const std::vector<std::string>& hosts) {
    routing::Membership membership;
    for (const std::string& host : hosts) {
        membership.members.push_back({.name = host, .address = {host, 11211}});
    }
    return membership;
}

class ElastiCacheMachineTest : public testing::Test {
  protected:
    // Starts, with this list at the endpoint.
    void start_with(const std::string& list) {
        world.nodes[kEndpoint] = always(list);
        world.start();
        world.run_until_told();
        ASSERT_EQ(world.lists.size(), 1U) << world.last_failure();
    }

    SourceWorld world{cluster()};
};

TEST_F(ElastiCacheMachineTest, tells_the_list_of_the_endpoint) {
    start_with(listing(7, "a|10.0.0.1|11211 b||11212"));

    EXPECT_EQ(world.lists[0].source_version, 7U);
    ASSERT_EQ(world.lists[0].members.size(), 2U);
    EXPECT_EQ(world.lists[0].members[0].name, "a");
    EXPECT_EQ(world.lists[0].members[0].address, (routing::Address{"10.0.0.1", 11211}));
    EXPECT_EQ(world.lists[0].members[1].name, "b:11212");
    EXPECT_THAT(world.asked, ElementsAre(kAsk));
}

TEST_F(ElastiCacheMachineTest, polls_again_at_the_interval_give_or_take_a_tenth) {
    std::set<milliseconds> pauses;

    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        SourceWorld other(cluster(), seed);
        other.nodes[kEndpoint] = always(listing(7, "a||11211"));
        other.start();
        other.run_until_told(2);
        pauses.insert(std::chrono::duration_cast<milliseconds>(other.wake_at - other.now));
    }

    EXPECT_THAT(pauses, Each(AllOf(Ge(seconds(54)), Le(seconds(66)))));
    EXPECT_GT(pauses.size(), 90U);
    EXPECT_LT(*pauses.begin(), seconds(56));
    EXPECT_GT(*pauses.rbegin(), seconds(64));
}

TEST_F(ElastiCacheMachineTest, those_that_start_together_poll_again_at_any_time_of_the_interval) {
    std::set<milliseconds> pauses;

    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        SourceWorld other(cluster(), seed);
        other.nodes[kEndpoint] = always(listing(7, "a||11211"));
        other.start();
        other.run_until_told();
        pauses.insert(std::chrono::duration_cast<milliseconds>(other.wake_at - other.now));
    }

    EXPECT_THAT(pauses, Each(AllOf(Ge(milliseconds(50)), Le(seconds(60)))));
    EXPECT_GT(pauses.size(), 90U);
    EXPECT_LT(*pauses.begin(), seconds(5));
    EXPECT_GT(*pauses.rbegin(), seconds(55));
}

TEST_F(ElastiCacheMachineTest, tries_quickly_and_then_less_until_the_first_success) {
    world.start();
    for (const int longest : {100, 200, 400, 800, 1600, 3200, 5000, 5000}) {
        world.run_until_told();
        EXPECT_THAT(world.wake_at - world.now,
                    AllOf(Ge(milliseconds(50)), Le(milliseconds(longest))));
    }

    world.nodes[kEndpoint] = always(listing(1, "a||11211"));
    world.run_until_told(2);

    EXPECT_EQ(world.lists.size(), 2U);
    EXPECT_GE(world.wake_at - world.now, seconds(54));
}

TEST_F(ElastiCacheMachineTest, a_pool_that_was_emptied_is_asked_for_as_often_as_one_without_nodes) {
    start_with(listing(7, "a||11211"));
    world.take_over();
    world.nodes[kEndpoint] = always(listing(8, ""));
    world.run_until_told(5);
    ASSERT_GE(world.wake_at - world.now, seconds(54));

    world.know({});
    EXPECT_EQ(world.facts.next_poll, world.wake_at);
    for (int i = 0; i < 20; ++i) {
        EXPECT_LE(world.wake_at - world.now, seconds(5));
        world.run_until_told();
    }
    world.nodes[kEndpoint] = always(listing(9, "a||11211"));
    world.run_until_told();
    world.take_over();

    EXPECT_EQ(world.lists.size(), 2U);
    EXPECT_GE(world.wake_at - world.now, seconds(54));
}

TEST_F(ElastiCacheMachineTest, a_pool_that_was_emptied_believes_a_cluster_made_anew_at_once) {
    start_with(listing(5, "a||11211"));
    world.take_over();
    world.nodes[kEndpoint] = always(listing(6, ""));
    world.run_until_told();
    world.know({});
    world.versions_may_fall = true;

    world.nodes[kEndpoint] = always(listing(1, "b||11211"));
    world.run_until_told();

    ASSERT_EQ(world.lists.size(), 2U) << world.last_failure();
    EXPECT_EQ(world.lists[1].source_version, 1U);
}

TEST_F(ElastiCacheMachineTest, falls_back_to_the_legacy_command_and_remembers_it) {
    world.nodes[kEndpoint] = [](const std::string& bytes) -> SourceWorld::Reply {
        return bytes == kLegacyBytes ? legacy_listing(3, "a||11211") : std::string("ERROR\r\n");
    };

    world.start();
    world.run_until_told(2);

    EXPECT_EQ(world.lists.size(), 2U) << world.last_failure();
    EXPECT_THAT(world.asked, ElementsAre(kAsk, kLegacyAsk, kLegacyAsk));
}

struct Misbehaviour {
    const char* what;
    SourceWorld::Reply reply;
    const char* problem;
};

class MisbehavingEndpoint : public ElastiCacheMachineTest,
                            public testing::WithParamInterface<Misbehaviour> {};

TEST_P(MisbehavingEndpoint, is_a_failure_and_never_a_list) {
    world.nodes[kEndpoint] = always(GetParam().reply);

    world.start();
    world.run_until_told();

    EXPECT_THAT(world.lists, IsEmpty());
    EXPECT_EQ(world.last_failure(), GetParam().problem) << GetParam().what;
}

INSTANTIATE_TEST_SUITE_P(
    All, MisbehavingEndpoint,
    testing::Values(Misbehaviour{"empty", listing(9, ""), "version 9 lists no nodes"},
                    Misbehaviour{"unset", {"END\r\n"}, "no configuration is set"},
                    Misbehaviour{"garbage", listing(9, "a|b ,;\x01\xff 7|7|seven"),
                                 "\"a|b\" is not host|ip|port"},
                    Misbehaviour{"refused", SourceWorld::refused(), "connect: Connection refused"},
                    Misbehaviour{"error", {"SERVER_ERROR no\r\n"}, "answered \"SERVER_ERROR no\""},
                    Misbehaviour{
                        "http", {"HTTP/1.1 400\r\n"}, "the answer starts with \"HTTP/1.1 400\""}));

TEST_F(ElastiCacheMachineTest, only_a_list_that_is_not_past_says_that_there_are_no_nodes) {
    start_with(listing(7, "a||11211"));

    world.nodes[kEndpoint] = always(listing(8, ""));
    world.run_until_told();
    EXPECT_EQ(world.failures.back().code, Errc::not_found);
    world.nodes[kEndpoint] = always(listing(6, ""));
    world.run_until_told();
    EXPECT_EQ(world.failures.back().code, Errc::conflict);
}

// --- what is believed ---

TEST_F(ElastiCacheMachineTest, an_older_version_is_refused_until_a_node_confirms_it) {
    start_with(listing(7, "a||11211"));
    const std::string older = listing(1, "n|10.0.0.5|11211");
    world.versions_may_fall = true;

    world.nodes[kEndpoint] = always(older);
    world.nodes["10.0.0.5:11211"] = always({"ERROR\r\n"});
    world.poll(4);
    EXPECT_EQ(world.lists.size(), 1U);
    EXPECT_EQ(world.failures.size(), 4U);
    EXPECT_EQ(world.last_failure(), older_refused(1, 7));
    EXPECT_EQ(
        std::count(world.asked.begin(), world.asked.end(), "10.0.0.5:11211 config get cluster"),
        2);  // from the third answer on
    EXPECT_THAT(world.log, IsEmpty());

    world.nodes["10.0.0.5:11211"] = always(older);
    world.poll();

    ASSERT_EQ(world.lists.size(), 2U);
    EXPECT_EQ(world.lists[1].source_version, 1U);
    EXPECT_THAT(world.log,
                ElementsAre("10.0.0.9:11211: version 1 taken for a cluster made anew: 5 answers in "
                            "a row and node 10.0.0.5:11211 agree"));
}

TEST_F(ElastiCacheMachineTest, a_node_that_tells_another_list_confirms_nothing) {
    start_with(listing(7, "a||11211"));
    world.nodes[kEndpoint] = always(listing(1, "n|10.0.0.5|11211"));
    world.nodes["10.0.0.5:11211"] = always(listing(1, "other|10.0.0.5|11211"));

    world.poll(5);

    EXPECT_EQ(world.lists.size(), 1U);
    EXPECT_EQ(world.failures.size(), 5U);
}

TEST_F(ElastiCacheMachineTest, who_shall_confirm_a_list_may_have_to_be_looked_up) {
    start_with(listing(7, "a||11211"));
    const std::string older = listing(1, "n.example||11211");
    world.versions_may_fall = true;
    world.nodes[kEndpoint] = always(older);
    world.nodes["10.0.0.5:11211"] = always(older);
    world.ips["n.example"] = {"10.0.0.5"};

    world.poll(3);

    ASSERT_EQ(world.lists.size(), 2U) << world.last_failure();
    EXPECT_EQ(world.lists[1].source_version, 1U);
}

TEST_F(ElastiCacheMachineTest, asks_a_known_node_when_the_endpoint_fails) {
    start_with(listing(7, "a||11211"));
    world.know(members({"10.0.0.1"}));
    world.nodes["10.0.0.1:11211"] = always(listing(8, "b||11211"));

    world.nodes.erase(kEndpoint);
    world.poll();

    ASSERT_EQ(world.lists.size(), 2U) << world.last_failure();
    EXPECT_EQ(world.lists[1].source_version, 8U);
}

TEST_F(ElastiCacheMachineTest, asks_at_most_three_nodes_and_tells_what_the_endpoint_did) {
    world.nodes[kEndpoint] = always({"SERVER_ERROR down\r\n"});
    for (const char* ip : {"10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5"}) {
        world.nodes[fmt::format("{}:11211", ip)] = always({"ERROR\r\n"});
    }

    world.start();
    world.know(members({"10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5"}));
    world.run_until_told();

    ASSERT_EQ(world.asked.size(), 5U);
    EXPECT_EQ(world.asked[0], kAsk);
    EXPECT_EQ(world.asked[1], kLegacyAsk);
    EXPECT_EQ(std::set<std::string>(world.asked.begin() + 2, world.asked.end()).size(), 3U);
    EXPECT_EQ(world.last_failure(), "answered \"SERVER_ERROR down\"");
}

TEST_F(ElastiCacheMachineTest, not_every_process_asks_the_same_nodes) {
    std::set<std::string> first_asked;

    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        SourceWorld other(cluster(), seed);
        other.start();
        other.know(members({"10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5"}));
        other.run_until_told();
        first_asked.insert(other.asked.at(1));
    }

    EXPECT_EQ(first_asked.size(), 5U);
}

TEST_F(ElastiCacheMachineTest, a_key_of_a_plain_node_cannot_pose_as_the_list) {
    start_with(listing(7, "a||11211"));
    world.know(members({"10.0.0.1"}));
    world.nodes["10.0.0.1:11211"] = [](const std::string& bytes) -> SourceWorld::Reply {
        return bytes == kLegacyBytes ? legacy_listing(99, "evil||11211") : std::string("ERROR\r\n");
    };

    world.nodes.erase(kEndpoint);
    world.poll();

    EXPECT_EQ(world.lists.size(), 1U);
    EXPECT_EQ(world.failures.size(), 1U);
}

// --- what comes between ---

TEST_F(ElastiCacheMachineTest, other_settings_of_the_same_source_forget_nothing) {
    start_with(listing(7, "a||11211"));
    world.know(members({"10.0.0.1"}));
    world.nodes["10.0.0.1:11211"] = always(listing(8, "b||11211"));
    config::ElastiCacheSource settings = cluster();

    world.nodes[kEndpoint] = always(listing(3, "old||11211"));
    settings.interval = seconds(50);
    world.change_settings(settings);
    world.run_until_told();
    EXPECT_EQ(world.last_failure(), older_refused(3, 7));
    world.nodes.erase(kEndpoint);
    settings.interval = seconds(40);
    world.change_settings(settings);
    world.run_until_told();

    ASSERT_EQ(world.lists.size(), 2U) << world.last_failure();
    EXPECT_EQ(world.lists[1].source_version, 8U);
    EXPECT_LE(world.wake_at - world.now, seconds(44));
}

TEST_F(ElastiCacheMachineTest, a_lower_timeout_holds_for_the_question_under_way) {
    world.start();
    ASSERT_EQ(world.question->timeout, seconds(2));
    config::ElastiCacheSource settings = cluster();

    settings.timeout = milliseconds(50);
    world.change_settings(settings);

    EXPECT_EQ(world.question->timeout, milliseconds(50));
    EXPECT_THAT(world.asked, ElementsAre(kAsk, kAsk));
}

TEST_F(ElastiCacheMachineTest, what_was_learnt_outlives_a_stop_but_not_what_was_half_believed) {
    start_with(listing(7, "a||11211"));
    world.nodes[kEndpoint] = always(listing(1, "n|10.0.0.5|11211"));
    world.nodes["10.0.0.5:11211"] = world.nodes[kEndpoint];
    world.poll(2);

    world.restart();
    world.run_until_told();
    world.poll();

    ASSERT_EQ(world.lists.size(), 2U);
    EXPECT_EQ(world.lists[1].source_version, 7U);  // told again: who listens may have forgotten
    EXPECT_EQ(world.last_failure(), older_refused(1, 7));
    EXPECT_THAT(world.asked, Each(kAsk));  // no node: these are the first two of three
}

TEST_F(ElastiCacheMachineTest, a_refresh_during_a_poll_does_not_ask_twice) {
    world.nodes[kEndpoint] = always(listing(7, "a||11211"));

    world.start();
    world.refresh();
    world.refresh();
    world.run_until_told();

    EXPECT_THAT(world.asked, ElementsAre(kAsk));
}

TEST_F(ElastiCacheMachineTest, an_answer_that_nobody_waits_for_changes_nothing) {
    start_with(listing(7, "a||11211"));

    world.answer(listing(8, "late||11211"));

    EXPECT_EQ(world.told(), 1U);
    EXPECT_FALSE(world.question);
}

// --- names ---

class ElastiCacheNameTest : public testing::Test {
  protected:
    ElastiCacheNameTest() { world.nodes["10.0.0.9:11211"] = always(listing(7, "a||11211")); }

    SourceWorld world{cluster("cfg.example")};
};

TEST_F(ElastiCacheNameTest, a_lookup_is_waited_for_however_long_it_takes) {
    world.start();
    EXPECT_FALSE(world.question);
    EXPECT_EQ(world.wake_at, base::kNever);

    world.now += seconds(600);
    world.find("cfg.example", {"10.0.0.8", "10.0.0.9"});

    ASSERT_TRUE(world.question);
    EXPECT_THAT(world.question->addresses, ElementsAre(routing::Address{"10.0.0.8", 11211},
                                                       routing::Address{"10.0.0.9", 11211}));
}

TEST_F(ElastiCacheNameTest, a_failed_lookup_fails_the_poll_and_says_why) {
    world.start();

    world.lose("cfg.example");

    EXPECT_EQ(world.last_failure(), "cfg.example: not found");
    EXPECT_EQ(world.failures[0].code, Errc::io) << "it says nothing about the nodes";
}

TEST_F(ElastiCacheNameTest, polls_fail_at_once_while_the_name_is_not_found) {
    world.start();
    world.lose("cfg.example");

    world.run_until_told(2);

    EXPECT_EQ(world.failures.size(), 3U);
    EXPECT_THAT(world.asked, IsEmpty());
}

TEST_F(ElastiCacheNameTest, is_asked_as_soon_as_its_name_is_found_at_last) {
    world.start();
    world.lose("cfg.example");

    world.find("cfg.example", {"10.0.0.9"});
    EXPECT_THAT(world.asked, ElementsAre(kAsk));
    world.run_until_told();

    EXPECT_EQ(world.lists.size(), 1U);
}

TEST_F(ElastiCacheNameTest, a_name_that_is_found_again_later_asks_nothing) {
    world.ips["cfg.example"] = {"10.0.0.9"};
    world.start();
    world.run_until_told();

    world.find("cfg.example", {"10.0.0.10"});
    EXPECT_THAT(world.asked, ElementsAre(kAsk));
    world.refresh();

    EXPECT_EQ(world.question->addresses[0].host, "10.0.0.10");
}

TEST_F(ElastiCacheNameTest, goes_on_with_the_last_good_address_while_its_name_fails) {
    world.ips["cfg.example"] = {"10.0.0.9"};
    world.start();
    world.run_until_told();

    world.lose("cfg.example");
    world.poll();

    EXPECT_EQ(world.lists.size(), 2U);
}

TEST_F(ElastiCacheNameTest, known_nodes_are_asked_when_its_name_fails) {
    world.nodes["10.0.0.1:11211"] = always(listing(7, "a||11211"));
    world.start();
    world.know(members({"10.0.0.1"}));

    world.lose("cfg.example");
    world.run_until_told();

    EXPECT_EQ(world.lists.size(), 1U);
    EXPECT_THAT(world.asked, ElementsAre("10.0.0.1:11211 config get cluster"));
}

TEST_F(ElastiCacheNameTest, uses_its_name_and_those_of_the_members_that_have_one) {
    world.start();
    EXPECT_THAT(world.hosts, ElementsAre("cfg.example"));

    world.know(members({"a.example", "10.0.0.1", "b.example"}));
    EXPECT_THAT(world.hosts, UnorderedElementsAre("cfg.example", "a.example", "b.example"));
    world.know(members({"b.example"}));

    EXPECT_THAT(world.hosts, UnorderedElementsAre("cfg.example", "b.example"));
}

TEST_F(ElastiCacheMachineTest, shows_who_has_answered_the_version_and_when_it_asks_again) {
    start_with(listing(7, "a|10.0.0.1|11211"));

    EXPECT_EQ(world.facts.version, "7");
    EXPECT_EQ(world.facts.answered_by, kEndpoint);
    EXPECT_EQ(world.facts.last_poll, world.now);
    EXPECT_EQ(world.facts.next_poll, world.wake_at);
    EXPECT_EQ(world.facts.way, "asked with \"config get cluster\" at an interval");
}

}  // namespace
}  // namespace ringside::discovery
