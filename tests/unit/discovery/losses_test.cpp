#include "discovery/losses.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace ringside::discovery {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class LossesOfAPool : public testing::Test {
  protected:
    void lose(int count) {
        for (int i = 1; i <= count; ++i) {
            losses_.add({.node = static_cast<routing::NodeId>(i),
                         .name = fmt::format("n{}", i),
                         .cause = "connection refused"});
        }
    }

    std::vector<std::string> told() {
        std::vector<std::string> texts;
        for (const LogLine& line : lines_.take(LogLines::Ring::published)) {
            EXPECT_TRUE(line.warning) << line.text;
            texts.push_back(line.text);
        }
        return texts;
    }

    LogLines lines_;
    Losses losses_;
};

LogLine ejection(std::string text) {
    return {.about = {base::LogEvent::node_ejected},
            .text = std::move(text),
            .warning = true,
            .of_ring = true};
}

TEST_F(LossesOfAPool, a_few_are_told_by_their_names) {
    lose(2);

    losses_.tell(5, false, lines_);

    EXPECT_THAT(told(), ElementsAre("node n1 lost: connection refused",
                                    "node n2 lost: connection refused"));
    EXPECT_TRUE(losses_.empty());
}

TEST_F(LossesOfAPool, many_are_told_in_one_line_and_so_are_their_ejections) {
    lose(4);
    for (const char* node : {"n1", "n2", "n3", "n4"}) {
        losses_.add_ejection(node, ejection("not told"));
    }

    losses_.tell(9, false, lines_);

    EXPECT_THAT(told(),
                ElementsAre("4 nodes ejected after failures in a row: n1, n2, n3 and 1 more",
                            "4 nodes lost: n1, n2, n3 and 1 more, the last one: connection "
                            "refused"));
}

TEST_F(LossesOfAPool, the_only_node_of_a_pool_is_told_by_its_name) {
    lose(1);

    losses_.tell(1, true, lines_);

    EXPECT_THAT(told(), ElementsAre("node n1 lost: connection refused"));
}

TEST_F(LossesOfAPool, all_of_several_nodes_are_told_in_one_line) {
    lose(2);

    losses_.tell(2, true, lines_);

    EXPECT_THAT(told(), ElementsAre("all 2 nodes are lost, the last one: connection refused"));
}

TEST_F(LossesOfAPool, one_whose_end_comes_first_is_told_alone) {
    lose(2);

    losses_.tell_one(1, lines_);
    losses_.tell_one(7, lines_);

    EXPECT_THAT(told(), ElementsAre("node n1 lost: connection refused"));
    losses_.tell(2, false, lines_);
    EXPECT_THAT(told(), ElementsAre("node n2 lost: connection refused"));
}

TEST_F(LossesOfAPool, what_its_cause_has_told_already_is_not_told_again) {
    losses_.add({.node = 1, .name = "n1", .cause = "password refused", .is_told = true});

    losses_.tell(2, false, lines_);

    EXPECT_THAT(told(), IsEmpty());
    EXPECT_TRUE(losses_.empty());
}

TEST_F(LossesOfAPool, ejections_are_still_told_when_somebody_else_tells_the_losses) {
    lose(1);
    losses_.add_ejection("n1", ejection("node n1 ejected"));

    EXPECT_EQ(losses_.drop(lines_), "connection refused");

    EXPECT_THAT(told(), ElementsAre("node n1 ejected"));
    EXPECT_TRUE(losses_.empty());
}

}  // namespace
}  // namespace ringside::discovery
