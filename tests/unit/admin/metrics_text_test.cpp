#include "admin/metrics_text.h"

#include "admin/metric_families.h"
#include "test_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace ringside::admin {
namespace {

using metrics::Format;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> samples_of(const std::string& text) {
    std::vector<std::string> samples;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with('#')) {
            samples.push_back(line);
        }
    }
    return samples;
}

http::Response scrape(TestProcess& process, const std::string& accept) {
    http::Request request = TestProcess::request(http::Method::get, "/metrics");
    request.accept = accept;
    return process.send(request);
}

std::string text_of(TestProcess& process, Format format = Format::prometheus) {
    return metrics_text(read_metrics(process.context(), process.moment()), format);
}

TEST(MetricsText, both_forms_have_the_same_samples) {
    TestProcess process;
    process.discover_beta();
    const MetricsReading reading = read_metrics(process.context(), process.moment());

    const auto older = samples_of(metrics_text(reading, Format::prometheus));
    const auto newer = samples_of(metrics_text(reading, Format::open_metrics));

    EXPECT_EQ(older, newer);
    EXPECT_GT(older.size(), 100u);
}

TEST(MetricsText, no_series_is_there_twice) {
    TestProcess process;
    process.discover_beta();
    std::set<std::string> series;

    for (const std::string& sample : samples_of(text_of(process))) {
        EXPECT_TRUE(series.insert(sample.substr(0, sample.rfind(' '))).second) << sample;
    }
}

TEST(MetricsText, each_family_of_the_table_is_told) {
    TestProcess process;
    process.discover_beta();
    process.post("/pools/alpha/nodes/10.0.0.1:11212/eject?for=60s");
    const std::string text = text_of(process);
    // Not on each machine.
    const std::set<std::string_view> optional{"ringside_memory_limit_bytes", "process_open_fds"};

    for (const MetricFamily& family : metric_families()) {
        if (!optional.contains(family.head.name)) {
            EXPECT_THAT(text, HasSubstr("# TYPE " + sample_name(family.head) + " "));
        }
    }
}

TEST(MetricsText, a_pool_without_histograms_has_no_series_of_them) {
    TestProcess process;
    const auto has = [&process](std::string_view series) {
        return text_of(process).find(series) != std::string::npos;
    };
    process.histograms(routing::Histograms::pool);
    EXPECT_TRUE(has("ringside_request_duration_seconds_count{pool=\"alpha\"}"));
    EXPECT_FALSE(has("ringside_node_response_duration_seconds_count{pool=\"alpha\""));

    process.histograms(routing::Histograms::none);
    EXPECT_FALSE(has("ringside_request_duration_seconds_count{pool=\"alpha\"}"));
}

TEST(MetricsText, what_has_no_limit_shows_none) {
    TestProcess process;

    const std::string text = text_of(process);

    EXPECT_THAT(text, HasSubstr("ringside_pool_timeout_seconds{pool=\"alpha\"} 0.4\n"));
    EXPECT_THAT(text, HasSubstr("ringside_client_connections_limit{pool=\"alpha\"} 100\n"));
    EXPECT_EQ(text.find("ringside_pool_timeout_seconds{pool=\"beta\"}"), std::string::npos);
    EXPECT_EQ(text.find("ringside_client_connections_limit{pool=\"beta\"}"), std::string::npos);
}

TEST(MetricsText, refusals_are_one_family_by_reason) {
    TestProcess process;
    const auto id = process.controller.snapshot()->find(std::string_view("alpha"))->id;
    process.registry.pool(0, id).add(metrics::PoolMetric::rejected_bad_key, 4);

    EXPECT_THAT(
        text_of(process),
        HasSubstr("ringside_requests_rejected_total{pool=\"alpha\",reason=\"bad_key\"} 4\n"));
}

TEST(MetricsText, a_time_is_in_seconds) {
    TestProcess process;
    const auto snapshot = process.controller.snapshot();
    const routing::Pool& alpha = *snapshot->find(std::string_view("alpha"));
    process.registry.node(0, alpha.id, alpha.nodes[0].node.id)
        .set(metrics::NodeMetric::server_ejected_at, 1'700'000'000'250'000);

    EXPECT_THAT(text_of(process), HasSubstr("ringside_node_last_ejection_timestamp_seconds{"
                                            "pool=\"alpha\",node=\"10.0.0.1:11212\"} "
                                            "1700000000.25\n"));
}

TEST(MetricsText, tells_the_state_of_a_node_by_a_series_for_each) {
    TestProcess process;
    process.post("/pools/alpha/nodes/10.0.0.1%3A11212/eject");
    const std::string text = text_of(process);
    const auto state = [](std::string_view value) {
        return "ringside_node_state{pool=\"alpha\",node=\"10.0.0.1:11212\",state=\"" +
               std::string(value) + "\"} ";
    };

    EXPECT_THAT(text, HasSubstr(state("in_ring") + "0\n"));
    EXPECT_THAT(text, HasSubstr(state("joining") + "0\n"));
    EXPECT_THAT(text, HasSubstr(state("ejected_by_health") + "0\n"));
    EXPECT_THAT(text, HasSubstr(state("ejected_by_operator") + "1\n"));
    EXPECT_THAT(text, HasSubstr("ringside_pool_nodes{pool=\"alpha\",state=\"in_ring\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("ringside_node_share_ratio{pool=\"alpha\","
                                "node=\"10.0.0.1:11212\"} 0\n"));
}

TEST(MetricsText, series_of_a_node_end_when_it_leaves) {
    TestProcess process;
    const auto discover = [&process](std::initializer_list<const char*> names) {
        routing::Membership membership;
        for (const char* name : names) {
            membership.members.push_back({name, {"10.0.1.1", 11211}, 1});
        }
        process.controller.on_membership(process.beta_id(), std::move(membership), process.now);
        process.now += std::chrono::seconds(60);
        process.controller.tick(process.now);
    };
    discover({"b1", "b2", "b3"});
    const std::string before = text_of(process);

    discover({"b2", "b3"});
    const std::string after = text_of(process);

    EXPECT_THAT(before, HasSubstr("node=\"b1\""));
    EXPECT_THAT(after, Not(HasSubstr("node=\"b1\"")));
    EXPECT_THAT(after, HasSubstr("node=\"b2\""));
}

TEST(MetricsText, is_what_the_accept_field_prefers) {
    TestProcess process;

    const http::Response openmetrics =
        scrape(process, "application/openmetrics-text;version=1.0.0,text/plain;q=0.5");
    const http::Response older = scrape(process, "application/openmetrics-text;q=0.2,text/plain");

    EXPECT_EQ(openmetrics.content_type,
              "application/openmetrics-text; version=1.0.0; charset=utf-8");
    EXPECT_TRUE(openmetrics.body.ends_with("\n# EOF\n"));
    EXPECT_EQ(older.content_type, "text/plain; version=0.0.4; charset=utf-8");
    EXPECT_THAT(older.body, Not(HasSubstr("# EOF")));
    EXPECT_THAT(older.headers,
                ::testing::Contains(std::pair<std::string, std::string>("Vary", "Accept")));
}

TEST(MetricsText, is_the_older_form_for_whom_both_or_neither_will_do) {
    for (const char* accept : {"", "*/*", "text/html,*/*;q=0.8", "image/png", "text/plain",
                               "application/openmetrics-text;version=0.0.1", ";;q=,"}) {
        EXPECT_EQ(format_for(accept), Format::prometheus) << accept;
    }
}

TEST(MetricsText, is_there_on_each_listener) {
    for (const AdminScope scope : {AdminScope::probes, AdminScope::stats, AdminScope::everything}) {
        TestProcess process;
        process.site.scope = scope;

        EXPECT_EQ(process.get("/metrics").status, 200u);
    }
}

// Names come from a source that may say anything.
TEST(MetricsText, hostile_names_stay_within_their_quotes) {
    TestProcess process;
    routing::Membership membership;
    membership.members = {{"a\"} 1\nfake{x=\"", {"10.0.1.1", 11211}, 1},
                          {"b\\", {"10.0.1.2", 11211}, 1},
                          {"c\xff", {"10.0.1.3", 11211}, 1}};
    process.controller.on_membership(process.beta_id(), std::move(membership), process.now);

    const auto samples = samples_of(text_of(process));

    EXPECT_TRUE(std::none_of(samples.begin(), samples.end(),
                             [](const std::string& sample) { return sample.starts_with("fake"); }));
    EXPECT_THAT(samples, ::testing::Contains(HasSubstr("node=\"a\\\"} 1\\nfake{x=\\\"\"")));
    EXPECT_THAT(samples, ::testing::Contains(HasSubstr("node=\"b\\\\\"")));
    EXPECT_THAT(samples, ::testing::Contains(HasSubstr("node=\"c\\\\xff\"")));
}

}  // namespace
}  // namespace ringside::admin
