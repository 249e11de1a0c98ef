#include "admin/json_workers.h"

#include "test_process.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace ringside::admin {
namespace {

TEST(ConnectionsFrom, is_read_as_it_is_written_and_not_otherwise) {
    const auto from = parse_connections_from("link-3-256");

    ASSERT_TRUE(from);
    EXPECT_EQ(from->side, ConnectionSide::link);
    EXPECT_EQ(from->worker, 3U);
    EXPECT_EQ(from->slot, 256U);
    EXPECT_EQ(to_text(*from), "link-3-256");
    for (const char* text : {"", "link", "link-1", "link-1-", "link-1-2-3", "links-1-2", "-1-2",
                             "link-x-2", "link-1-4294967296", "link--2"}) {
        EXPECT_FALSE(parse_connections_from(text)) << text;
    }
}

TEST(Workers, one_that_does_not_answer_is_told_beside_the_others) {
    TestProcess process;
    process.worker_facts = {WorkerFacts{.turns = 5, .sessions = 2, .links = 3, .requests = 1},
                            base::Error{base::Errc::timed_out, "no answer"}};

    const Json workers = json_of(process.get("/workers")).at("workers");

    ASSERT_EQ(workers.size(), 2U);
    EXPECT_EQ(workers[0].at("in_flight"), 1);
    EXPECT_EQ(workers[0].at("problem"), nullptr);
    EXPECT_EQ(workers[1].at("problem"), "no answer");
}

TEST(Connections, are_asked_for_as_the_caller_says) {
    TestProcess process;
    process.connections = ConnectionsPage{
        .rows = {{.side = ConnectionSide::link, .id = 9, .pool = "alpha", .peer = "10.0.0.1:1"}},
        .next = ConnectionsFrom{ConnectionSide::link, 1, 64}};

    const Json page = json_of(process.get("/connections?side=link&limit=7&from=link-0-64"));

    EXPECT_EQ(process.connections_asked.rows_max, 7U);
    EXPECT_EQ(process.connections_asked.from.slot, 64U);
    EXPECT_EQ(page.at("connections")[0].at("peer"), "10.0.0.1:1");
    EXPECT_EQ(page.at("connections")[0].at("node"), nullptr);
    EXPECT_EQ(page.at("next"), "link-1-64");
    for (const char* query :
         {"?limit=0", "?limit=1001", "?side=both", "?from=3", "?side=session&from=link-0-64"}) {
        EXPECT_EQ(process.get(std::string("/connections") + query).status, 400u) << query;
    }
    process.connections = base::Error{base::Errc::timed_out, "no answer"};
    EXPECT_EQ(process.get("/connections").status, 504u);
}

TEST(Slow, shows_what_is_known_of_a_request) {
    TestProcess process;
    process.slow.rows = {{.took = base::microseconds(30),
                          .queued = base::microseconds(10),
                          .at_node = base::microseconds(20),
                          .pool = "alpha",
                          .command = "get",
                          .key = "k\xff",
                          .key_bytes = 2,
                          .outcome = "miss"},
                         {.took = base::microseconds(5), .queued = base::microseconds(5)}};
    process.slow.unanswered = {1};

    const Json slow = json_of(process.get("/slow"));

    EXPECT_EQ(slow.at("requests")[0].at("at_node_us"), 20);
    EXPECT_EQ(slow.at("requests")[0].at("key"), "k\xef\xbf\xbd");
    EXPECT_EQ(slow.at("requests")[1].at("at_node_us"), nullptr);
    EXPECT_EQ(slow.at("unanswered_workers"), Json::array({1}));
}

TEST(TopKeys, shows_shares_and_rates_of_what_was_looked_at) {
    TestProcess process;
    process.hot_keys.one_of = 16;
    process.hot_keys.looked_at = 200;
    process.hot_keys.covered = base::seconds(10);
    process.hot_keys.rows.resize(1);
    process.hot_keys.rows[0].key = "user:1";
    process.hot_keys.rows[0].count = 50;
    process.hot_keys.rows[0].too_high = 10;

    const Json top = json_of(process.get("/pools/alpha/keys/top?limit=3"));

    EXPECT_EQ(top.at("keys")[0].at("share"), 0.25);
    EXPECT_EQ(top.at("keys")[0].at("share_too_high"), 0.05);
    EXPECT_EQ(top.at("keys")[0].at("per_second"), 80);
    EXPECT_EQ(top.at("keys")[0].at("node"), nullptr);
    EXPECT_EQ(process.get("/pools/alpha/keys/top?limit=101").status, 400u);
    EXPECT_EQ(process.get("/pools/beta/keys/top").status, 409u);
}

}  // namespace
}  // namespace ringside::admin
