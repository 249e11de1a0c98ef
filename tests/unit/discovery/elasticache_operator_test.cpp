// What an operator's word does to an ElastiCache list that is refused as the past.
#include "discovery/elasticache_machine.h"
#include "elasticache_cluster.h"
#include "source_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace ringside::discovery {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ElastiCacheOperatorTest : public testing::Test {
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

constexpr RefreshAsked kAcceptOlder{.accept_older = true};

TEST_F(ElastiCacheOperatorTest, an_older_version_is_taken_by_the_operators_word) {
    start_with(listing(7, "a||11211"));
    world.versions_may_fall = true;
    world.nodes[kEndpoint] = always(listing(4, "n|10.0.0.5|11211"));
    world.poll(5);  // nobody confirms it
    ASSERT_EQ(world.last_failure(), older_refused(4, 7));

    world.refresh(kAcceptOlder);
    world.run_until_told();
    world.poll();

    ASSERT_EQ(world.lists.size(), 3U) << world.last_failure();
    EXPECT_EQ(world.lists[1].source_version, 4U);
    EXPECT_EQ(world.lists[2].source_version, 4U);
    EXPECT_EQ(world.facts.version, "4");
    EXPECT_THAT(world.log, ElementsAre("10.0.0.9:11211: version 4 taken by the operator's word, "
                                       "though it is older than 7"));
}

TEST_F(ElastiCacheOperatorTest, the_operators_word_holds_for_one_answer) {
    start_with(listing(7, "a||11211"));
    world.nodes[kEndpoint] = always(listing(8, "b||11211"));
    world.refresh(kAcceptOlder);
    world.run_until_told();
    EXPECT_THAT(world.log, IsEmpty()) << "no need of it";

    world.nodes[kEndpoint] = always(listing(6, "c||11211"));
    world.poll(2);
    EXPECT_EQ(world.last_failure(), older_refused(6, 8));
    world.nodes.erase(kEndpoint);
    world.refresh(kAcceptOlder);
    world.run_until_told();
    world.nodes[kEndpoint] = always(listing(6, "c||11211"));
    world.poll();

    EXPECT_EQ(world.lists.size(), 2U);
    EXPECT_EQ(world.last_failure(), older_refused(6, 8));
}

TEST_F(ElastiCacheOperatorTest, the_operators_word_counts_during_a_poll_that_waits_for_a_node) {
    start_with(listing(7, "a||11211"));
    world.versions_may_fall = true;
    world.nodes[kEndpoint] = always(listing(4, "n.example||11211"));
    world.poll(2);
    world.refresh();
    world.step();
    ASSERT_THAT(world.hosts, testing::Contains("n.example"));
    ASSERT_FALSE(world.question);

    world.refresh(kAcceptOlder);
    world.run_until_told();

    ASSERT_EQ(world.lists.size(), 2U) << world.last_failure();
    EXPECT_EQ(world.lists[1].source_version, 4U);
}

TEST_F(ElastiCacheOperatorTest, the_operators_word_makes_no_list_of_what_is_none) {
    start_with(listing(7, "a||11211"));

    for (const std::string& answer : {listing(4, ""), listing(4, "a|b"), std::string("END\r\n")}) {
        world.nodes[kEndpoint] = always(answer);
        world.refresh(kAcceptOlder);
        world.run_until_told();
    }

    EXPECT_EQ(world.lists.size(), 1U);
    EXPECT_EQ(world.failures.size(), 3U);
}

}  // namespace
}  // namespace ringside::discovery
