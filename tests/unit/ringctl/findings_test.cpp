#include "ringctl/findings.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace ringside::ctl {
namespace {

using http::Json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr std::chrono::system_clock::time_point kNow{std::chrono::seconds(1'000'000)};

Json pool_that(Json reasons, bool converged = true, int refused = 0) {
    return {{"name", "cache"},
            {"policy", {{"auto_eject_hosts", false}}},
            {"health", {{"reasons", std::move(reasons)}}},
            {"advice", Json::array()},
            {"converged", converged},
            {"metrics", {{"client_refused", refused}}}};
}

TEST(Findings, a_well_pool_has_none) {
    EXPECT_THAT(of_pool(pool_that(Json::array())), IsEmpty());
}

TEST(Findings, of_a_pool_have_the_remedy_for_that_pool) {
    const Json reasons = Json::array(
        {{{"grade", "down"},
          {"type", "RingIsEmpty"},
          {"text", "no node is in the ring"},
          {"since", "2026-01-01T00:00:00Z"}},
         {{"grade", "degraded"}, {"type", "SomethingNew"}, {"text", "odd"}, {"since", nullptr}}});

    const Findings findings = of_pool(pool_that(reasons, false, 3));

    ASSERT_THAT(findings, SizeIs(4));
    EXPECT_EQ(findings[0].severity, Severity::broken);
    EXPECT_EQ(findings[0].since, "2026-01-01T00:00:00Z");
    EXPECT_THAT(findings[0].remedy, HasSubstr("ringctl discovery cache"));
    EXPECT_EQ(findings[1].severity, Severity::warning);
    EXPECT_THAT(findings[1].remedy, HasSubstr("docs/ALERTS.md"));
    EXPECT_THAT(findings[2].what, HasSubstr("not all workers"));
    EXPECT_THAT(findings[3].what, HasSubstr("3 clients were refused"));
}

TEST(Findings, a_setting_that_is_set_is_not_advised) {
    Json pool = pool_that(Json::array({{{"grade", "degraded"},
                                        {"type", "NodesFailing"},
                                        {"text", "kept in the ring by max_ejected"},
                                        {"since", nullptr}}}));
    const Findings without = of_pool(pool);
    pool.at("policy").at("auto_eject_hosts") = true;
    const Findings with = of_pool(pool);

    EXPECT_THAT(without.at(0).remedy, HasSubstr("auto_eject_hosts: true does that by itself"));
    EXPECT_THAT(with.at(0).remedy, Not(HasSubstr("auto_eject_hosts: true")));
    EXPECT_THAT(with.at(0).remedy, HasSubstr("max_ejected"));
    EXPECT_THAT(with.at(0).remedy, HasSubstr("ringctl eject cache NODE"));
}

TEST(Findings, a_worker_that_is_late_or_silent_is_one) {
    const Json answer = {
        {"workers",
         Json::array({{{"index", 0}, {"problem", nullptr}, {"told_after_us", 99'999}},
                      {{"index", 1}, {"problem", nullptr}, {"told_after_us", 100'000}},
                      {{"index", 2}, {"problem", "has not answered within a second"}}})}};

    const Findings findings = of_workers(answer);

    ASSERT_THAT(findings, SizeIs(2));
    EXPECT_EQ(findings[0].where, "worker 1");
    EXPECT_EQ(findings[1].severity, Severity::broken);
}

TEST(Findings, lines_that_were_dropped_and_connections_refused_are_some) {
    EXPECT_THAT(of_log({{"lines_dropped", 0}}), IsEmpty());
    EXPECT_THAT(of_log({{"lines_dropped", 2}}), SizeIs(1));
    EXPECT_THAT(of_snapshot({{"admin", {{"connections_refused", 0}}}, {"version", 1}}), IsEmpty());
    EXPECT_THAT(of_snapshot({{"stats", {{"connections_refused", 5}}}}), SizeIs(1));
}

TEST(Findings, descriptors_memory_and_the_clock_are_read_from_metrics) {
    const auto metrics = read_metrics(
        "# HELP process_open_fds open files\n"
        "process_open_fds 81\n"
        "process_max_fds 100\n"
        "process_resident_memory_bytes 9.5e+08\n"
        "ringside_memory_limit_bytes 1e+09\n"
        "process_start_time_seconds 1000010\n"
        "ringside_worker_clients{worker=\"0\"} 7\n");

    const Findings findings = of_metrics(metrics, kNow);

    EXPECT_EQ(metrics.count("ringside_worker_clients{worker=\"0\"}"), 0U);
    ASSERT_THAT(findings, SizeIs(3));
    EXPECT_THAT(findings[0].what, HasSubstr("81 of 100 descriptors"));
    EXPECT_THAT(findings[1].what, HasSubstr("95 %"));
    EXPECT_THAT(findings[2].what, HasSubstr("10 s after the present time"));
    EXPECT_THAT(of_metrics({}, kNow), IsEmpty());
    EXPECT_THAT(of_metrics({{"process_open_fds", 80}, {"process_max_fds", 100}}, kNow), IsEmpty());
}

TEST(Findings, long_turns_and_late_timers_are_some_if_they_are_many) {
    const auto found = [](int timers_in_time, int turns_in_time) {
        return of_metrics(
            read_metrics(fmt::format(
                "ringside_control_lag_seconds_bucket{{le=\"0.131072\"}} {}\n"
                "ringside_control_lag_seconds_bucket{{le=\"+Inf\"}} 100\n"
                "ringside_worker_turn_duration_seconds_bucket{{worker=\"0\",le=\"0.131072\"}} 7\n"
                "ringside_worker_turn_duration_seconds_bucket{{worker=\"0\",le=\"+Inf\"}} 7\n"
                "ringside_worker_turn_duration_seconds_bucket{{worker=\"1\",le=\"0.131072\"}} {}\n"
                "ringside_worker_turn_duration_seconds_bucket{{worker=\"1\",le=\"+Inf\"}} 4000\n",
                timers_in_time, turns_in_time)),
            kNow);
    };

    EXPECT_THAT(found(100, 4000), IsEmpty());
    EXPECT_THAT(found(98, 3997), IsEmpty());
    const Findings findings = found(97, 3996);
    ASSERT_THAT(findings, SizeIs(2));
    EXPECT_EQ(findings[0].where, "control thread");
    EXPECT_THAT(findings[0].what, HasSubstr("3 of 100 of its timers"));
    EXPECT_EQ(findings[1].where, "worker 1");
    EXPECT_EQ(findings[1].severity, Severity::hint);
    EXPECT_THAT(findings[1].what, HasSubstr("4 of 4000 of its turns"));
}

}  // namespace
}  // namespace ringside::ctl
