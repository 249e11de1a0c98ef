// What a source that begins says against what the pool has: a list from before the start, or the
// nodes of another source.
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

// As an identity may call them.
routing::Membership pool_of(const std::vector<std::string>& hosts) {
    routing::Membership pool;
    for (const std::string& host : hosts) {
        pool.members.push_back({.name = "node of " + host, .address = {host, 11211}});
    }
    return pool;
}

class DnsSavedTest : public DnsMachineTest {
  protected:
    // Up to the question for records.
    void start_with_pool(const std::vector<std::string>& hosts) {
        world.start();
        world.know(pool_of(hosts));
        world.answer_records(std::vector<io::RecordResult>());
    }
};

TEST_F(DnsSavedTest, the_first_list_takes_a_saved_node_away_when_another_answer_confirms_it) {
    world.records["cache.test A"] = ips({"10.0.0.1"});
    start_with_pool({"10.0.0.1", "10.0.0.2"});
    world.run_until_told();

    EXPECT_THAT(names(world.lists.at(0)), ElementsAre("10.0.0.1"));
    EXPECT_THAT(world.asked, ElementsAre("search list", "cache.test A", "cache.test A elsewhere"));
}

TEST_F(DnsSavedTest, one_shorter_answer_takes_no_saved_node_away) {
    start_with_pool({"10.0.0.1", "10.0.0.2"});

    world.answer_records({ips({"10.0.0.1"})});
    world.answer_records({ips({"10.0.0.1", "10.0.0.2"})});

    EXPECT_THAT(names(world.lists.at(0)), ElementsAre("10.0.0.1", "10.0.0.2"));
}

TEST_F(DnsSavedTest, the_first_list_needs_no_confirmation_if_it_has_all_saved_nodes) {
    start_with_pool({"10.0.0.1"});

    world.answer_records({ips({"10.0.0.1", "10.0.0.2"})});

    EXPECT_THAT(names(world.lists.at(0)), ElementsAre("10.0.0.1", "10.0.0.2"));
}

// As in a process that was not restarted.
TEST_F(DnsSavedTest, while_nobody_confirms_it_saved_nodes_stay_and_new_ones_join) {
    start_with_pool({"10.0.0.1", "10.0.0.2"});

    world.answer_records({ips({"10.0.0.1", "10.0.0.3"})});
    world.answer_records({kSilent});
    EXPECT_THAT(names(world.lists.at(0)), ElementsAre("10.0.0.1", "10.0.0.2", "10.0.0.3"));
    EXPECT_THAT(world.log, ElementsAre(HasSubstr("its last nodes stay")));

    world.records["cache.test A"] = ips({"10.0.0.3"});
    world.poll();
    EXPECT_THAT(names(world.lists.back()), ElementsAre("10.0.0.3"));
}

TEST_F(DnsSavedTest, a_saved_list_is_never_told_as_if_it_had_been_said) {
    start_with_pool({"10.0.0.1"});

    world.answer_records({kServerFails});

    EXPECT_THAT(world.lists, IsEmpty());
    EXPECT_THAT(world.failures, SizeIs(1));
}

TEST_F(DnsSavedTest, the_nodes_of_another_source_leave_by_two_answers_as_well) {
    world.start();
    world.know(pool_of({"10.0.0.1", "10.0.0.2"}), "servers");
    world.answer_records(std::vector<io::RecordResult>());

    world.answer_records({ips({"10.0.0.1"})});
    world.answer_records({kSilent});
    EXPECT_THAT(world.lists, IsEmpty()) << "they are not its own";
    EXPECT_THAT(world.last_failure(), HasSubstr("it was asked to confirm what 10.53.0.1:53 says"));

    world.records["cache.test A"] = ips({"10.0.0.1"});
    world.poll();
    EXPECT_THAT(names(world.lists.at(0)), ElementsAre("10.0.0.1"));
}

// It has its own old list, and the pool was another source's meanwhile.
TEST_F(DnsSavedTest, a_source_that_begins_again_knows_of_both) {
    start_with({"10.0.0.1"});

    world.restart();
    world.know(pool_of({"10.0.0.1", "10.0.0.2"}), "servers");
    world.answer_records(std::vector<io::RecordResult>());
    world.answer_records({ips({"10.0.0.1"})});
    EXPECT_THAT(world.lists, SizeIs(1)) << "not yet";
    world.answer_records({ips({"10.0.0.1", "10.0.0.2"})});

    EXPECT_THAT(names(world.lists.back()), ElementsAre("10.0.0.1", "10.0.0.2"));
}

TEST_F(DnsSavedTest, of_several_names_the_one_that_fails_keeps_what_the_others_do_not_have) {
    world.settings = named({"a.test.", "b.test."});
    world.records["a.test A"] = ips({"10.0.0.1", "10.0.0.9"});
    world.records["b.test A"] = kServerFails;
    start_with_pool({"10.0.0.1", "10.0.0.2"});
    world.run_until_told();
    EXPECT_THAT(names(world.lists.at(0)), ElementsAre("10.0.0.1", "10.0.0.2", "10.0.0.9"));

    world.records["a.test A"] = ips({"10.0.0.9"});
    world.poll();
    EXPECT_THAT(names(world.lists.back()), ElementsAre("10.0.0.2", "10.0.0.9"));
}

TEST_F(SrvMachineTest, one_shorter_answer_takes_no_saved_target_away) {
    world.start();
    world.know({.members = {{.name = "0", .address = {"a.test", 11211}},
                            {.name = "1", .address = {"b.test", 11212}}}});
    world.answer_records(std::vector<io::RecordResult>());

    world.answer_records({services({a})});
    EXPECT_THAT(world.lists, IsEmpty());
    world.answer_records({kSilent});

    EXPECT_THAT(names(world.lists.at(0)), ElementsAre("a.test", "b.test:11212"));
    EXPECT_EQ(world.lists.at(0).members[1].host, "b.test");
}

}  // namespace
}  // namespace ringside::discovery
