// An ElastiCache endpoint that knows no list of nodes: when it is the only node, and when not.
#include "discovery/elasticache_machine.h"
#include "elasticache_cluster.h"
#include "source_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ringside::discovery {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kSaysSo =
    "10.0.0.9:11211 knows no \"config\" command, as an ElastiCache Serverless endpoint: it is the "
    "only node";

constexpr const char* kStays =
    "answered \"ERROR\", as of an endpoint that knows no list; the one that it gave stays (ringctl "
    "refresh POOL --accept-older makes it the only node)";

// As a plain memcached, and ElastiCache Serverless.
SourceWorld::Node answering(const std::string& to_config, const std::string& to_legacy) {
    return [to_config, to_legacy](const std::string& bytes) -> SourceWorld::Reply {
        return bytes == kLegacyBytes ? to_legacy : to_config;
    };
}
SourceWorld::Node alone() {
    return answering("ERROR\r\n", "END\r\n");
}

routing::Membership at(const std::vector<std::string>& ips) {
    routing::Membership membership;
    for (const std::string& ip : ips) {
        membership.members.push_back({.name = ip, .address = {ip, 11211}});
    }
    return membership;
}

class ElastiCacheAloneTest : public testing::Test {
  protected:
    void start_alone() {
        world.nodes[kEndpoint] = alone();
        world.start();
        world.run_until_told();
        ASSERT_EQ(world.lists.size(), 1U) << world.last_failure();
    }

    SourceWorld world{cluster()};
};

TEST_F(ElastiCacheAloneTest, an_endpoint_that_knows_no_list_is_the_only_node) {
    start_alone();
    world.take_over();
    world.poll(2);

    ASSERT_EQ(world.lists.size(), 3U) << world.last_failure();
    for (const routing::Membership& list : world.lists) {
        ASSERT_EQ(list.members.size(), 1U);
        EXPECT_EQ(list.members[0].name, "10.0.0.9");
        EXPECT_EQ(list.members[0].address, (routing::Address{"10.0.0.9", 11211}));
    }
    EXPECT_THAT(world.log, ElementsAre(kSaysSo)) << "said once";
    EXPECT_THAT(world.facts.way, HasSubstr("does not know: it is the only node"));
    EXPECT_EQ(world.facts.answered_by, kEndpoint);
    EXPECT_EQ(world.facts.version, "");
}

TEST_F(ElastiCacheAloneTest, it_is_named_and_reached_by_its_host) {
    SourceWorld named(cluster("cfg.example"));
    named.ips["cfg.example"] = {"10.0.0.9"};
    named.nodes[kEndpoint] = alone();

    named.start();
    named.run_until_told();

    ASSERT_EQ(named.lists.size(), 1U) << named.last_failure();
    EXPECT_EQ(named.lists[0].members[0].name, "cfg.example");
    EXPECT_EQ(named.lists[0].members[0].address, (routing::Address{"cfg.example", 11211}));
}

struct Unsure {
    const char* what;
    const char* to_config;
    const char* to_legacy;
    const char* problem;
};

class OtherAnswers : public testing::TestWithParam<Unsure> {};

TEST_P(OtherAnswers, make_it_no_node) {
    SourceWorld world(cluster());
    world.nodes[kEndpoint] = answering(GetParam().to_config, GetParam().to_legacy);

    world.start();
    world.run_until_told(3);

    EXPECT_THAT(world.lists, IsEmpty()) << GetParam().what;
    EXPECT_EQ(world.last_failure(), GetParam().problem);
    EXPECT_THAT(world.log, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    All, OtherAnswers,
    testing::Values(Unsure{"both are unknown", "ERROR\r\n", "ERROR\r\n", "answered \"ERROR\""},
                    Unsure{"not configured yet", "END\r\n", "END\r\n", "no configuration is set"},
                    Unsure{"out of order", "SERVER_ERROR busy\r\n", "END\r\n",
                           "answered \"SERVER_ERROR busy\""},
                    Unsure{"refused", "CLIENT_ERROR no\r\n", "END\r\n",
                           "answered \"CLIENT_ERROR no\""},
                    Unsure{"half of it out of order", "ERROR\r\n", "SERVER_ERROR busy\r\n",
                           "answered \"ERROR\""}),
    [](const auto& row) { return "row_" + std::to_string(row.index); });

TEST_F(ElastiCacheAloneTest, a_cluster_that_has_given_a_list_keeps_it) {
    world.nodes[kEndpoint] = always(listing(7, "a|10.0.0.1|11211 b|10.0.0.2|11211"));
    world.start();
    world.run_until_told();

    world.nodes[kEndpoint] = alone();
    world.poll(5);
    world.restart();
    world.run_until_told(2);

    EXPECT_EQ(world.lists.size(), 1U);
    EXPECT_EQ(world.failures.size(), 7U);
    EXPECT_EQ(world.last_failure(), kStays);
    EXPECT_THAT(world.log, IsEmpty());
}

TEST_F(ElastiCacheAloneTest, so_does_one_whose_list_is_from_before_the_start) {
    world.nodes[kEndpoint] = alone();

    world.start();
    world.know(at({"10.0.0.1", "10.0.0.2"}));
    world.run_until_told(3);

    EXPECT_THAT(world.lists, IsEmpty());
    EXPECT_EQ(world.last_failure(), kStays);
}

TEST_F(ElastiCacheAloneTest, what_is_known_of_it_from_before_the_start_or_from_others_is_no_list) {
    world.nodes[kEndpoint] = alone();

    world.start();
    world.know(at({"10.0.0.9"}));
    world.know(at({"10.0.0.1", "10.0.0.2"}), "static");
    world.run_until_told();

    EXPECT_EQ(world.lists.size(), 1U) << world.last_failure();
}

TEST_F(ElastiCacheAloneTest, only_the_endpoint_can_be_it) {
    world.nodes["10.0.0.1:11211"] = alone();

    world.start();
    world.know(at({"10.0.0.1"}), "static");
    world.run_until_told(3);

    EXPECT_THAT(world.lists, IsEmpty());
}

TEST_F(ElastiCacheAloneTest, its_first_list_is_believed_whatever_the_version_and_stays) {
    start_alone();
    world.take_over();

    world.nodes[kEndpoint] = always(listing(0, "a|10.0.0.1|11211"));
    world.poll();
    ASSERT_EQ(world.lists.size(), 2U) << world.last_failure();
    EXPECT_EQ(world.lists[1].members[0].name, "a");
    EXPECT_EQ(world.facts.version, "0");
    EXPECT_THAT(world.facts.way, Not(HasSubstr("only node")));
    world.take_over();
    world.nodes[kEndpoint] = alone();
    world.poll();

    EXPECT_EQ(world.lists.size(), 2U);
    EXPECT_EQ(world.last_failure(), kStays);
}

// `change_max` has doubted the list, so the endpoint still is the pool's only node.
TEST_F(ElastiCacheAloneTest, a_list_that_the_pool_did_not_take_changes_nothing) {
    start_alone();
    world.take_over();

    for (int i = 0; i < 2; ++i) {
        world.nodes[kEndpoint] = always(listing(7, "a|10.0.0.1|11211"));
        world.poll(2);
        world.versions_may_fall = true;
        world.nodes[kEndpoint] = alone();
        world.poll();
        EXPECT_EQ(world.lists.back().members[0].name, "10.0.0.9");
    }

    EXPECT_THAT(world.failures, IsEmpty()) << world.last_failure();
}

TEST_F(ElastiCacheAloneTest, one_that_has_given_a_list_is_it_by_the_operators_word) {
    world.versions_may_fall = true;
    world.nodes[kEndpoint] = always(listing(7, "a|10.0.0.1|11211"));
    world.start();
    world.run_until_told();
    world.take_over();
    world.nodes[kEndpoint] = alone();
    world.poll();
    ASSERT_EQ(world.last_failure(), kStays);

    world.refresh({.accept_older = true});
    world.run_until_told();
    world.take_over();
    world.poll();

    ASSERT_EQ(world.lists.size(), 3U) << world.last_failure();
    EXPECT_EQ(world.lists[2].members[0].name, "10.0.0.9");
    EXPECT_THAT(world.log, ElementsAre(kSaysSo));
    world.nodes[kEndpoint] = always(listing(2, "b|10.0.0.2|11211"));
    world.poll();
    EXPECT_EQ(world.lists.size(), 4U) << "its first list";
}

TEST_F(ElastiCacheAloneTest, who_hangs_up_may_have_tls_if_it_never_gave_a_list) {
    world.start();
    EXPECT_THAT(world.question->why_no_byte, HasSubstr("TLS"));

    world.nodes[kEndpoint] = always(listing(7, "a|10.0.0.1|11211"));
    world.run_until_told();
    world.refresh();

    EXPECT_EQ(world.question->why_no_byte, "");
}

TEST_F(ElastiCacheAloneTest, its_failures_are_failures) {
    start_alone();
    world.take_over();

    world.nodes.erase(kEndpoint);
    world.poll(2);

    EXPECT_EQ(world.lists.size(), 1U);
    EXPECT_EQ(world.last_failure(), "connect: Connection refused");
}

}  // namespace
}  // namespace ringside::discovery
