// What a nameserver has to say twice: that there are no nodes.
#include "discovery/dns_machine.h"
#include "dns_machine_harness.h"
#include "dns_zone.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace ringside::discovery {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST_F(DnsMachineTest, that_there_is_nothing_is_told_when_another_question_confirms_it) {
    start_with({"10.0.0.1", "10.0.0.2"});

    world.records["cache.test A"] = kNoSuchName;
    world.poll();

    EXPECT_THAT(world.asked, ElementsAre("cache.test A", "cache.test A elsewhere"));
    EXPECT_EQ(world.failures.back().code, base::Errc::not_found);
}

// Of two nameservers one may not have the zone's records, or not any more.
TEST_F(DnsMachineTest, of_two_answers_the_one_that_has_records_counts) {
    start_with({"10.0.0.1", "10.0.0.2"});

    world.refresh();
    world.answer_records({kNoSuchName});
    world.answer_records({ips({"10.0.0.2", "10.0.0.3"})});
    ASSERT_THAT(world.failures, IsEmpty());
    EXPECT_THAT(names(world.lists.back()), ElementsAre("10.0.0.2", "10.0.0.3"));

    world.refresh();
    world.answer_records({ips({"10.0.0.3"})});
    world.answer_records({kNoSuchName});
    ASSERT_THAT(world.failures, IsEmpty());
    EXPECT_THAT(names(world.lists.back()), ElementsAre("10.0.0.3"));
    EXPECT_THAT(world.log, IsEmpty());
}

TEST_F(DnsMachineTest, that_there_is_nothing_and_nobody_confirms_it_is_a_failure) {
    start_with({"10.0.0.1"});

    for (const io::RecordResult& second : {kServerFails, kSilent, ips({"0.0.0.0"})}) {
        world.refresh();
        world.answer_records({kNoSuchName});
        world.answer_records({second});
        EXPECT_EQ(world.failures.back().code, base::Errc::io);
    }

    EXPECT_THAT(world.failures, SizeIs(3));
}

// Who has said it cannot confirm it, even if the other one fails.
TEST_F(DnsMachineTest, a_confirmation_is_asked_of_who_has_not_spoken) {
    start_with({"10.0.0.1", "10.0.0.2"});

    world.refresh();
    ASSERT_EQ(world.record_question->wishes.at(0).not_of, "");
    world.send(RecordsAnswered{{kNoSuchName}, {}, {"10.53.0.7:53"}});
    EXPECT_EQ(world.record_question->wishes.at(0).not_of, "10.53.0.7:53");
    world.answer_records({kServerFails});

    EXPECT_EQ(world.failures.back().code, base::Errc::io);
    EXPECT_EQ(world.last_failure(),
              "cache.test: the nameserver failed or refuses (SERVFAIL, REFUSED); it was asked to "
              "confirm what 10.53.0.7:53 says");
    world.refresh();
    EXPECT_EQ(world.record_question->wishes.at(0).not_of, "") << "the next poll is another";
}

// A second nameserver that is down for long keeps out nobody.
TEST_F(DnsMachineTest, a_node_joins_though_nobody_confirms_that_another_one_has_left) {
    start_with({"10.0.0.1", "10.0.0.2"});

    world.refresh();
    world.answer_records({ips({"10.0.0.2", "10.0.0.3"})});
    world.answer_records({kSilent});
    EXPECT_THAT(names(world.lists.back()), ElementsAre("10.0.0.1", "10.0.0.2", "10.0.0.3"));
    EXPECT_THAT(world.log.back(), HasSubstr("its last nodes stay"));

    world.refresh();
    world.answer_records({ips({"10.0.0.2", "10.0.0.3"})});
    world.answer_records({ips({"10.0.0.2", "10.0.0.3"})});
    EXPECT_THAT(names(world.lists.back()), ElementsAre("10.0.0.2", "10.0.0.3"));
    EXPECT_THAT(world.failures, IsEmpty());
}

TEST_F(DnsMachineTest, a_pool_that_was_emptied_is_asked_for_as_often_as_one_without_nodes) {
    start_with({"10.0.0.1"});
    world.records["cache.test A"] = kNoSuchName;
    world.run_until_told(10);
    ASSERT_THAT(world.failures, SizeIs(10)) << "the pauses have grown";

    world.know({});
    EXPECT_LE(pause(), base::seconds(5));
    EXPECT_EQ(world.facts.next_poll, world.wake_at);
    for (int i = 0; i < 20; ++i) {
        world.run_until_told();
        EXPECT_LE(pause(), base::seconds(5));
    }
    world.records["cache.test A"] = ips({"10.0.0.1"});
    world.run_until_told();
    EXPECT_THAT(world.lists, SizeIs(2)) << "the same one again";
}

// It was dropped with the others.
TEST_F(DnsMachineTest, a_list_from_before_does_not_come_back_to_a_pool_that_was_emptied) {
    world.settings = named({"a.test.", "b.test."});
    world.records["a.test A"] = ips({"10.0.0.1"});
    world.records["b.test A"] = ips({"10.0.0.2"});
    world.start();
    world.run_until_told();

    world.know({});
    world.records["b.test A"] = kServerFails;
    world.poll();

    EXPECT_THAT(world.lists, SizeIs(1));
    EXPECT_EQ(world.failures.back().code, base::Errc::io);
}

TEST_F(DnsMachineTest, who_has_no_nodes_to_lose_believes_at_once_that_there_are_none) {
    world.start();
    world.run_until_told();
    EXPECT_THAT(world.asked, ElementsAre("search list", "cache.test A"));
    world.asked.clear();

    world.know({.members = {{.name = "10.0.0.1", .address = {"10.0.0.1", 11211}}}});  // saved ones
    world.poll();

    EXPECT_THAT(world.asked, ElementsAre("cache.test A", "cache.test A elsewhere"));
    EXPECT_EQ(world.failures.back().code, base::Errc::not_found);
}

class DnsNamesTest : public DnsMachineTest {
  protected:
    void SetUp() override {
        world.settings = named({"a.test.", "b.test."});
        world.records["a.test A"] = ips({"10.0.0.1"});
    }
};

TEST_F(DnsNamesTest, a_name_that_never_had_records_has_no_nodes_if_two_answers_say_so) {
    world.start();
    world.run_until_told();

    EXPECT_THAT(names(world.lists.at(0)), ElementsAre("10.0.0.1"));
    EXPECT_THAT(world.asked,
                ElementsAre("search list", "a.test A, b.test A", "a.test A, b.test A elsewhere"));
    EXPECT_THAT(world.log, ElementsAre("dns b.test: no such name (NXDOMAIN); it counts as a name "
                                       "without nodes until it has some"));
    EXPECT_EQ(world.facts.names.at(1).problem, "b.test: no such name (NXDOMAIN)");

    world.asked.clear();
    world.records["a.test A"] = ips({"10.0.0.1", "10.0.0.3"});
    world.poll();
    EXPECT_THAT(world.asked, ElementsAre("a.test A, b.test A")) << "that is known";
    world.records["b.test A"] = kServerFails;
    world.records["a.test A"] = ips({"10.0.0.3"});
    world.poll();
    EXPECT_THAT(names(world.lists.back()), ElementsAre("10.0.0.3")) << "it has none to lose";

    world.records["b.test A"] = ips({"10.0.0.2"});
    world.poll();
    EXPECT_THAT(names(world.lists.back()), ElementsAre("10.0.0.2", "10.0.0.3"));
    world.records["b.test A"] = kNoSuchName;
    world.poll();
    EXPECT_THAT(world.last_failure(), HasSubstr("b.test: no such name")) << "it keeps its nodes";
    EXPECT_THAT(world.log, SizeIs(2));
}

TEST_F(DnsNamesTest, that_a_name_has_no_nodes_and_nobody_confirms_it_is_a_failure) {
    world.start();
    world.answer_records(std::vector<io::RecordResult>());

    world.answer_records({ips({"10.0.0.1"}), kNoSuchName});
    world.answer_records({ips({"10.0.0.1"}), kServerFails});

    EXPECT_THAT(world.lists, IsEmpty());
    EXPECT_EQ(world.failures.back().code, base::Errc::io);
    EXPECT_THAT(world.last_failure(), HasSubstr("it was asked to confirm what 10.53.0.1:53 says"));
}

TEST_F(DnsNamesTest, a_pool_that_was_emptied_has_nodes_again_when_one_name_has) {
    world.records["b.test A"] = ips({"10.0.0.2"});
    world.start();
    world.run_until_told();
    world.records["a.test A"] = world.records["b.test A"] = kNoSuchName;
    world.poll();
    ASSERT_EQ(world.failures.back().code, base::Errc::not_found);

    world.know({});
    world.records["b.test A"] = ips({"10.0.0.2"});
    world.poll();

    EXPECT_THAT(names(world.lists.back()), ElementsAre("10.0.0.2"));
}

// Which nodes of the list were whose is not known.
// Before the start it may have had none either, and would keep dead nodes of the others for ever.
TEST_F(DnsNamesTest, a_name_without_records_by_two_answers_keeps_no_saved_nodes) {
    world.start();
    world.know({.members = {{.name = "10.0.0.1", .address = {"10.0.0.1", 11211}},
                            {.name = "10.0.0.2", .address = {"10.0.0.2", 11211}}}});
    world.run_until_told();

    EXPECT_THAT(names(world.lists.back()), ElementsAre("10.0.0.1"));
    EXPECT_THAT(world.log, ElementsAre(HasSubstr("counts as a name without nodes")));
}

TEST_F(DnsMachineTest, one_answer_is_not_enough_to_say_that_several_names_have_nothing) {
    world.settings = named({"a.test.", "b.test."});
    world.records["a.test A"] = ips({"10.0.0.1"});
    world.records["b.test A"] = ips({"10.0.0.2"});
    world.start();
    world.run_until_told();

    world.refresh();
    world.answer_records({kNoSuchName, kNoSuchName});
    world.answer_records({ips({"10.0.0.1"}), kNoSuchName});

    EXPECT_THAT(world.lists, SizeIs(1)) << "the same one again";
    EXPECT_EQ(world.failures.back().code, base::Errc::io) << "one name is well";
    EXPECT_EQ(world.last_failure(), "b.test: no such name (NXDOMAIN)");
}

TEST_F(SrvMachineTest, a_service_is_gone_when_another_question_confirms_it) {
    start_with({a, b});
    const io::RecordResult not_available = services({{.host = ""}});

    for (const io::RecordResult& nothing : {kNoSuchName, kNoRecords, not_available}) {
        world.refresh();
        world.answer_records({nothing});
        world.answer_records({services({a, b})});
        EXPECT_EQ(world.lists.back(), world.lists.front());
    }
    EXPECT_THAT(world.failures, IsEmpty());

    world.asked.clear();
    world.records["_m._tcp.cache.test SRV"] = not_available;
    world.poll();
    EXPECT_THAT(world.asked,
                ElementsAre("_m._tcp.cache.test SRV", "_m._tcp.cache.test SRV elsewhere"));
    EXPECT_EQ(world.failures.back().code, base::Errc::not_found);
}

}  // namespace
}  // namespace ringside::discovery
