#include "ringctl/top.h"

#include <gtest/gtest.h>

#include <array>
#include <optional>

namespace ringside::ctl {
namespace {

using http::Json;

Json pool_with(int requests, int hits, int timed_out, Json nodes) {
    return {{"name", "cache"},
            {"health", {{"status", "ok"}}},
            {"metrics", {{"requests", requests}, {"client_connections", 3}}},
            {"outcomes", {{"read", {{"hit", hits}, {"miss", 10}, {"timed_out", timed_out}}}}},
            {"latency", {{"counts", Json::array({hits, 10})}}},
            {"latency_bounds_us", Json::array({16, 32, 64})},
            {"nodes", std::move(nodes)}};
}

Json node_with(const char* name, int requests, int errors) {
    return {{"name", name},
            {"state", "in_ring"},
            {"metrics",
             {{"requests", requests}, {"server_err", errors}, {"in_queue", 1}, {"out_queue", 2}}},
            {"latency", {{"counts", Json::array({0, requests})}}}};
}

TEST(Top, shows_the_difference_between_two_readings) {
    const Json before = pool_with(100, 50, 0, Json::array({node_with("a", 10, 0)}));
    const Json after =
        pool_with(300, 150, 4, Json::array({node_with("a", 30, 6), node_with("b", 8, 0)}));

    const std::vector<Traffic> rows = traffic_between(before, after, 2);

    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(rows[0].node, "");
    EXPECT_DOUBLE_EQ(rows[0].requests_per_s, 100);
    EXPECT_DOUBLE_EQ(rows[0].errors_per_s, 2);
    EXPECT_DOUBLE_EQ(rows[0].hit_share.value(), 1);
    EXPECT_EQ(rows[0].p99_us, 16U);
    EXPECT_DOUBLE_EQ(rows[1].requests_per_s, 10);
    EXPECT_DOUBLE_EQ(rows[1].errors_per_s, 3);
    EXPECT_EQ(rows[1].in_flight, 3);
    EXPECT_EQ(rows[1].p50_us, 32U);
    EXPECT_DOUBLE_EQ(rows[2].requests_per_s, 4);  // new: from zero
    EXPECT_EQ(rows[2].hit_share, std::nullopt);
}

TEST(Top, counts_anew_where_another_process_answers) {
    const Json rows_before = pool_with(1000, 500, 9, Json::array());

    const auto rows = traffic_between(rows_before, pool_with(10, 5, 1, Json::array()), 1);

    EXPECT_DOUBLE_EQ(rows[0].requests_per_s, 10);
    EXPECT_DOUBLE_EQ(rows[0].errors_per_s, 1);
}

TEST(Top, a_quantile_is_the_bound_of_its_bucket) {
    constexpr std::array<std::uint64_t, 3> kBounds{16, 32, 64};
    const auto quantile = [&](std::vector<std::int64_t> counts, double share) {
        return quantile_us(counts, kBounds, share);
    };

    EXPECT_EQ(quantile({}, 0.5), std::nullopt);
    EXPECT_EQ(quantile({50, 50}, 0.5), 16U);
    EXPECT_EQ(quantile({49, 51}, 0.5), 32U);
    EXPECT_EQ(quantile({99, 0, 1}, 0.99), 16U);
    EXPECT_EQ(quantile({98, 0, 0, 2}, 0.99), 64U);  // above all bounds
}

}  // namespace
}  // namespace ringside::ctl
