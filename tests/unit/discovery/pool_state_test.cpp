#include "discovery/pool_state.h"

#include "controller_harness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace ringside::discovery {
namespace {

using base::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

class APool : public testing::Test {
  protected:
    APool() : config_(ControllerHarness::config().pools[1]), pool_(0, config_) {
        pool_.configure(config_, now_);
    }

    std::vector<std::string> told() {
        std::vector<std::string> texts;
        for (const LogLine& line : pool_.take_lines(LogLines::Ring::published)) {
            texts.push_back(line.text);
        }
        return texts;
    }
    std::vector<std::string> names() const {
        std::vector<std::string> result;
        const routing::PoolPtr pool = pool_.build();
        for (const routing::PoolNode& node : pool->nodes) {
            result.push_back(node.node.name);
        }
        return result;
    }

    base::TimePoint now_{seconds(1000)};
    config::PoolConfig config_;
    PoolState pool_;
};

TEST_F(APool, a_list_of_no_use_changes_nothing_and_is_a_failure_of_its_source) {
    EXPECT_TRUE(pool_.on_membership(membership({"a", "b"}, 1), now_));
    told();

    EXPECT_FALSE(pool_.on_membership({}, now_));
    EXPECT_FALSE(pool_.on_membership(membership({"c", "c"}, 2), now_));

    EXPECT_THAT(names(), ElementsAre("a", "b"));
    EXPECT_EQ(pool_.source().failures(), 2U);
    EXPECT_EQ(pool_.source().last_failure(), "node c is listed twice");
    EXPECT_THAT(told(), ElementsAre("elasticache cfg.example:11211 says that there are no nodes: "
                                    "the list has no nodes; 2 nodes are known and held"));
}

TEST_F(APool, nodes_are_named_anew_when_the_identity_is_another) {
    routing::Membership said = membership({"a=10.0.0.1", "b=10.0.0.2"});
    EXPECT_TRUE(pool_.on_membership(said, now_));
    EXPECT_THAT(names(), ElementsAre("a", "b"));

    config_.identity = routing::Identity::address;
    EXPECT_TRUE(pool_.configure(config_, now_));
    EXPECT_FALSE(pool_.configure(config_, now_));

    EXPECT_THAT(names(), ElementsAre("10.0.0.1", "10.0.0.2"));
    EXPECT_FALSE(pool_.on_membership(said, now_)) << "the next list is compared under these names";
}

TEST_F(APool, nodes_keep_their_names_when_two_would_have_the_same) {
    EXPECT_TRUE(pool_.on_membership(membership({"a=10.0.0.1", "b=10.0.0.1"}), now_));
    config_.identity = routing::Identity::address;

    EXPECT_FALSE(pool_.configure(config_, now_));

    EXPECT_THAT(names(), ElementsAre("a", "b"));
}

TEST_F(APool, a_list_that_would_give_two_nodes_one_name_is_refused_with_both) {
    config_.identity = routing::Identity::address;
    pool_.configure(config_, now_);

    EXPECT_FALSE(pool_.on_membership(membership({"a=10.0.0.1", "b=10.0.0.1"}), now_));

    EXPECT_EQ(pool_.source().last_failure(), "nodes a and b have the same ring name 10.0.0.1");
}

TEST_F(APool, nodes_are_named_by_a_template_in_whatever_order_they_come) {
    config_.identity = routing::Identity::by_template;
    config_.identity_template = "{name}@{port}";
    pool_.configure(config_, now_);

    EXPECT_TRUE(pool_.on_membership(membership({"b", "a"}), now_));
    EXPECT_FALSE(pool_.on_membership(membership({"a", "b"}), now_));
    EXPECT_THAT(names(), ElementsAre("a@11211", "b@11211"));

    config_.identity_template = "{ordinal}";
    EXPECT_FALSE(pool_.configure(config_, now_)) << "of which they have none";
    EXPECT_THAT(names(), ElementsAre("a@11211", "b@11211"));
}

TEST_F(APool, a_list_with_a_node_where_none_may_be_changes_nothing) {
    config_.allow = {*routing::IpRange::parse("10.0.0.0/8")};
    pool_.set_own_listeners(std::make_shared<const OwnListeners>(
        OwnListeners{.listeners = {{"10.0.0.9", 11211}}, .local_ips = {}}));
    pool_.configure(config_, now_);
    EXPECT_TRUE(pool_.on_membership(membership({"a=10.0.0.1"}), now_));

    EXPECT_FALSE(pool_.on_membership(membership({"a=10.0.0.1", "b=192.0.2.1"}), now_));
    EXPECT_EQ(pool_.source().last_failure(),
              "node b is at 192.0.2.1:11211, outside of \"allow\" (10.0.0.0/8)");
    EXPECT_FALSE(pool_.on_membership(membership({"a=10.0.0.9"}), now_));

    EXPECT_THAT(names(), ElementsAre("a"));
    EXPECT_EQ(pool_.source().failures(), 2U);
}

TEST_F(APool, whoever_writes_a_list_into_the_configuration_may_have_any_address) {
    config_.allow = {*routing::IpRange::parse("10.0.0.0/8")};
    config_.source = config::StaticSource{membership({"x=192.0.2.1"}, 0)};

    EXPECT_TRUE(pool_.configure(config_, now_));

    EXPECT_THAT(names(), ElementsAre("x"));
}

TEST_F(APool, of_a_static_source_the_configuration_has_the_members) {
    config_.source = config::StaticSource{membership({"x", "y"}, 0)};

    EXPECT_TRUE(pool_.configure(config_, now_));
    EXPECT_TRUE(pool_.is_static());
    EXPECT_THAT(names(), ElementsAre("x", "y"));
    EXPECT_THAT(told(), ElementsAre("2 nodes from static"));

    EXPECT_FALSE(pool_.configure(config_, now_));
    EXPECT_THAT(told(), IsEmpty());
}

TEST_F(APool, is_ready_with_a_ring_and_its_names_or_when_these_have_taken_too_long) {
    EXPECT_EQ(pool_.why_not_ready(),
              "pool moving: no answer yet from elasticache cfg.example:11211");
    pool_.on_failure({base::Errc::timed_out, "no answer"}, now_);
    EXPECT_EQ(pool_.why_not_ready(),
              "pool moving: no answer yet from elasticache cfg.example:11211 (no answer)");
    pool_.on_membership(membership({"a"}), now_);
    EXPECT_EQ(pool_.why_not_ready(), "pool moving: no node is in the ring");
    pool_.on_published(*pool_.build(), now_);
    pool_.update_ready(now_);
    EXPECT_FALSE(pool_.ready());
    EXPECT_EQ(pool_.why_not_ready(), "pool moving: names of nodes are being looked up");
    ASSERT_EQ(pool_.next_deadline(), now_ + seconds(5));

    pool_.update_ready(now_ + seconds(5));

    EXPECT_TRUE(pool_.ready());
    EXPECT_EQ(pool_.next_deadline(), base::kNever);
}

}  // namespace
}  // namespace ringside::discovery
