// What an operator may try before doing it, and how much the process says.
#include "test_process.h"

#include <gtest/gtest.h>

#include <string>

namespace ringside::admin {
namespace {

constexpr const char* kNode = "/pools/alpha/nodes/10.0.0.1%3A11212";

TEST(DryRun, of_an_ejection_tells_what_would_move_and_moves_nothing) {
    TestProcess process;
    const std::string before = process.get("/pools/alpha/ring").body;

    const http::Response dry = process.post(std::string(kNode) + "/eject?dryRun=true&for=60s");
    const std::string ring = process.get("/pools/alpha/ring").body;
    const Json what_if = json_of(process.get("/pools/alpha/what-if?eject=10.0.0.1:11212"));
    process.post(std::string(kNode) + "/eject?dryRun=false");

    EXPECT_EQ(dry.status, 200u) << dry.body;
    EXPECT_EQ(json_of(dry), what_if);
    EXPECT_GT(what_if.at("moved_percent"), 0);
    EXPECT_EQ(ring, before);
    EXPECT_NE(process.get("/pools/alpha/ring").body, before);
}

TEST(DryRun, of_a_return_tells_what_would_come_back) {
    TestProcess process;
    const Json idle = json_of(process.post(std::string(kNode) + "/restore?dryRun=true"));
    process.post(std::string(kNode) + "/eject");
    const std::string ejected = process.get("/pools/alpha/ring").body;

    const Json back = json_of(process.post(std::string(kNode) + "/restore?dryRun=true"));

    EXPECT_EQ(idle.at("moved_percent"), 0);
    EXPECT_GT(back.at("moved_percent"), 0);
    EXPECT_EQ(process.get("/pools/alpha/ring").body, ejected);
}

TEST(DryRun, is_refused_where_the_deed_would_be) {
    TestProcess process;
    process.post("/pools/alpha/nodes/10.0.0.2%3A11212/eject");
    process.post("/pools/alpha/nodes/%2Frun%2Fnode.sock%3A/eject");
    const auto statuses = [&process](const std::string& more) {
        return std::pair(process.post(std::string(kNode) + "/eject?dryRun=true" + more).status,
                         process.post(std::string(kNode) + "/eject?dryRun=false" + more).status);
    };

    EXPECT_EQ(statuses(""), std::pair(409u, 409u)) << "the last one";
    EXPECT_EQ(statuses("&for=1"), std::pair(409u, 409u));
    EXPECT_EQ(statuses("&for=x"), std::pair(400u, 400u));
    EXPECT_EQ(statuses("&force=true"), std::pair(200u, 200u));
    EXPECT_EQ(process.post(std::string(kNode) + "/eject?dryRun=perhaps").status, 400u);
    EXPECT_EQ(process.post("/pools/alpha/nodes/n/eject?dryRun=true").status, 404u);
    EXPECT_EQ(process.post("/pools/beth/nodes/n/restore?dryRun=true").status, 404u);
}

TEST(LogLevel, is_told_and_changed_while_it_runs) {
    TestProcess process;

    const http::Response changed = process.post("/log?level=debug");
    const http::Response again = process.post("/log?level=debug");

    EXPECT_EQ(changed.status, 200u) << changed.body;
    EXPECT_EQ(again.status, 200u);
    EXPECT_EQ(process.log_level, base::LogLevel::debug);
    EXPECT_TRUE(json_of(process.get("/log")).contains("level"));
    for (const char* query : {"", "?level=", "?level=all", "?level=Debug"}) {
        EXPECT_EQ(process.post(std::string("/log") + query).status, 400u) << query;
    }
}

}  // namespace
}  // namespace ringside::admin
