// Host names of nodes: what the controller has looked up and what it publishes of it.

#include "unit/discovery/controller_harness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ringside::discovery {
namespace {

using base::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kTimedOut = "name lookup timed out";

class ControllerNamesTest : public testing::Test, public ControllerHarness {
  protected:
    std::vector<std::string> addresses(const std::string& node) const {
        std::vector<std::string> texts;
        for (const routing::Address& address : find(node).addresses) {
            texts.push_back(to_string(address));
        }
        return texts;
    }
    // Names of the dynamic pool only; those of the other one are known.
    void start_moving(const std::vector<std::string>& nodes) {
        start();
        found("a", {"10.9.0.1"});
        found("b", {"10.9.0.2"});
        advance(milliseconds(200));
        controller.on_membership(kDynamic, membership(nodes), now);
        advance(milliseconds(200));
    }
};

TEST_F(ControllerNamesTest, the_names_of_all_pools_are_looked_up_and_no_ips) {
    start();
    EXPECT_THAT(looked_up, ElementsAre("a", "b"));

    controller.on_membership(kDynamic, membership({"c", "d=10.0.0.1", "e=a"}), now);
    EXPECT_THAT(looked_up, ElementsAre("a", "b", "c"));
    advance(milliseconds(200));
    controller.on_membership(kDynamic, membership({"d=10.0.0.1"}, 2), now);

    EXPECT_THAT(looked_up, ElementsAre("a", "b"));
}

TEST_F(ControllerNamesTest, an_address_where_this_process_listens_is_nobodys) {
    controller.set_own_listeners({.listeners = {{"10.0.0.9", 11211}}, .local_ips = {}});
    start_moving({"c"});
    found("c", {"10.0.0.1"});
    advance(milliseconds(200));

    const base::TimePoint since = now;
    found("c", {"10.0.0.9"});
    advance(milliseconds(200));
    EXPECT_THAT(addresses("c"), ElementsAre("10.0.0.1:11211"));
    EXPECT_EQ(find("c").address_problem, "its name leads to where this process listens itself");
    found("c", {"10.0.0.9"});
    EXPECT_EQ(view("c").address_problem_since,
              std::chrono::system_clock::time_point(since.time_since_epoch()));

    found("c", {"10.0.0.9", "10.0.0.2"});
    advance(milliseconds(200));
    EXPECT_THAT(addresses("c"), ElementsAre("10.0.0.2:11211"));
    EXPECT_EQ(find("c").address_problem, "");
}

TEST_F(ControllerNamesTest, addresses_reach_the_snapshot_with_the_nodes_port) {
    start_moving({"c"});
    EXPECT_THAT(addresses("c"), IsEmpty());
    EXPECT_EQ(find("c").address_problem, "");
    const std::uint64_t version = controller.snapshot()->version;

    found("c", {"10.0.0.1", "fe::1"});

    EXPECT_THAT(addresses("c"), ElementsAre("10.0.0.1:11211", "[fe::1]:11211"));
    EXPECT_EQ(controller.snapshot()->version, version + 1);
}

TEST_F(ControllerNamesTest, a_node_by_ip_has_that_address_from_the_start) {
    start_moving({"c=10.0.0.7"});

    EXPECT_THAT(addresses("c"), ElementsAre("10.0.0.7:11211"));
}

TEST_F(ControllerNamesTest, the_same_again_publishes_nothing) {
    start_moving({"c"});
    found("c", {"10.0.0.1"});
    advance(milliseconds(200));
    const std::size_t published_before = published.size();

    found("c", {"10.0.0.1"});
    advance(milliseconds(200));

    EXPECT_EQ(published.size(), published_before);
}

TEST_F(ControllerNamesTest, all_ips_that_a_source_tells_reach_the_snapshot) {
    start_moving({"z=10.0.0.1"});
    routing::Membership members = membership({"z=10.0.0.1"});
    members.members[0].other_ips = {"10.0.0.2"};
    controller.on_membership(kDynamic, members, now);
    advance(base::milliseconds(100));
    EXPECT_THAT(addresses("z"), ElementsAre("10.0.0.1:11211", "10.0.0.2:11211"));

    members.members[0].other_ips = {"10.0.0.3"};
    controller.on_membership(kDynamic, members, now);
    advance(base::milliseconds(100));

    EXPECT_THAT(addresses("z"), ElementsAre("10.0.0.1:11211", "10.0.0.3:11211"));
}

TEST_F(ControllerNamesTest, a_failing_lookup_keeps_the_addresses_and_tells_the_problem) {
    start_moving({"c"});
    found("c", {"10.0.0.1"});

    failed("c", kTimedOut, {"10.0.0.1"});
    advance(milliseconds(200));

    EXPECT_THAT(addresses("c"), ElementsAre("10.0.0.1:11211"));
    EXPECT_EQ(view("c").address_problem, kTimedOut);
    EXPECT_TRUE(view("c").address_problem_since);
    EXPECT_THAT(lookup_failures, ElementsAre(id("c")));
}

TEST_F(ControllerNamesTest, a_pool_that_comes_back_keeps_the_last_good_addresses) {
    start_moving({"c"});
    found("c", {"10.0.0.1"});
    config::Config without = config();
    without.pools.pop_back();
    controller.configure(without, now);
    controller.configure(config(), now);

    failed("c", kTimedOut);

    EXPECT_THAT(addresses("c"), ElementsAre("10.0.0.1:11211"));
    EXPECT_EQ(find("c").address_problem, kTimedOut);
}

TEST_F(ControllerNamesTest, a_failed_first_lookup_reaches_the_snapshot_as_a_problem) {
    start_moving({"c"});

    failed("c", kTimedOut);

    EXPECT_THAT(addresses("c"), IsEmpty());
    EXPECT_EQ(find("c").address_problem, kTimedOut);
}

TEST_F(ControllerNamesTest, what_is_known_of_a_name_goes_to_a_pool_that_comes_to_use_it) {
    start_moving({"e=a"});

    EXPECT_THAT(addresses("e"), ElementsAre("10.9.0.1:11211"));
}

TEST_F(ControllerNamesTest, many_changes_at_once_are_collected_but_the_first_ones_do_not_wait) {
    start_moving({"c", "d", "e"});
    const std::size_t before = published.size();

    for (const char* host : {"c", "d", "e"}) {
        found(host, {"10.0.0.1"});
    }

    EXPECT_THAT(addresses("e"), ElementsAre("10.0.0.1:11211"));
    EXPECT_EQ(published.size(), before + 2);  // the first, and the last with those before it
}

TEST_F(ControllerNamesTest, an_ejected_node_is_probed_at_once_when_its_name_leads_elsewhere) {
    start_moving({"c", "d"});
    found("c", {"10.0.0.1"});
    found("d", {"10.0.0.2"});
    fail("c", 2);
    advance(milliseconds(200));
    ASSERT_THAT(ring(), ElementsAre("d"));

    found("c", {"10.0.0.9"});
    advance(milliseconds(1));

    EXPECT_EQ(probes.size(), 1U);
}

TEST_F(ControllerNamesTest, is_not_ready_before_each_name_was_found_or_has_failed) {
    start();
    controller.on_membership(kDynamic, membership({"c"}), now);
    advance(milliseconds(200));
    found("a", {"10.0.0.1"});
    failed("b", kTimedOut);
    advance(milliseconds(200));
    EXPECT_FALSE(controller.ready());
    EXPECT_THAT(controller.readiness_report(),
                ElementsAre("pool moving: names of nodes are being looked up"));

    found("c", {"10.0.0.2"});

    EXPECT_TRUE(controller.ready());
}

TEST_F(ControllerNamesTest, a_lookup_without_end_does_not_keep_it_from_being_ready) {
    start();
    controller.on_membership(kDynamic, membership({"c"}), now);

    advance(milliseconds(4900));
    EXPECT_FALSE(controller.ready());
    advance(milliseconds(200));

    EXPECT_TRUE(controller.ready());
    EXPECT_EQ(controller.next_deadline(), base::kNever);
}

TEST_F(ControllerNamesTest, late_news_of_a_name_that_nobody_uses_are_ignored) {
    start();

    found("unknown", {"10.0.0.1"});

    EXPECT_EQ(published.size(), 1U);
}

}  // namespace
}  // namespace ringside::discovery
