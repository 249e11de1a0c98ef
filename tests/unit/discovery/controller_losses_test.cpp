// What the log says when nodes are lost: one of them, many at once, all of a pool, many pools.
#include "controller_harness.h"
#include "support/captured_log.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace ringside::discovery {
namespace {

using base::milliseconds;
using base::seconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// A pool of twenty nodes, which ejects after two failures, and one of two that does not.
class ControllerLosses : public testing::Test, public ControllerHarness {
  protected:
    void SetUp() override {
        for (int i = 0; i < 20; ++i) {
            nodes_.push_back(fmt::format("node-{}", i));
        }
        start_with(nodes_);
        advance(seconds(1));
    }
    void fail_all_of_moving() {
        for (const std::string& node : nodes_) {
            fail(node, 2);
        }
    }
    void fail_all_of_fixed() {
        for (const routing::PoolNode& node : pool(kStatic).nodes) {
            fail(kStatic, node.node.id, 1);
        }
    }
    static std::ptrdiff_t lines_of(const std::string& text) {
        return std::count(text.begin(), text.end(), '\n');
    }

    std::vector<std::string> nodes_;
};

TEST_F(ControllerLosses, one_node_is_told_at_once) {
    base::CapturedLog log;
    fail("node-3");

    EXPECT_THAT(log.take(),
                HasSubstr("[warning] pool moving: node node-3 lost: connection refused\n"));
}

TEST_F(ControllerLosses, a_few_nodes_are_told_by_name_when_the_second_is_over) {
    base::CapturedLog log;
    fail("node-3");
    fail("node-4");
    fail("node-5");
    advance(seconds(1));

    const std::string text = log.take();
    EXPECT_THAT(text, AllOf(HasSubstr("node node-4 lost"), HasSubstr("node node-5 lost")));
    EXPECT_EQ(lines_of(text), 3);
}

TEST_F(ControllerLosses, all_nodes_of_a_pool_are_a_few_lines_however_many_they_are) {
    base::CapturedLog log;
    fail_all_of_moving();
    advance(seconds(1) + milliseconds(10));

    const std::string text = log.take();
    EXPECT_THAT(text, AllOf(HasSubstr("pool moving: node node-0 lost: connection refused\n"),
                            HasSubstr("pool moving: node node-0 ejected after 2 failures"),
                            HasSubstr("all 20 nodes are lost, the last one: connection refused\n"),
                            HasSubstr("18 nodes ejected after failures in a row: node-1, node-2, "
                                      "node-3 and 15 more; 1 of 20 nodes in the ring"),
                            HasSubstr("node node-19 is dead, but kept in the ring by max_ejected"),
                            Not(HasSubstr("node node-7"))));
    EXPECT_LE(lines_of(text), 5);
}

TEST_F(ControllerLosses, many_pools_are_one_line) {
    base::CapturedLog log;
    fail_all_of_fixed();
    fail_all_of_moving();
    advance(seconds(1) + milliseconds(10));

    const std::string text = log.take();
    EXPECT_THAT(text, AllOf(HasSubstr("[warning] 2 of 2 pools have lost all their nodes: fixed, "
                                      "moving; the last one: connection refused\n"),
                            Not(HasSubstr("nodes are lost"))));
    EXPECT_LE(lines_of(text), 4);
}

TEST_F(ControllerLosses, what_was_kept_is_told_before_another_configuration_holds) {
    base::CapturedLog log;
    fail("node-3");
    fail("node-4");
    controller.configure(config(), now);

    EXPECT_THAT(log.take(), HasSubstr("node node-4 lost"));
}

}  // namespace
}  // namespace ringside::discovery
