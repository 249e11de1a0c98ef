// Names that come and go for as long as the process lives: what is kept of them does not grow.
#include "app/control_counters.h"
#include "base/limits.h"
#include "base/log.h"
#include "metrics/metrics.h"
#include "routing/snapshot.h"
#include "unit/discovery/controller_harness.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <deque>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ringside::app {
namespace {

using metrics::NodeMetric;

// A controller and its counters, connected as in App; and a worker that counts, and lets go of a
// node when its last link to it has closed, some snapshots after the one that has it no more.
class ManyNames : public testing::Test, public discovery::ControllerHarness {
  protected:
    static constexpr std::size_t kLag = 20;  // snapshots

    ManyNames() {
        base::log().set_level(base::LogLevel::error);  // it has much to say of each name
        start_with({"a", "b"});
    }
    ~ManyNames() override { base::log().set_level(base::LogLevel::info); }

    // They are the nodes from now on, and asked for something each.
    void serve(const std::vector<std::string>& names) {
        controller.on_membership(kDynamic, discovery::membership(names), now);
        advance(base::milliseconds(200));
        follow();
    }

    void eject(int pod, std::optional<base::milliseconds> time) {
        ASSERT_TRUE(controller.eject("moving", fmt::format("pod-{}", pod), {time}, false, now));
    }

    void follow() {
        for (const routing::SnapshotPtr& snapshot : std::exchange(published, {})) {
            counters.keep(*snapshot);
            std::set<routing::NodeId> used;
            for (const routing::PoolNode& each : snapshot->find(kDynamic)->nodes) {
                registry.node(0, kDynamic, each.node.id).add(NodeMetric::requests);
                used.insert(each.node.id);
            }
            in_use.push_back(std::move(used));
        }
        for (const routing::NodeId node : std::exchange(forgotten_nodes, {})) {
            counters.forget(kDynamic, node);
            EXPECT_TRUE(all_forgotten.insert(node).second);
        }
        for (; in_use.size() > kLag; in_use.pop_front()) {
            let_go_of(in_use.front());
        }
    }

    void let_go_of(const std::set<routing::NodeId>& nodes) {
        for (const routing::NodeId node : nodes) {
            if (!in_use.back().contains(node)) {
                registry.let_go(0, kDynamic, node);
            }
        }
    }

    metrics::Registry registry;
    ControlCounters counters{registry};
    std::deque<std::set<routing::NodeId>> in_use;
    std::set<routing::NodeId> all_forgotten;
};

TEST_F(ManyNames, a_hundred_thousand_through_a_pool_of_ten_leave_what_ten_need) {
    constexpr int kNames = 100'000;
    constexpr int kNodes = 10;
    constexpr int kNamesToAnEjection = 50;
    for (int first = 0; first < kNames; first += kNodes) {
        std::vector<std::string> names;
        for (int i = first; i < first + kNodes; ++i) {
            names.push_back(fmt::format("pod-{}=10.0.0.1", i));
        }
        serve(names);
        if (first % kNamesToAnEjection == 0) {
            eject(first, base::milliseconds(60'000));
            eject(first + 1, std::nullopt);
            follow();
        }
        ASSERT_LE(registry.size(), base::kAbsentNodesMax + kNodes * (kLag + 1));
    }

    EXPECT_EQ(pool().nodes.size(), std::size_t{kNodes});
    EXPECT_EQ(controller.view("moving", at())->nodes.size(), std::size_t{kNodes});
    EXPECT_EQ(all_forgotten.size(), kNames + 2 - kNodes - base::kAbsentNodesMax);

    // When their hour is over, those stay whose ejection has no end, as there was room for them.
    advance(base::kAbsenceMax + base::kAbsenceMax);
    follow();
    while (in_use.size() > 1) {
        let_go_of(in_use.front());
        in_use.pop_front();
    }
    const std::size_t ejected_for_ever = registry.size() - kNodes;
    EXPECT_GT(ejected_for_ever, 0U);
    EXPECT_LE(ejected_for_ever, base::kAbsentNodesMax / kNamesToAnEjection + 1);
}

TEST_F(ManyNames, a_node_that_is_back_within_the_hour_goes_on_counting) {
    serve({"a=10.0.0.1", "b"});
    const routing::NodeId a = id("a");
    const auto requests = [this, a] {
        return registry.sum_node(kDynamic, a)[static_cast<std::size_t>(NodeMetric::requests)];
    };
    serve({"b"});
    const std::int64_t before = requests();
    EXPECT_GT(before, 0);

    advance(std::chrono::minutes(59));
    serve({"a=10.0.0.1", "b"});

    EXPECT_EQ(id("a"), a);
    EXPECT_GT(requests(), before);
}

}  // namespace
}  // namespace ringside::app
