#include "controller_harness.h"
#include "discovery/journal.h"
#include "support/captured_log.h"

#include <gmock/gmock.h>

#include <string>

namespace ringside::discovery {
namespace {

using base::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class ControllerJournal : public ControllerHarness, public testing::Test {
  protected:
    const std::vector<RingChange>& changes(std::string_view name = "moving") const {
        return controller.history(name)->changes();
    }
};

TEST_F(ControllerJournal, tells_the_first_rings_and_who_has_named_their_nodes) {
    start_with({"a", "b"});

    ASSERT_THAT(changes("fixed"), SizeIs(1));
    EXPECT_THAT(changes("fixed")[0].causes, ElementsAre(ChangeCause::configuration));
    EXPECT_EQ(changes("fixed")[0].version, 1U);
    ASSERT_THAT(changes(), SizeIs(1));
    EXPECT_THAT(changes()[0].causes, ElementsAre(ChangeCause::source));
    EXPECT_EQ(changes()[0].source, "elasticache cfg.example:11211");
    EXPECT_EQ(changes()[0].version, 2U);
    EXPECT_EQ(changes()[0].at, now);
    EXPECT_EQ(changes()[0].moved, std::nullopt);
    EXPECT_EQ(controller.history("other"), nullptr);
}

TEST_F(ControllerJournal, tells_a_change_of_members_with_what_it_has_moved) {
    start_with({"a=10.0.0.1", "b=10.0.0.2"});
    advance(milliseconds(1000));
    base::CapturedLog log;

    controller.on_membership(kDynamic, membership({"a=10.0.0.1", "b=10.0.0.2", "c=10.0.0.3"}, 2),
                             now);

    ASSERT_THAT(changes(), SizeIs(2));
    const RingChange& change = changes().back();
    EXPECT_EQ(change.generation, 2U);
    EXPECT_THAT(change.added.names, ElementsAre("c"));
    EXPECT_NEAR(*change.moved, 0.33, 0.08);
    EXPECT_EQ(change.moved_by, routing::MovedBy::arcs);
    EXPECT_THAT(log.take(),
                HasSubstr("node c added; 3 of 3 nodes in the ring, version 3, fingerprint " +
                          routing::to_hex(change.fingerprint) + ", 3"));
    EXPECT_THAT(changes("fixed"), SizeIs(1));
}

TEST_F(ControllerJournal, tells_ejections_and_who_has_wanted_them) {
    start_with({"a", "b", "c"});
    find_names();
    advance(milliseconds(1000));

    fail("a", 2);
    ASSERT_TRUE(controller.eject("moving", "b", {}, false, now));
    ASSERT_TRUE(controller.restore("moving", "b", now));

    ASSERT_THAT(changes(), SizeIs(4));
    EXPECT_THAT(changes()[1].causes, ElementsAre(ChangeCause::health_ejection));
    EXPECT_THAT(changes()[1].ejected.names, ElementsAre("a"));
    EXPECT_THAT(changes()[2].causes, ElementsAre(ChangeCause::operator_ejection));
    EXPECT_THAT(changes()[3].causes, ElementsAre(ChangeCause::operator_return));
    EXPECT_EQ(changes()[3].nodes_in_ring, 2U);
    EXPECT_EQ(changes()[0].fingerprint, changes()[3].fingerprint);
}

TEST_F(ControllerJournal, keeps_silent_about_what_changes_no_ring) {
    start_with({"a", "b"});
    find_names();
    advance(milliseconds(1000));

    ASSERT_TRUE(controller.reconnect("moving", now));
    controller.configure(config(), now);

    EXPECT_THAT(changes(), SizeIs(1));
    EXPECT_THAT(changes("fixed"), SizeIs(1));
}

TEST_F(ControllerJournal, of_a_pool_that_comes_back_goes_on) {
    start_with({"a", "b"});
    config::Config without = config();
    without.pools.pop_back();

    controller.configure(without, now);
    EXPECT_EQ(controller.history("moving"), nullptr);
    controller.configure(config(), now);

    ASSERT_THAT(changes(), SizeIs(2));
    EXPECT_THAT(changes()[1].causes, ElementsAre(ChangeCause::configuration));
}

TEST_F(ControllerJournal, tells_who_has_adopted_a_ring_and_when) {
    start_with({"a", "b"});

    controller.on_adopted(0, 1, now);
    controller.on_adopted(1, 2, now + milliseconds(3));

    ASSERT_THAT(changes()[0].adoptions, SizeIs(1));
    EXPECT_EQ(changes()[0].adoptions[0].worker, 1U);
    EXPECT_EQ(changes()[0].adoptions[0].at, now + milliseconds(3));
    EXPECT_THAT(changes("fixed")[0].adoptions, SizeIs(2));
}

}  // namespace
}  // namespace ringside::discovery
