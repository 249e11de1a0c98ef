#include "admin/json_history.h"

#include "test_process.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <string>

namespace ringside::admin {
namespace {

using Json = nlohmann::json;

Json json_of(const http::Response& response) {
    return Json::parse(response.body);
}

TEST(History, tells_the_changes_of_a_ring_with_the_newest_first) {
    TestProcess process;
    process.now += std::chrono::milliseconds(1500);
    process.post("/pools/alpha/nodes/10.0.0.1%3A11212/eject");
    process.controller.on_adopted(1, 2, process.now + base::milliseconds(2));
    process.now += std::chrono::seconds(10);

    const Json history = json_of(process.get("/pools/alpha/history"));

    EXPECT_EQ(history["pool"], "alpha");
    EXPECT_EQ(history["generation"], 2);
    EXPECT_EQ(history["workers"], 2);
    ASSERT_EQ(history["changes"].size(), 2U);
    const Json& newest = history["changes"][0];
    EXPECT_EQ(newest["generation"], 2);
    EXPECT_EQ(newest["snapshot_version"], 2);
    EXPECT_EQ(newest["at"], "2023-11-14T22:14:40.000Z");
    EXPECT_EQ(newest["causes"], Json::array({"ejection by the operator"}));
    EXPECT_EQ(newest["source"], "static");
    EXPECT_EQ(newest["ejected"], Json({{"count", 1}, {"names", {"10.0.0.1:11212"}}}));
    EXPECT_EQ(newest["nodes"], 3);
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
    for (const Json& pool : json_of(process.get("/pools"))["pools"]) {
        EXPECT_EQ(pool["name"] == "alpha", pool["fingerprint"] == expected);
    }
}

}  // namespace
}  // namespace ringside::admin
