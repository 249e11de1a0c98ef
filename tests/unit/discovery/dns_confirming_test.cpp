// Who confirms what: of several nameservers (`options rotate`, or one that fails now and then) each
// may have answered another wish of a search.
#include "discovery/dns_machine.h"
#include "dns_machine_harness.h"
#include "dns_zone.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ringside::discovery {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class DnsConfirmingTest : public DnsMachineTest {
  protected:
    // Starts with these addresses, of both families.
    void start_with_both(const std::vector<std::string>& ipv4,
                         const std::vector<std::string>& ipv6) {
        settings().family = config::DnsFamily::both;
        world.records["cache.test AAAA"] = ipv6.empty() ? kNoRecords : ips(ipv6);
        start_with(ipv4);
    }
    void answer(const std::vector<io::RecordResult>& results,
                const std::vector<std::string>& servers) {
        answer(world, results, servers);
    }
    static void answer(SourceWorld& world, const std::vector<io::RecordResult>& results,
                       const std::vector<std::string>& servers) {
        world.record_question.reset();
        world.send(RecordsAnswered{results, world.search_list, servers});
    }
    // Who must not answer each of the wishes.
    std::vector<std::string> not_of() const {
        std::vector<std::string> servers;
        for (const io::RecordWish& wish : world.record_question->wishes) {
            servers.push_back(wish.not_of);
        }
        return servers;
    }
};

TEST_F(DnsConfirmingTest, each_type_is_confirmed_by_another_one_than_has_answered_it) {
    start_with_both({"10.0.0.1", "10.0.0.2"}, {"fd00::1"});

    world.refresh();
    answer({ips({"10.0.0.1"}), ips({"fd00::1"})}, {"ns1:53", "ns2:53"});
    EXPECT_THAT(not_of(), ElementsAre("ns1:53", "ns2:53"));
    answer({ips({"10.0.0.1"}), ips({"fd00::1"})}, {"ns2:53", "ns1:53"});

    EXPECT_THAT(names(world.lists.back()), UnorderedElementsAre("10.0.0.1", "fd00::1"));
    EXPECT_THAT(world.failures, IsEmpty());
}

// By default: IPv6 if there is no IPv4.
TEST_F(DnsConfirmingTest, a_type_that_is_asked_for_in_the_end_is_confirmed_likewise) {
    world.records["cache.test AAAA"] = ips({"fd00::1", "fd00::2"});
    world.records["cache.test A"] = kNoRecords;
    world.start();
    world.run_until_told();

    world.refresh();
    answer({kNoRecords}, {"ns1:53"});
    answer({ips({"fd00::1"})}, {"ns2:53"});
    EXPECT_THAT(not_of(), ElementsAre("ns1:53"));
    answer({kNoRecords}, {"ns2:53"});
    EXPECT_THAT(not_of(), ElementsAre("ns2:53"));
    answer({ips({"fd00::1"})}, {"ns1:53"});

    EXPECT_THAT(names(world.lists.back()), ElementsAre("fd00::1"));
}

// Who says NXDOMAIN to one type says it of all, and must not be the one who is asked for the next.
TEST_F(DnsConfirmingTest, a_type_that_was_not_asked_for_at_first_is_asked_for_elsewhere) {
    world.records["cache.test AAAA"] = ips({"fd00::1"});
    world.records["cache.test A"] = kNoRecords;
    world.start();
    world.run_until_told();

    world.refresh();
    answer({kNoSuchName}, {"ns1:53"});
    EXPECT_THAT(not_of(), ElementsAre("ns1:53"));
    answer({kNoRecords}, {"ns2:53"});
    EXPECT_THAT(not_of(), ElementsAre("ns1:53"));
    answer({kServerFails}, {""});

    EXPECT_EQ(world.failures.back().code, base::Errc::io);
    EXPECT_THAT(world.last_failure(), HasSubstr("it was asked to confirm what ns1:53 says"));
}

// The first nameserver has lost the name, and would be heard twice of its only type.
TEST_F(DnsConfirmingTest, nxdomain_of_one_type_does_not_confirm_what_the_same_one_said_of_another) {
    world.records["cache.test AAAA"] = ips({"fd00::1"});
    world.records["cache.test A"] = kNoRecords;
    world.start();
    world.run_until_told();

    world.refresh();
    answer({kNoRecords}, {"ns2:53"});
    answer({kNoSuchName}, {"ns1:53"});
    EXPECT_THAT(not_of(), ElementsAre("ns2:53"));
    answer({kNoSuchName}, {"ns1:53"});
    ASSERT_TRUE(world.record_question);
    EXPECT_THAT(not_of(), ElementsAre("ns1:53"));
    answer({ips({"fd00::1"})}, {"ns2:53"});

    EXPECT_THAT(world.failures, IsEmpty());
    EXPECT_THAT(names(world.lists.back()), ElementsAre("fd00::1"));
}

TEST_F(DnsConfirmingTest, each_full_name_is_confirmed_by_another_one_than_has_answered_it) {
    SourceWorld searching(named({"cache"}));
    searching.pause_max = base::seconds(400);
    searching.search_list = {.domains = {"a.test"}, .ndots = 5};
    searching.start();
    searching.know({.members = {{.name = "10.0.0.1", .address = {"10.0.0.1", 11211}}}});
    searching.answer_records(std::vector<io::RecordResult>());

    for (const char* const server : {"ns1:53", "ns2:53"}) {
        EXPECT_EQ(searching.record_question->wishes.at(0).not_of, "");
        answer(searching, {kNoSuchName}, {server});
    }
    for (const char* const not_of : {"ns1:53", "ns2:53"}) {
        EXPECT_EQ(searching.record_question->wishes.at(0).not_of, not_of);
        answer(searching, {kNoSuchName}, {"another:53"});
    }

    EXPECT_EQ(searching.failures.back().code, base::Errc::not_found);
}

// The second nameserver has no answer for AAAA, ever. Nobody has IPv6.
TEST_F(DnsConfirmingTest, a_type_that_nobody_leaves_needs_no_confirmation) {
    start_with_both({"10.0.0.1", "10.0.0.2", "10.0.0.3"}, {});

    world.refresh();
    answer({ips({"10.0.0.1", "10.0.0.2"}), kNoRecords}, {"ns1:53", "ns1:53"});
    answer({ips({"10.0.0.1", "10.0.0.2"}), kServerFails}, {"ns2:53", ""});
    EXPECT_THAT(names(world.lists.back()), ElementsAre("10.0.0.1", "10.0.0.2"));
    world.refresh();
    answer({ips({"10.0.0.1"}), kNoRecords}, {"ns1:53", "ns1:53"});
    answer({ips({"10.0.0.1"}), kSilent}, {"ns2:53", ""});
    EXPECT_THAT(names(world.lists.back()), ElementsAre("10.0.0.1"));
    EXPECT_THAT(world.failures, IsEmpty());

    world.refresh();
    answer({kNoSuchName, kNoSuchName}, {"ns1:53", "ns1:53"});
    answer({kNoSuchName, kServerFails}, {"ns2:53", ""});

    ASSERT_THAT(world.failures, SizeIs(1));
    EXPECT_EQ(world.failures.back().code, base::Errc::not_found);
}

TEST_F(DnsConfirmingTest, the_type_that_somebody_leaves_does) {
    start_with_both({"10.0.0.1", "10.0.0.2"}, {"fd00::1", "fd00::2"});

    world.refresh();
    answer({ips({"10.0.0.1"}), ips({"fd00::1", "fd00::2"})}, {"ns1:53", "ns2:53"});
    answer({kServerFails, ips({"fd00::1", "fd00::2"})}, {"", "ns1:53"});
    EXPECT_THAT(world.lists, SizeIs(1));
    EXPECT_THAT(world.last_failure(), HasSubstr("it was asked to confirm what ns1:53 says"));

    world.refresh();
    answer({ips({"10.0.0.1"}), ips({"fd00::1"})}, {"ns1:53", "ns2:53"});
    answer({ips({"10.0.0.1"}), kSilent}, {"ns2:53", ""});
    EXPECT_THAT(world.lists, SizeIs(1)) << "of each one leaves";
    EXPECT_THAT(world.last_failure(), HasSubstr("it was asked to confirm what ns2:53 says"));
}

// Those of the other family are not asked for any more, so these records are what takes them away.
TEST_F(DnsConfirmingTest, nor_do_records_of_another_family_come_without_confirmation) {
    start_with({"10.0.0.1"});

    settings().family = config::DnsFamily::ipv6;
    world.change_settings(world.settings);
    answer({ips({"fd00::1"})}, {"ns1:53"});
    answer({kServerFails}, {""});

    EXPECT_THAT(names(world.lists.back()), UnorderedElementsAre("10.0.0.1", "fd00::1"));
}

}  // namespace
}  // namespace ringside::discovery
