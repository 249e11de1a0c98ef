#include "discovery/node_book.h"

#include "controller_harness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace ringside::discovery {
namespace {

using base::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

class ABook : public testing::Test {
  protected:
    std::vector<std::string> told() {
        std::vector<std::string> texts;
        for (const LogLine& line : lines_.take(LogLines::Ring::published)) {
            texts.push_back(line.text);
        }
        return texts;
    }
    std::vector<std::string> names() const {
        std::vector<std::string> result;
        for (const routing::PoolNode& node : book_.nodes()) {
            result.push_back(node.node.name);
        }
        return result;
    }

    base::TimePoint now_{seconds(1000)};
    LogLines lines_;
    NodeBook book_{"alpha", {}, lines_};
};

TEST_F(ABook, of_the_first_list_nobody_is_told_as_added) {
    const auto changes = book_.take_members(membership({"a", "b"}), now_);

    EXPECT_THAT(changes.added, ElementsAre("a", "b"));
    EXPECT_THAT(told(), IsEmpty());
    EXPECT_THAT(names(), ElementsAre("a", "b"));
}

TEST_F(ABook, tells_who_comes_who_goes_and_who_moves) {
    book_.take_members(membership({"a", "b"}), now_);

    book_.take_members(membership({"b=10.0.0.2", "c"}, 2), now_);

    EXPECT_THAT(told(), ElementsAre("node c added", "node a removed",
                                    "node b moved from b:11211 to 10.0.0.2:11211"));
    EXPECT_THAT(names(), ElementsAre("b", "c"));
}

TEST_F(ABook, the_same_nodes_in_a_newer_list_are_no_change_but_the_version) {
    book_.take_members(membership({"a"}, 1), now_);

    EXPECT_TRUE(book_.take_members(membership({"a"}, 2), now_).empty());

    EXPECT_EQ(book_.members().source_version, 2U);
}

TEST_F(ABook, a_name_that_comes_back_has_the_id_that_it_had) {
    book_.take_members(membership({"a", "b"}), now_);
    const routing::NodeId id = book_.id_of("a");
    book_.take_members(membership({"b"}, 2), now_);
    book_.take_members(membership({"b", "c"}, 3), now_);

    book_.take_members(membership({"a", "b", "c"}, 4), now_);

    EXPECT_EQ(book_.id_of("a"), id);
    EXPECT_EQ(book_.record_of(id).node.name, "a");
    EXPECT_NE(book_.id_of("c"), id);
}

TEST_F(ABook, knows_the_host_names_of_its_members_and_what_is_found_for_them) {
    book_.take_members(membership({"a=cache.example", "b=10.0.0.2"}), now_);
    std::set<std::string> hosts;
    book_.add_names(hosts);
    EXPECT_THAT(hosts, ElementsAre("cache.example"));
    EXPECT_TRUE(book_.waits_for_names());

    EXPECT_EQ(book_.on_name("other.example", {.ips = {"10.0.0.9"}}, now_), NameChange::none);
    EXPECT_EQ(book_.on_name("cache.example", {.ips = {"10.0.0.1"}}, now_), NameChange::moved);
    EXPECT_EQ(book_.on_name("cache.example", {.ips = {"10.0.0.1"}}, now_), NameChange::none);

    EXPECT_FALSE(book_.waits_for_names());
    EXPECT_THAT(book_.nodes_named("cache.example"), ElementsAre(book_.id_of("a")));
    EXPECT_EQ(to_string(book_.nodes().front().addresses.front()), "10.0.0.1:11211");
}

TEST_F(ABook, another_password_replaces_the_links_and_another_limit_does_not) {
    book_.take_members(membership({"a"}), now_);
    routing::PoolPolicy policy = book_.policy();
    policy.failure_limit = 7;
    EXPECT_TRUE(book_.set_policy(policy, now_));
    EXPECT_FALSE(book_.set_policy(policy, now_));
    EXPECT_EQ(book_.nodes().front().link_epoch, 0U);

    policy.redis_auth = "secret";
    EXPECT_TRUE(book_.set_policy(policy, now_));

    EXPECT_EQ(book_.nodes().front().link_epoch, 1U);
}

TEST_F(ABook, nodes_are_kept_when_the_pool_may_spare_fewer) {
    routing::PoolPolicy policy;
    policy.auto_eject = true;
    policy.failure_limit = 1;
    policy.max_ejected = {.unit = routing::MaxEjected::Unit::percent, .amount = 100};
    book_.set_policy(policy, now_);
    book_.take_members(membership({"a", "b"}), now_);
    book_.on_health({.node = book_.id_of("a"),
                     .kind = health::HealthKind::refused,
                     .attempt = {now_, now_ + seconds(1)}},
                    now_, 0.5);
    ASSERT_EQ(book_.nodes().front().state, routing::NodeState::ejected_by_health);
    book_.drop_losses();
    told();
    policy.max_ejected = {.unit = routing::MaxEjected::Unit::nodes, .amount = 0};
    book_.set_policy(policy, now_);

    EXPECT_TRUE(book_.keep_what_must_not_leave(now_));

    EXPECT_THAT(told(), ElementsAre("node a is dead, but kept in the ring by max_ejected"));
    EXPECT_EQ(book_.nodes().front().state, routing::NodeState::in_ring);
    EXPECT_FALSE(book_.keep_what_must_not_leave(now_));
}

}  // namespace
}  // namespace ringside::discovery
