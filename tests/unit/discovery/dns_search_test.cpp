#include "discovery/dns_search.h"

#include "dns_zone.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <variant>
#include <vector>

namespace ringside::discovery {
namespace {

using config::DnsFamily;
using io::LookupProblem;
using io::RecordResult;
using io::RecordType;
using testing::ElementsAre;
using testing::IsEmpty;

class DnsSearchTest : public testing::Test {
  protected:
    // Searches to the end; who is not in the zone is NXDOMAIN. The names that were asked for.
    std::vector<std::string> search(DnsSearch& search) {
        std::vector<std::string> asked;
        search.begin(choice, list);
        while (!search.is_over()) {
            std::vector<RecordResult> results;
            for (const io::RecordWish& wish : search.wishes()) {
                const auto text = wish.full_name + ' ' + std::string(to_string(wish.type));
                asked.push_back(text);
                results.push_back(zone.contains(text) ? zone.at(text) : kNoSuchName);
            }
            search.take(results);
        }
        EXPECT_THAT(search.wishes(), IsEmpty());
        if (std::holds_alternative<io::DnsRecords>(search.result())) {
            search.keep_full_name();
        }
        return asked;
    }

    std::map<std::string, RecordResult> zone;
    io::SearchList list = pod_search_list();
    RecordChoice choice = choice_of(DnsFamily::ipv4);
};

TEST_F(DnsSearchTest, a_short_name_is_tried_below_each_domain_first_and_then_itself) {
    DnsSearch name("cache.app");
    zone["cache.app A"] = ips({"10.0.0.1"});

    EXPECT_THAT(search(name),
                ElementsAre("cache.app.app.svc.cluster.local A", "cache.app.svc.cluster.local A",
                            "cache.app.cluster.local A", "cache.app A"));

    EXPECT_EQ(name.result(), ips({"10.0.0.1"}));
    EXPECT_EQ(name.detours(), 3U);
}

TEST_F(DnsSearchTest, a_name_with_enough_dots_is_tried_itself_first) {
    DnsSearch name("a.b.c.d.e.example");
    zone["a.b.c.d.e.example A"] = ips({"10.0.0.1"});

    EXPECT_THAT(search(name), ElementsAre("a.b.c.d.e.example A"));
}

TEST_F(DnsSearchTest, a_name_with_a_dot_at_its_end_is_the_only_one) {
    DnsSearch name("Cache.Example.");

    EXPECT_THAT(search(name), ElementsAre("cache.example A"));

    EXPECT_EQ(name.problem_text(), "cache.example: no such name (NXDOMAIN)");
}

TEST_F(DnsSearchTest, the_name_that_was_found_is_the_only_one_from_then_on) {
    DnsSearch name("cache.app");
    zone["cache.app.svc.cluster.local A"] = ips({"10.0.0.1"});
    search(name);
    EXPECT_EQ(name.full_name(), "cache.app.svc.cluster.local");

    EXPECT_THAT(search(name), ElementsAre("cache.app.svc.cluster.local A"));
    zone.clear();
    zone["cache.app A"] = ips({"192.0.2.1"});
    EXPECT_THAT(search(name), ElementsAre("cache.app.svc.cluster.local A"));

    EXPECT_EQ(name.result(), kNoSuchName);
    EXPECT_EQ(name.detours(), 0U);
}

TEST_F(DnsSearchTest, another_search_list_begins_anew) {
    DnsSearch name("cache.app");
    zone["cache.app.svc.cluster.local A"] = ips({"10.0.0.1"});
    search(name);

    list = {.domains = {"example"}, .ndots = 1};

    EXPECT_THAT(search(name), ElementsAre("cache.app A", "cache.app.example A"));
    EXPECT_EQ(name.problem_text(),
              "cache.app: no such name (NXDOMAIN), under none of 2 full names");
}

// What says nothing about a name does not lead to the next one.
class DnsSearchStops : public DnsSearchTest, public testing::WithParamInterface<RecordResult> {};

TEST_P(DnsSearchStops, at_what_says_nothing_about_the_name) {
    DnsSearch name("cache.app");
    zone["cache.app.svc.cluster.local A"] = GetParam();
    zone["cache.app A"] = ips({"192.0.2.1"});

    EXPECT_THAT(search(name),
                ElementsAre("cache.app.app.svc.cluster.local A", "cache.app.svc.cluster.local A"));

    EXPECT_EQ(name.result(), GetParam());
    EXPECT_THAT(name.problem_text(), testing::StartsWith("cache.app.svc.cluster.local: "));
}

INSTANTIATE_TEST_SUITE_P(Problems, DnsSearchStops,
                         testing::Values(kServerFails, kSilent,
                                         RecordResult(LookupProblem::bad_answer),
                                         RecordResult(LookupProblem::too_long_or_invalid_name)));

TEST_F(DnsSearchTest, a_name_without_records_leads_on_and_is_told_if_there_is_no_other) {
    DnsSearch name("cache.app");
    zone["cache.app.svc.cluster.local A"] = kNoRecords;

    EXPECT_EQ(search(name).size(), 4U);

    EXPECT_EQ(name.result(), kNoRecords);
    EXPECT_EQ(name.problem_text(), "cache.app: no A records, under none of 4 full names");
}

TEST_F(DnsSearchTest, the_other_family_is_asked_for_where_the_preferred_one_is_missing) {
    choice = choice_of(DnsFamily::prefer_ipv4);
    DnsSearch name("cache.example.");
    zone["cache.example A"] = kNoRecords;
    zone["cache.example AAAA"] = ips({"fd00::1"});

    EXPECT_THAT(search(name), ElementsAre("cache.example A", "cache.example AAAA"));
    EXPECT_EQ(name.result(), ips({"fd00::1"}));

    zone["cache.example A"] = ips({"10.0.0.1"});
    EXPECT_THAT(search(name), ElementsAre("cache.example A"));
}

TEST_F(DnsSearchTest, a_failure_of_the_preferred_family_is_no_word_for_the_other) {
    choice = choice_of(DnsFamily::prefer_ipv6);
    DnsSearch name("cache.example.");
    zone["cache.example A"] = ips({"10.0.0.1"});
    zone["cache.example AAAA"] = kServerFails;

    EXPECT_THAT(search(name), ElementsAre("cache.example AAAA"));

    EXPECT_EQ(name.result(), kServerFails);
}

TEST_F(DnsSearchTest, both_families_are_taken_together_with_the_lesser_time) {
    choice = choice_of(DnsFamily::both);
    DnsSearch name("cache.example.");
    zone["cache.example A"] = ips({"10.0.0.1"}, base::seconds(20));
    zone["cache.example AAAA"] = ips({"fd00::1"}, base::seconds(10));

    EXPECT_THAT(search(name), ElementsAre("cache.example A", "cache.example AAAA"));

    EXPECT_EQ(name.result(), ips({"10.0.0.1", "fd00::1"}, base::seconds(10)));
}

TEST_F(DnsSearchTest, of_both_families_none_may_fail) {
    choice = choice_of(DnsFamily::both);
    DnsSearch name("cache.example.");
    zone["cache.example A"] = ips({"10.0.0.1"});
    zone["cache.example AAAA"] = kSilent;
    search(name);
    EXPECT_EQ(name.result(), kSilent) << "half of a membership";

    zone["cache.example AAAA"] = kNoRecords;
    search(name);

    EXPECT_EQ(name.result(), ips({"10.0.0.1"}));
}

TEST_F(DnsSearchTest, each_family_is_what_its_name_says) {
    using Types = std::vector<RecordType>;

    EXPECT_EQ(choice_of(DnsFamily::ipv6).types, Types{RecordType::aaaa});
    EXPECT_EQ(choice_of(DnsFamily::ipv6).otherwise, Types{});
    EXPECT_EQ(choice_of(DnsFamily::prefer_ipv6).otherwise, Types{RecordType::a});
}

}  // namespace
}  // namespace ringside::discovery
