// Nodes that are put back: POST /pools/{pool}/nodes/{node}/restore.
#include "admin/routes.h"
#include "test_process.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace ringside::admin {
namespace {

TEST(Restore, a_node_that_is_away_is_absent_and_comes_back_into_the_ring) {
    TestProcess process;
    const auto members_are = [&process](std::vector<routing::Member> members) {
        routing::Membership membership;
        membership.members = std::move(members);
        process.controller.on_membership(process.beta_id(), std::move(membership), process.now);
        process.now += base::seconds(1);  // more than what collects changes
        process.controller.tick(process.now);
    };
    const routing::Member b1{"b1", {"10.0.1.1", 11211}, 1};
    const routing::Member b2{"b2", {"10.0.1.2", 11211}, 1};
    const routing::Member b4{"b4", {"10.0.1.4", 11211}, 1};
    members_are({b1, b2, b4});
    ASSERT_EQ(process.post("/pools/beta/nodes/b1/eject").status, 200u);
    members_are({b2, b4});

    const http::Response away = process.post("/pools/beta/nodes/b1/eject");
    const http::Response tried = process.post("/pools/beta/nodes/b1/restore?dryRun=true");
    const http::Response restored = process.post("/pools/beta/nodes/b1/restore");
    const http::Response again = process.post("/pools/beta/nodes/b1/restore");
    const http::Response never = process.post("/pools/beta/nodes/b3/restore");
    members_are({b1, b2, b4});
    const std::string state_when_back = json_of(process.get("/pools/beta"))["nodes"][0]["state"];
    const Json there = json_of(process.post("/pools/beta/nodes/b1/restore"))["node"];

    EXPECT_EQ(tried.status, 200u) << tried.body;
    EXPECT_EQ(json_of(tried)["moved_percent"], 0);
    EXPECT_EQ(restored.status, 200u) << restored.body;
    EXPECT_EQ(json_of(restored)["node"]["name"], "b1");
    EXPECT_EQ(json_of(restored)["node"]["state"], "absent");
    EXPECT_TRUE(json_of(restored)["node"]["remaining_ms"].is_null());
    EXPECT_EQ(again.body, restored.body);
    EXPECT_EQ(state_when_back, "in_ring");
    for (const auto& [key, value] : there.items()) {
        EXPECT_TRUE(json_of(restored)["node"].contains(key)) << key;
    }
    EXPECT_EQ(away.status, 404u);
    EXPECT_EQ(json_of(away)["detail"], "pool 'beta' has no node 'b1'");
    EXPECT_EQ(process.post("/pools/beta/nodes/b3/restore?dryRun=true").status, 404u);
    EXPECT_EQ(never.status, 404u);
    EXPECT_EQ(json_of(never)["detail"], "pool 'beta' has no node 'b3'");
}

}  // namespace
}  // namespace ringside::admin
