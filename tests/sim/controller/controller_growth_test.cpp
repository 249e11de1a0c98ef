// Names of nodes and pools that come and go by thousands leave nothing behind: not in what is
// shown, not in what is published, not in memory.
#include "base/log.h"
#include "discovery/controller.h"
#include "sim/controller/script_text.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <malloc.h>

#include <set>
#include <string>

namespace ringside::sim {
namespace {

constexpr int kNodes = 10;  // of the pool, at any time
// Fewer than the most that are absent leave within an hour: it is the hour that forgets them.
constexpr base::seconds kBetweenNames{10};
constexpr int kNamesBefore = 1'000;  // until as many are forgotten as come
constexpr int kNames = 5'000;
// Less than a byte for each name. Measured: what is in use is the same after each 500 names, but
// for 112 bytes, as the allocator cuts its blocks; one record of a node alone is some 500.
constexpr std::size_t kBytesMore = 4 * 1'024;

class Passage {
  public:
    Passage() {
        base::log().set_level(base::LogLevel::error);
        load("");
    }

    void pass(int number) {
        pass_node(number);
        if (number % 4 == 0) {
            pass_pool(number);
        }
    }

    void expect_as_for_ten() const {
        const auto view = *controller.view("pods", {now, {}});
        EXPECT_EQ(view.nodes.size(), static_cast<std::size_t>(kNodes));
        EXPECT_LE(view.last_added.size() + view.last_removed.size(), 2U * kNodes);
        EXPECT_EQ(controller.snapshot()->pools.size(), 1U);
        EXPECT_EQ(controller.snapshot()->find("pods")->nodes.size(),
                  static_cast<std::size_t>(kNodes));
        EXPECT_TRUE(hosts.empty());
    }

    base::TimePoint now{base::seconds(1'000)};
    std::set<std::string> hosts;
    discovery::Controller controller{{
        .publish = [](const routing::SnapshotPtr&) {},
        .probe = [](routing::PoolId, const routing::PoolNode&) {},
        .refresh = [](routing::PoolId, discovery::RefreshAsked) {},
        .members_changed = [](routing::PoolId, const discovery::MembersKnown&) {},
        .ejected = [](routing::PoolId, routing::NodeId) {},
        .degraded = [](routing::PoolId, routing::NodeId, bool) {},
        .use_names = [this](const std::set<std::string>& names) { hosts = names; },
        .doubt_name = [](const std::string&) {},
        .lookup_failed = [](routing::PoolId, routing::NodeId) {},
        .node_forgotten = [](routing::PoolId, routing::NodeId) {},
        .pool_forgotten = [](routing::PoolId) {},
    }};

  private:
    // One name comes, another goes; some have failed or were ejected for a while.
    void pass_node(int number) {
        routing::Membership list{.members = {}, .source_version = static_cast<unsigned>(number)};
        for (int i = 0; i < kNodes; ++i) {
            list.members.push_back(member_of(fmt::format("pod-{}@10.0.0.{}", number + i, i)));
        }
        controller.on_membership(pool_, std::move(list), now);
        advance(base::milliseconds(200));
        const std::string name = fmt::format("pod-{}", number + kNodes - 1);
        if (number % 4 == 0) {
            ASSERT_TRUE(controller.eject("pods", name, {base::seconds(30)}, false, now));
        }
        const routing::Pool* const pool = controller.snapshot()->find("pods");
        for (int i = 0; number % 4 == 1 && i < 2; ++i) {
            const base::TimePoint began = now;
            now += base::microseconds(1);
            controller.on_health({.pool = pool_,
                                  .node = pool->nodes.back().node.id,
                                  .kind = health::HealthKind::refused,
                                  .attempt = {began, now}},
                                 now);
        }
        advance(kBetweenNames);
    }

    // A pool that nobody had comes, and goes for good.
    void pass_pool(int number) {
        load(fmt::format("p{} source=list:a@name-{},b@10.0.0.2", number, number));
        advance(base::seconds(1));
        load("");
        advance(kBetweenNames);
    }

    // The pool of this test, and another one: its words, or none.
    void load(const std::string& other) {
        config::Config config;
        config.pools.push_back(
            pool_of({"pods", "source=cfg", "dist=modula", "auto=1", "retry=1000"}));
        if (!other.empty()) {
            config.pools.push_back(pool_of(split(other, ' ')));
        }
        for (const config::PoolConfig& each : config.pools) {
            const routing::PoolId id = controller.id_of(each, now);
            pool_ = each.name == "pods" ? id : pool_;
        }
        controller.configure(config, now);
    }

    void advance(base::Duration span) {
        const base::TimePoint end = now + span;
        while (controller.next_deadline() <= end) {
            now = std::max(now, controller.next_deadline());
            controller.tick(now);
        }
        now = end;
    }

    routing::PoolId pool_ = 0;
};

TEST(ControllerGrowth, thousands_of_nodes_and_pools_leave_nothing_behind) {
    Passage passage;
    int number = 0;
    for (; number < kNamesBefore; ++number) {
        passage.pass(number);
    }
    const std::size_t bytes_before = ::mallinfo2().uordblks;

    for (; number < kNamesBefore + kNames; ++number) {
        passage.pass(number);
    }

    passage.expect_as_for_ten();
    // Of a sanitizer's allocator it says nothing, and nothing grows.
    EXPECT_LT(::mallinfo2().uordblks, bytes_before + kBytesMore);
}

}  // namespace
}  // namespace ringside::sim
