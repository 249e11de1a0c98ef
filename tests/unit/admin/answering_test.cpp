// How requests find their routes; what each route answers is in routes_test.cpp.
#include "test_process.h"

#include <gtest/gtest.h>

#include <string_view>

namespace ringside::admin {
namespace {

TEST(Answering, a_pool_that_is_not_there_has_no_methods) {
    TestProcess process;
    const auto status = [&process](http::Method method, std::string_view path) {
        return process.send(TestProcess::request(method, path)).status;
    };

    EXPECT_EQ(status(http::Method::options, "/pools/alpha"), 204u);
    EXPECT_EQ(status(http::Method::options, "/pools/none"), 404u);
    EXPECT_EQ(status(http::Method::options, "/pools/none/nodes/n/eject"), 404u);
    EXPECT_EQ(status(http::Method::other, "/pools/none"), 404u);
    EXPECT_EQ(status(http::Method::options, "/healthz/none"), 404u);
}

TEST(Answering, clients_are_asked_to_leave_by_pool_or_all) {
    TestProcess process;
    process.sent_away = {.sessions = 3, .unanswered = {1}};

    const Json all = json_of(process.post("/clients/drain"));
    const bool is_of_all = !process.send_away_asked->pool;
    const Json dry = json_of(process.post("/clients/drain?pool=beta&dryRun=true"));

    EXPECT_TRUE(is_of_all);
    EXPECT_EQ(
        all,
        Json(
            {{"pool", nullptr}, {"dry_run", false}, {"sessions", 3}, {"unanswered_workers", {1}}}));
    EXPECT_EQ(dry.at("pool"), "beta");
    EXPECT_EQ(process.send_away_asked->pool, process.beta_id());
    EXPECT_TRUE(process.send_away_asked->only_count);
    process.send_away_asked.reset();
    EXPECT_EQ(process.post("/clients/drain?pool=none").status, 404u);
    EXPECT_FALSE(process.send_away_asked);
}

TEST(Answering, a_path_is_matched_segment_by_segment_and_decoded_afterwards) {
    const auto node =
        match_path("/pools/{pool}/nodes/{node}/eject", "/pools/a%2Fb/nodes/%3A/eject");

    ASSERT_TRUE(node);
    EXPECT_EQ(node->pool, "a/b");
    EXPECT_EQ(node->node, ":");
    EXPECT_FALSE(match_path("/pools/{pool}", "/pools/"));
    EXPECT_FALSE(match_path("/pools/{pool}", "/pools/a/b"));
    EXPECT_FALSE(match_path("/pools/{pool}", "/pools/%zz"));
    EXPECT_TRUE(match_path("/", "/"));
}

}  // namespace
}  // namespace ringside::admin
