// Degraded nodes as the admin API shows them, and what an operator does about
// their links, and asks a source for.
#include "admin/routes.h"
#include "test_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ringside::admin {
namespace {

TEST(Reconnect, replaces_the_links_to_a_node_or_to_all) {
    TestProcess process;
    const auto epochs = [&process] {
        std::vector<int> result;
        const Json pool = json_of(process.get("/pools/alpha"));
        for (const Json& node : pool["nodes"]) {
            result.push_back(node["link_epoch"]);
        }
        return result;
    };

    const http::Response one = process.post("/pools/alpha/nodes/10.0.0.1%3A11212/reconnect");
    EXPECT_EQ(one.status, 200u);
    EXPECT_EQ(json_of(one)["node"]["link_epoch"], 1);
    EXPECT_THAT(epochs(), testing::UnorderedElementsAre(1, 0, 0));

    EXPECT_EQ(process.post("/pools/alpha/reconnect").status, 200u);
    EXPECT_THAT(epochs(), testing::UnorderedElementsAre(2, 1, 1));

    EXPECT_EQ(process.post("/pools/alpha/nodes/x/reconnect").status, 404u);
    EXPECT_EQ(process.post("/pools/x/reconnect").status, 404u);
}

TEST(Pools, refresh_asks_the_source) {
    TestProcess process;

    const http::Response response = process.post("/pools/beta/refresh");

    EXPECT_EQ(response.status, 202u) << response.body;
    EXPECT_EQ(process.refreshed.size(), 1u);
    EXPECT_FALSE(process.refreshed_how.accept_older);
}

TEST(Pools, refresh_passes_on_that_an_older_answer_counts) {
    TestProcess process;

    EXPECT_EQ(process.post("/pools/beta/refresh?accept=older").status, 202u);
    EXPECT_TRUE(process.refreshed_how.accept_older);
    EXPECT_FALSE(process.refreshed_how.for_agreement);

    for (const char* accept : {"?accept=newer", "?accept=", "?accept=true", "?accept"}) {
        EXPECT_EQ(process.post(std::string("/pools/beta/refresh") + accept).status, 400u) << accept;
    }
    EXPECT_EQ(process.refreshed.size(), 1u);
}

TEST(Pools, a_degraded_node_is_shown_with_its_problem) {
    TestProcess process;
    const Json before = json_of(process.get("/pools/alpha"))["nodes"][0];
    EXPECT_TRUE(before["problem"].is_null());
    const routing::SnapshotPtr snapshot = process.controller.snapshot();
    const routing::Pool& alpha = *snapshot->find(std::string_view("alpha"));

    process.controller.on_health(
        {.pool = alpha.id, .node = alpha.nodes[0].node.id, .kind = health::HealthKind::auth_failed},
        process.now);

    const Json node = json_of(process.get("/pools/alpha"))["nodes"][0];
    EXPECT_EQ(node["problem"], "refuses redis_auth or redis_db");
    EXPECT_TRUE(node["problem_since"].is_string());
    const Json shown = json_of(process.get("/pools"));
    for (const Json& pool : shown["pools"]) {
        EXPECT_EQ(pool["nodes_degraded"], pool["name"] == "alpha" ? 1 : 0);
    }
}

}  // namespace
}  // namespace ringside::admin
