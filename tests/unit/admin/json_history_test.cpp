#include "admin/json_history.h"

#include "test_process.h"

#include <gmock/gmock.h>

#include <string>

namespace ringside::admin {
namespace {

TEST(History, tells_the_changes_of_a_ring_with_the_newest_first) {
    TestProcess process;
    process.now += std::chrono::milliseconds(1500);
    process.post("/pools/alpha/nodes/10.0.0.1%3A11212/eject");
    process.controller.on_adopted(1, 2, process.now + base::milliseconds(2));
    process.now += std::chrono::seconds(10);

    const Json history = json_of(process.get("/pools/alpha/history"));

    EXPECT_EQ(history["pool"], "alpha");
    EXPECT_EQ(history["generation"], 2);
    EXPECT_EQ(history["worker_count"], 2);
    ASSERT_EQ(history["changes"].size(), 2U);
    const Json& newest = history["changes"][0];
    EXPECT_EQ(newest["generation"], 2);
    EXPECT_EQ(newest["snapshot_version"], 2);
    EXPECT_EQ(newest["at"], "2023-11-14T22:14:40.000Z");
    EXPECT_EQ(newest["causes"], Json::array({"ejection by the operator"}));
    EXPECT_EQ(newest["source"]["description"], "static");
    EXPECT_EQ(newest["ejected"], Json({{"count", 1}, {"names", {"10.0.0.1:11212"}}}));
    EXPECT_EQ(newest["node_count"], 3);
    EXPECT_EQ(newest["nodes_in_ring"], 2);
    EXPECT_GT(newest["moved_percent"], 20.0);
    EXPECT_LT(newest["moved_percent"], 45.0);
    EXPECT_EQ(newest["moved_by"], "arcs");
    EXPECT_EQ(newest["adopted_by_all"], false);
    EXPECT_EQ(newest["adopted"], Json::array({{{"worker", 1}, {"after_ms", 2.0}}}));
    const Json& first = history["changes"][1];
    EXPECT_EQ(first["causes"], Json::array({"configuration"}));
    EXPECT_EQ(first["added"]["count"], 3);
    EXPECT_EQ(first["moved_percent"], nullptr);
    EXPECT_EQ(first["moved_by"], nullptr);
}

TEST(History, of_a_pool_without_nodes_is_empty_and_of_no_pool_not_found) {
    TestProcess process;

    const Json history = json_of(process.get("/pools/beta/history"));

    EXPECT_EQ(history["changes"], Json::array());
    EXPECT_EQ(history["generation"], 0);
    EXPECT_EQ(process.get("/pools/gamma/history").status, 404U);
}

TEST(Fingerprint, is_shown_wherever_a_ring_is) {
    TestProcess process;
    const std::string expected = routing::to_hex(
        routing::fingerprint(*process.controller.snapshot()->find(std::string_view("alpha"))));

    EXPECT_EQ(json_of(process.get("/pools/alpha"))["fingerprint"], expected);
    EXPECT_EQ(json_of(process.get("/pools/alpha/ring"))["fingerprint"], expected);
    EXPECT_EQ(json_of(process.get("/pools/alpha/ring?format=summary"))["fingerprint"], expected);
    EXPECT_EQ(json_of(process.get("/pools/alpha/history"))["changes"][0]["fingerprint"], expected);
    const Json pools = json_of(process.get("/pools"));
    for (const Json& pool : pools["pools"]) {
        EXPECT_EQ(pool["name"] == "alpha", pool["fingerprint"] == expected);
    }
}

// --- where nodes come from ---

TEST(Discovery, shows_the_source_its_polls_and_its_last_error) {
    TestProcess process;
    const base::TimePoint start = process.now;
    process.controller.on_source_failure(process.beta_id(), {base::Errc::timed_out, "no answer"},
                                         start);
    process.controller.on_source_facts(process.beta_id(), {.way = "asked at an interval",
                                                           .last_poll = start,
                                                           .next_poll = start + base::seconds(60),
                                                           .answered_by = "10.0.0.9:11211",
                                                           .version = "7",
                                                           .ttl = base::milliseconds(1500),
                                                           .names = {{"cache", "cache.test", ""}}});
    process.discover_beta();

    const Json shown = json_of(process.get("/pools/beta/discovery"));

    EXPECT_EQ(shown["source"]["description"], "elasticache cfg.example:11211");
    EXPECT_EQ(shown["way"], "asked at an interval");
    EXPECT_EQ(shown["discovered"], true);
    EXPECT_EQ(shown["failing"], false);
    EXPECT_EQ(shown["last_poll"], "2023-11-14T22:14:50.000Z");
    EXPECT_EQ(shown["next_poll"], "2023-11-14T22:15:50.000Z");
    EXPECT_EQ(shown["last_error"],
              Json({{"at", "2023-11-14T22:14:50.000Z"}, {"message", "no answer"}}));
    EXPECT_EQ(shown["answered_by"], "10.0.0.9:11211");
    EXPECT_EQ(shown["version"], "7");
    EXPECT_EQ(shown["ttl_ms"], 1500);
    EXPECT_EQ(
        shown["names"],
        Json::array({{{"name", "cache"}, {"full_name", "cache.test"}, {"problem", nullptr}}}));
    EXPECT_EQ(shown["generation"], 1);
    EXPECT_EQ(shown["node_count"], 1);
    EXPECT_EQ(shown["addresses"], Json::array());
}

TEST(Discovery, of_a_source_that_has_said_nothing_is_there_all_the_same) {
    TestProcess process;

    const Json shown = json_of(process.get("/pools/beta/discovery"));

    EXPECT_EQ(shown["discovered"], false);
    for (const char* key : {"way", "last_poll", "next_poll", "last_error", "answered_by", "version",
                            "ttl_ms", "last_answer"}) {
        EXPECT_EQ(shown[key], nullptr) << key;
    }
    EXPECT_EQ(process.get("/pools/gamma/discovery").status, 404U);
    EXPECT_EQ(json_of(process.get("/pools/alpha/discovery"))["source"]["description"], "static");
    EXPECT_EQ(json_of(process.get("/pools/beta/discovery"))["sources"],
              json_of(process.get("/pools/beta"))["sources"]);
}

TEST(Discovery, of_a_thousand_nodes_shows_a_hundred_names_and_counts_the_rest) {
    TestProcess process;
    routing::Membership many;
    for (int i = 0; i < 1000; ++i) {
        const std::string host = "cache-" + std::to_string(i) + ".test";
        many.members.push_back({host, {host, 11211}, 1});
    }
    process.controller.on_membership(process.beta_id(), std::move(many), process.now);

    const Json shown = json_of(process.get("/pools/beta/discovery"));

    EXPECT_EQ(shown["addresses"].size(), 100U);
    EXPECT_EQ(shown["addresses_left_out"], 900);
    EXPECT_EQ(shown["node_count"], 1000);
}

// --- what if ---

TEST(WhatIf, shows_what_would_move_and_changes_nothing) {
    TestProcess process;
    const std::string before = process.get("/pools/alpha/ring").body;

    const Json shown = json_of(process.get(
        "/pools/alpha/what-if?add=10.0.0.9%3A11211%3A1%20new&remove=%2Frun%2Fnode.sock%3A"
        "&weight=10.0.0.1%3A11212%3A2&add=10.0.0.8%3A11211%3A1"));

    EXPECT_EQ(shown["before"]["node_count"], 3);
    EXPECT_EQ(shown["after"]["node_count"], 4);
    EXPECT_NE(shown["before"]["fingerprint"], shown["after"]["fingerprint"]);
    EXPECT_EQ(shown["moved_by"], "arcs");
    double sum = 0;
    for (const Json& flow : shown["flows"]) {
        sum += flow["percent"].get<double>();
        EXPECT_NE(flow["from"], flow["to"]);
    }
    EXPECT_NEAR(sum, shown["moved_percent"].get<double>(), 1e-9);
    EXPECT_GT(sum, 30.0);
    EXPECT_EQ(process.get("/pools/alpha/ring").body, before);
    EXPECT_EQ(json_of(process.get("/pools/alpha/history"))["changes"].size(), 1U);
}

TEST(WhatIf, says_what_is_wrong) {
    TestProcess process;

    EXPECT_EQ(process.get("/pools/alpha/what-if").status, 400U);
    EXPECT_EQ(process.get("/pools/gamma/what-if?remove=x").status, 404U);
    const http::Response unknown = process.get("/pools/alpha/what-if?remove=x");
    EXPECT_EQ(unknown.status, 400U);
    EXPECT_THAT(unknown.body, testing::HasSubstr("no node"));
    EXPECT_EQ(process.get("/pools/alpha/what-if?remov=x").status, 400U);
}

}  // namespace
}  // namespace ringside::admin
