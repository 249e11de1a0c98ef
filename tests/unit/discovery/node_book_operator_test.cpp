#include "controller_harness.h"
#include "discovery/node_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ringside::discovery {
namespace {

using base::kNever;
using base::milliseconds;
using base::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

class AnOperator : public testing::Test {
  protected:
    AnOperator() { book_.take_members(membership({"a", "b"}), now_); }

    std::vector<std::string> told() {
        std::vector<std::string> texts;
        for (const LogLine& line : lines_.take(LogLines::Ring::published)) {
            texts.push_back((line.warning ? "! " : "") + line.text);
        }
        return texts;
    }
    routing::NodeState state_of(const std::string& node) const {
        return book_.record_of(book_.id_of(node)).state();
    }

    base::TimePoint now_{seconds(1000)};
    LogLines lines_;
    NodeBook book_{"alpha", {}, lines_};
};

TEST_F(AnOperator, ejects_a_node_until_it_is_restored) {
    EXPECT_TRUE(*book_.eject("a", {kNever}, false, now_));
    EXPECT_FALSE(*book_.eject("a", {kNever}, false, now_)) << "it is out already";
    EXPECT_EQ(state_of("a"), routing::NodeState::ejected_by_operator);
    EXPECT_FALSE(book_.end_ejections(now_ + seconds(1'000'000)));

    EXPECT_TRUE(*book_.restore("a", now_));

    EXPECT_EQ(state_of("a"), routing::NodeState::in_ring);
    EXPECT_THAT(told(), ElementsAre("! node a ejected by the operator, until restored",
                                    "node a restored by the operator"));
}

TEST_F(AnOperator, ejects_a_node_for_a_time) {
    EXPECT_TRUE(*book_.eject("a", {now_ + milliseconds(1'500)}, false, now_));
    EXPECT_EQ(book_.next_deadline(), now_ + milliseconds(1'500));
    EXPECT_FALSE(book_.end_ejections(now_ + milliseconds(1'499)));

    EXPECT_TRUE(book_.end_ejections(now_ + milliseconds(1'500)));

    EXPECT_EQ(state_of("a"), routing::NodeState::in_ring);
    EXPECT_THAT(told(), ElementsAre("! node a ejected by the operator, for 1500 ms",
                                    "node a restored: the time of its ejection is over"));
}

TEST_F(AnOperator, has_to_insist_on_the_last_node_of_the_ring) {
    ASSERT_TRUE(book_.eject("a", {kNever}, false, now_));

    EXPECT_EQ(book_.eject("b", {kNever}, false, now_).error().code, base::Errc::conflict);
    EXPECT_TRUE(*book_.eject("b", {kNever}, true, now_));
}

TEST_F(AnOperator, is_told_of_nodes_that_are_none) {
    EXPECT_EQ(book_.eject("c", {kNever}, false, now_).error().message,
              "pool 'alpha' has no node 'c'");
    EXPECT_EQ(book_.restore("c", now_).error().message, "pool 'alpha' has no node 'c'");
    EXPECT_EQ(book_.reconnect("c").error().message, "pool 'alpha' has no node 'c'");
    EXPECT_THAT(told(), IsEmpty());
}

TEST_F(AnOperator, replaces_links_of_one_node_or_of_all) {
    EXPECT_TRUE(book_.reconnect("a"));
    book_.reconnect_all();
    EXPECT_TRUE(*book_.restore("b", now_)) << "of a node that is well its links";

    EXPECT_EQ(book_.record_of(book_.id_of("a")).link_epoch, 2U);
    EXPECT_EQ(book_.record_of(book_.id_of("b")).link_epoch, 2U);
    EXPECT_THAT(told(), ElementsAre("links to node a replaced by the operator",
                                    "links to all nodes replaced by the operator",
                                    "links to node b replaced by the operator"));
}

TEST_F(AnOperator, finds_an_ejection_as_it_was_when_its_node_comes_back) {
    ASSERT_TRUE(book_.eject("a", {kNever}, false, now_));
    book_.take_members(membership({"b"}, 2), now_);

    book_.take_members(membership({"a", "b"}, 3), now_);

    EXPECT_EQ(state_of("a"), routing::NodeState::ejected_by_operator);
    book_.take_members(membership({"b"}, 4), now_);
    EXPECT_FALSE(*book_.restore("a", now_)) << "no member: no ring to build anew";
    EXPECT_EQ(state_of("a"), routing::NodeState::in_ring);
}

}  // namespace
}  // namespace ringside::discovery
