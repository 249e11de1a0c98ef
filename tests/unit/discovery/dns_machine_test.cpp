#include "discovery/dns_machine.h"

#include "dns_machine_harness.h"
#include "dns_zone.h"
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

using base::milliseconds;
using base::seconds;
using config::DnsSource;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::Ge;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Le;
using testing::SizeIs;

TEST_F(DnsMachineTest, tells_the_addresses_of_a_name) {
    world.records["cache.test A"] = ips({"10.0.0.2", "10.0.0.1"});

    world.start();
    world.run_until_told();

    ASSERT_THAT(world.lists, SizeIs(1));
    EXPECT_THAT(names(world.lists[0]), ElementsAre("10.0.0.1", "10.0.0.2"));
    EXPECT_THAT(world.asked, ElementsAre("search list", "cache.test A"));
    EXPECT_THAT(world.log, IsEmpty());
}

TEST_F(DnsMachineTest, another_order_of_the_answer_is_the_same_list) {
    start_with({"10.0.0.1", "10.0.0.2", "10.0.0.3"});

    world.records["cache.test A"] = ips({"10.0.0.3", "10.0.0.1", "10.0.0.2", "10.0.0.1"});
    world.poll();

    EXPECT_EQ(world.lists[0], world.lists[1]);
    EXPECT_THAT(world.asked, ElementsAre("cache.test A"));
}

TEST_F(DnsMachineTest, asks_again_when_the_records_are_too_old_and_up_to_a_quarter_later) {
    std::set<milliseconds> pauses;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        SourceWorld each(named({"cache.test."}), seed);
        each.records["cache.test A"] = ips({"10.0.0.1"}, seconds(40));
        each.start();
        each.run_until_told();
        const auto pause = std::chrono::duration_cast<milliseconds>(each.wake_at - each.now);
        EXPECT_THAT(pause, AllOf(Ge(seconds(40)), Le(seconds(50))));
        pauses.insert(pause);
    }

    EXPECT_GT(pauses.size(), 15U) << "many sidecars would ask at once";
}

// What a nameserver has kept for a while has less time left than the record has.
TEST_F(DnsMachineTest, the_quarter_is_that_of_the_longer_of_two_times_to_live) {
    std::set<milliseconds> pauses;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        SourceWorld each(named({"cache.test."}), seed);
        each.pause_max = seconds(400);
        each.records["cache.test A"] = ips({"10.0.0.1"}, seconds(40));
        each.start();
        each.run_until_told();
        each.records["cache.test A"] = ips({"10.0.0.1"}, seconds(12));
        each.poll();
        pauses.insert(std::chrono::duration_cast<milliseconds>(each.wake_at - each.now));
    }

    EXPECT_THAT(pauses, Each(AllOf(Ge(seconds(12)), Le(seconds(22)))));
    EXPECT_GT(*pauses.rbegin(), seconds(18));
}

TEST_F(DnsMachineTest, a_time_to_live_counts_within_its_limits) {
    settings().times = {.ttl_min = seconds(4), .ttl_max = seconds(40), .timeout = seconds(1)};
    start_with({"10.0.0.1"});

    world.records["cache.test A"] = ips({"10.0.0.1"}, seconds(0));
    world.poll(2);
    EXPECT_THAT(pause(), AllOf(Ge(seconds(4)), Le(seconds(5))));
    world.records["cache.test A"] = ips({"10.0.0.1"}, seconds(INT32_MAX));
    world.poll();

    EXPECT_THAT(pause(), AllOf(Ge(seconds(40)), Le(seconds(50))));
}

TEST_F(DnsMachineTest, a_new_node_joins_with_the_first_answer_that_has_it) {
    start_with({"10.0.0.1"});

    world.records["cache.test A"] = ips({"10.0.0.1", "10.0.0.2"});
    world.poll();

    EXPECT_THAT(names(world.lists.back()), ElementsAre("10.0.0.1", "10.0.0.2"));
    EXPECT_THAT(world.asked, ElementsAre("cache.test A"));
}

TEST_F(DnsMachineTest, a_node_leaves_when_another_question_confirms_it_at_once) {
    start_with({"10.0.0.1", "10.0.0.2"});

    world.records["cache.test A"] = ips({"10.0.0.2", "10.0.0.3"});
    world.poll();

    EXPECT_THAT(names(world.lists.back()), ElementsAre("10.0.0.2", "10.0.0.3"));
    EXPECT_THAT(world.asked, ElementsAre("cache.test A", "cache.test A elsewhere"));
}

TEST_F(DnsMachineTest, a_node_that_only_one_of_two_answers_lacks_stays) {
    start_with({"10.0.0.1", "10.0.0.2", "10.0.0.3"});

    world.refresh();
    world.answer_records({ips({"10.0.0.2", "10.0.0.4"})});
    world.answer_records({ips({"10.0.0.1", "10.0.0.2"})});

    ASSERT_THAT(world.lists, SizeIs(2));
    EXPECT_THAT(names(world.lists.back()), ElementsAre("10.0.0.1", "10.0.0.2", "10.0.0.4"));
}

TEST_F(DnsMachineTest, a_shrinking_list_that_nobody_confirms_is_none) {
    start_with({"10.0.0.1", "10.0.0.2"});

    world.refresh();
    world.answer_records({ips({"10.0.0.2"})});
    world.answer_records(io::LookupProblem::timed_out);

    EXPECT_THAT(world.lists, SizeIs(1));
    EXPECT_EQ(
        world.last_failure(),
        "cache.test: no nameserver has answered; it was asked to confirm what 10.53.0.1:53 says");
}

// Whatever a nameserver says instead of addresses, the last list stays.
struct NoAnswer {
    io::RecordResult result;
    const char* problem;
};
class DnsMachineWithoutAnswer : public DnsMachineTest,
                                public testing::WithParamInterface<NoAnswer> {};

TEST_P(DnsMachineWithoutAnswer, tells_a_failure_and_never_a_list) {
    start_with({"10.0.0.1"});

    world.records["cache.test A"] = GetParam().result;
    world.records["cache.test AAAA"] = kNoRecords;
    world.poll();

    EXPECT_THAT(world.lists, SizeIs(1));
    EXPECT_EQ(world.last_failure(), GetParam().problem);
    const bool is_nothing = GetParam().result == kNoSuchName || GetParam().result == kNoRecords;
    EXPECT_EQ(world.failures.back().code == base::Errc::not_found, is_nothing)
        << "only a nameserver that answers says that there is nothing";
}

INSTANTIATE_TEST_SUITE_P(
    All, DnsMachineWithoutAnswer,
    testing::Values(
        NoAnswer{kNoSuchName, "cache.test: no such name (NXDOMAIN)"},
        NoAnswer{kNoRecords, "cache.test: no A or AAAA records"},
        NoAnswer{kServerFails, "cache.test: the nameserver failed or refuses (SERVFAIL, REFUSED)"},
        NoAnswer{kSilent, "cache.test: no nameserver has answered"},
        NoAnswer{io::LookupProblem::bad_answer, "cache.test: the nameserver gave a bad answer"},
        NoAnswer{ips({"10.0.0.2", "169.254.169.254"}),
                 "cache.test: address 169.254.169.254, which no node can have"}));

TEST_F(DnsMachineTest, the_first_list_is_asked_for_eagerly_and_then_less_so) {
    world.start();
    world.run_until_told();
    EXPECT_THAT(pause(), AllOf(Ge(milliseconds(50)), Le(milliseconds(100))));

    for (int i = 0; i < 10; ++i) {
        world.run_until_told();
    }

    EXPECT_THAT(pause(), AllOf(Ge(milliseconds(50)), Le(seconds(5))));
    EXPECT_THAT(world.lists, IsEmpty());
}

TEST_F(DnsMachineTest, after_a_failure_it_asks_again_soon_and_then_less_so) {
    start_with({"10.0.0.1"});

    world.records["cache.test A"] = kServerFails;
    world.poll();
    EXPECT_THAT(pause(), AllOf(Ge(milliseconds(50)), Le(seconds(1))));
    for (int i = 0; i < 10; ++i) {
        world.run_until_told();
    }
    milliseconds longest{0};
    for (int i = 0; i < 40; ++i) {
        world.run_until_told();
        longest = std::max(longest, pause());
    }
    EXPECT_THAT(longest, AllOf(Ge(seconds(20)), Le(seconds(30))));
    world.records["cache.test A"] = ips({"10.0.0.1"});
    world.poll();
    world.records["cache.test A"] = kServerFails;
    world.poll();

    EXPECT_THAT(pause(), Le(seconds(1))) << "a new streak";
}

TEST_F(DnsMachineTest, the_name_that_was_found_is_kept_and_people_are_told_once) {
    world.settings = named({"cache.app"});
    world.search_list = pod_search_list();
    world.records["cache.app.svc.cluster.local A"] = ips({"10.0.0.1"});

    world.start();
    world.run_until_told();
    EXPECT_THAT(world.asked, ElementsAre("search list", "cache.app.app.svc.cluster.local A",
                                         "cache.app.svc.cluster.local A"));
    world.asked.clear();
    world.poll(2);

    EXPECT_THAT(world.asked,
                ElementsAre("cache.app.svc.cluster.local A", "cache.app.svc.cluster.local A"));
    EXPECT_THAT(world.log,
                ElementsAre("dns cache.app: found as cache.app.svc.cluster.local, behind 1 other "
                            "full names; only that one is asked for from now on. Written "
                            "\"cache.app.svc.cluster.local.\", with a dot at the end, it is asked "
                            "for at once"));
}

TEST_F(DnsMachineTest, a_name_with_records_of_no_use_is_not_kept) {
    world.settings = named({"cache"});
    world.search_list = {.domains = {"a.test", "b.test"}, .ndots = 1};
    world.records["cache.a.test A"] = ips({"0.0.0.0"});
    world.records["cache.b.test A"] = ips({"10.0.0.1"});
    world.start();
    world.run_until_told();
    EXPECT_EQ(world.last_failure(), "cache.a.test: address 0.0.0.0, which no node can have");

    world.records.erase("cache.a.test A");
    world.poll();

    EXPECT_THAT(world.lists, SizeIs(1));
}

TEST_F(DnsMachineTest, a_search_list_that_has_changed_counts_from_the_next_poll_on) {
    world.settings = named({"cache"});
    world.search_list = {.domains = {"a.test"}, .ndots = 1};
    world.records["cache.a.test A"] = ips({"10.0.0.1"});
    world.records["cache.b.test A"] = ips({"10.0.0.2"});
    world.start();
    world.run_until_told();

    world.search_list = {.domains = {"b.test"}, .ndots = 1};
    world.poll(2);

    EXPECT_THAT(names(world.lists.back()), ElementsAre("10.0.0.2"));
}

TEST_F(DnsMachineTest, several_names_are_asked_for_in_one_question) {
    world.settings = named({"a.test.", "b.test."});
    std::get<DnsSource>(world.settings).names[1].port = 11299;
    world.records["a.test A"] = ips({"10.0.0.1"}, seconds(60));
    world.records["b.test A"] = ips({"10.0.0.1", "10.0.0.2"}, seconds(20));

    world.start();
    world.run_until_told();

    EXPECT_THAT(world.asked, ElementsAre("search list", "a.test A, b.test A"));
    EXPECT_THAT(names(world.lists.at(0)),
                ElementsAre("10.0.0.1", "10.0.0.1:11299", "10.0.0.2:11299"));
    EXPECT_THAT(pause(), AllOf(Ge(seconds(20)), Le(seconds(25)))) << "the least time to live";
}

TEST_F(DnsMachineTest, there_is_no_list_until_each_name_has_been_answered) {
    world.settings = named({"a.test.", "b.test.", "c.test."});
    world.records["a.test A"] = ips({"10.0.0.1"});
    world.records["b.test A"] = world.records["c.test A"] = kServerFails;

    world.start();
    world.run_until_told();

    EXPECT_THAT(world.lists, IsEmpty());
    EXPECT_EQ(world.last_failure(),
              "b.test: the nameserver failed or refuses (SERVFAIL, REFUSED); and 1 other names");
}

TEST_F(DnsMachineTest, a_name_that_fails_keeps_its_nodes_while_the_others_change_theirs) {
    world.settings = named({"a.test.", "b.test."});
    world.records["a.test A"] = ips({"10.0.0.1"});
    world.records["b.test A"] = ips({"10.0.0.2"});
    world.start();
    world.run_until_told();

    world.records["a.test A"] = ips({"10.0.0.3"});
    world.records["b.test A"] = kServerFails;
    world.poll();
    EXPECT_THAT(names(world.lists.back()), ElementsAre("10.0.0.2", "10.0.0.3"));
    EXPECT_THAT(world.log, ElementsAre(HasSubstr("b.test: the nameserver failed")));
    world.poll();

    EXPECT_THAT(world.lists, SizeIs(2)) << "nothing has changed";
    EXPECT_THAT(world.last_failure(), HasSubstr("b.test: the nameserver failed"));
}

// Else many nodes that leave one name could not be agreed on while another name fails for long.
TEST_F(DnsMachineTest, who_waits_for_agreement_hears_the_same_list_again_though_a_name_fails) {
    world.settings = named({"a.test.", "b.test."});
    world.records["a.test A"] = ips({"10.0.0.1"});
    world.records["b.test A"] = ips({"10.0.0.9"});
    world.start();
    world.run_until_told();
    world.records["b.test A"] = kServerFails;
    world.refresh({.for_agreement = true});
    world.run_until_told();
    EXPECT_THAT(world.lists, SizeIs(2));
    world.poll();
    EXPECT_THAT(world.lists, SizeIs(2)) << "nobody waits any more";

    world.records["a.test A"] = kServerFails;
    world.refresh({.for_agreement = true});
    world.run_until_told();
    EXPECT_THAT(world.lists, SizeIs(2)) << "nobody has said anything";
}

TEST_F(DnsMachineTest, one_answer_is_not_enough_to_lose_nodes_of_a_name_that_failed_just_before) {
    world.settings = named({"a.test.", "b.test."});
    world.records["a.test A"] = ips({"10.0.0.1"});
    world.records["b.test A"] = ips({"10.0.0.2", "10.0.0.3"});
    world.start();
    world.run_until_told();

    world.refresh();
    world.answer_records({ips({"10.0.0.9"}), kSilent});
    world.answer_records({ips({"10.0.0.9"}), ips({"10.0.0.2"})});

    EXPECT_THAT(names(world.lists.back()), ElementsAre("10.0.0.2", "10.0.0.3", "10.0.0.9"));
}

TEST_F(DnsMachineTest, other_settings_ask_anew_and_another_family_is_confirmed) {
    start_with({"10.0.0.1"});
    world.records["cache.test AAAA"] = ips({"fd00::1"});

    settings().family = config::DnsFamily::ipv6;
    settings().times.timeout = milliseconds(77);
    world.change_settings(world.settings);
    EXPECT_EQ(world.record_question->timeout, milliseconds(77));
    world.run_until_told();

    EXPECT_THAT(names(world.lists.back()), ElementsAre("fd00::1"));
    EXPECT_THAT(world.asked, ElementsAre("cache.test AAAA", "cache.test AAAA elsewhere"));
}

TEST_F(DnsMachineTest, after_a_stop_it_goes_on_with_what_it_knew) {
    start_with({"10.0.0.1", "10.0.0.2"});

    world.restart();
    world.answer_records(std::vector<io::RecordResult>());
    world.answer_records({ips({"10.0.0.1"})});
    world.answer_records({ips({"10.0.0.1", "10.0.0.2"})});

    EXPECT_EQ(world.lists.back(), world.lists.front());
}

TEST_F(DnsMachineTest, asking_for_news_while_a_poll_is_under_way_is_that_poll) {
    start_with({"10.0.0.1"});

    world.refresh();
    world.refresh();
    world.run_until_told();

    EXPECT_THAT(world.asked, ElementsAre("cache.test A"));
}

// --- srv ---

TEST_F(SrvMachineTest, tells_the_targets_of_a_service) {
    start_with({b, a});

    EXPECT_THAT(names(world.lists[0]), ElementsAre("a.test", "b.test:11212"));
    EXPECT_EQ(world.lists[0].members[1].weight, 1U);
    EXPECT_THAT(world.hosts, IsEmpty()) << "their addresses are looked up by others";
}

TEST_F(SrvMachineTest, a_target_leaves_when_another_question_confirms_it) {
    start_with({a, b});

    world.records["_m._tcp.cache.test SRV"] = services({b});
    world.poll();

    EXPECT_THAT(names(world.lists.back()), ElementsAre("b.test:11212"));
    EXPECT_THAT(world.asked,
                ElementsAre("_m._tcp.cache.test SRV", "_m._tcp.cache.test SRV elsewhere"));
}

TEST_F(SrvMachineTest, weights_count_as_soon_as_they_are_wanted) {
    start_with({a, b});

    std::get<config::SrvSource>(world.settings).weights = true;
    world.change_settings(world.settings);
    world.run_until_told();

    EXPECT_EQ(world.lists.back().members[0].weight, 1U);
    EXPECT_EQ(world.lists.back().members[1].weight, 3U);
}

TEST_F(SrvMachineTest, a_service_that_is_gone_keeps_its_targets) {
    start_with({a, b});

    world.records["_m._tcp.cache.test SRV"] = kNoRecords;
    world.poll();
    EXPECT_EQ(world.last_failure(), "_m._tcp.cache.test: no SRV records");
    world.records["_m._tcp.cache.test SRV"] = services({{.host = ""}});
    world.poll();

    EXPECT_EQ(world.last_failure(),
              "_m._tcp.cache.test: the service is not available (target \".\")");
    EXPECT_THAT(world.lists, SizeIs(1));
}

// --- what it shows ---

TEST_F(DnsMachineTest, shows_when_it_asks_the_time_to_live_and_which_name_won) {
    SourceWorld searching(named({"cache"}));
    searching.pause_max = seconds(400);
    searching.search_list = {.domains = {"a.test", "b.test"}};
    searching.records["cache.b.test A"] = ips({"10.0.0.1"});
    searching.start();
    searching.run_until_told();

    EXPECT_EQ(searching.facts.last_poll, searching.now);
    EXPECT_EQ(searching.facts.next_poll, searching.wake_at);
    ASSERT_TRUE(searching.facts.ttl.has_value());
    EXPECT_GT(searching.facts.ttl->count(), 0);
    EXPECT_THAT(searching.facts.names, ElementsAre(FoundName{"cache", "cache.b.test", ""}));
}

TEST_F(DnsMachineTest, shows_why_a_name_is_not_found) {
    world.start();
    world.run_until_told();

    ASSERT_THAT(world.facts.names, SizeIs(1));
    EXPECT_EQ(world.facts.names[0].full_name, "");
    EXPECT_EQ(world.facts.names[0].problem, world.last_failure());
    EXPECT_EQ(world.facts.ttl, std::nullopt);
    EXPECT_EQ(world.facts.next_poll, world.wake_at);
}

}  // namespace
}  // namespace ringside::discovery
