#include "admin/metric_families.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <string>

namespace ringside::admin {
namespace {

using metrics::FamilyType;

TEST(MetricFamilies, have_a_help_and_one_origin) {
    for (const MetricFamily& family : metric_families()) {
        const Origin& origin = family.origin;
        const int origins = (origin.pool_counters.empty() ? 0 : 1) +
                            (origin.node_counters.empty() ? 0 : 1) +
                            (origin.write == nullptr ? 0 : 1);

        EXPECT_FALSE(family.head.help.empty()) << family.head.name;
        EXPECT_FALSE(family.head.help.ends_with('.')) << family.head.name;
        EXPECT_EQ(origins, 1) << family.head.name;
    }
}

// https://prometheus.io/docs/practices/naming/
TEST(MetricFamilies, are_called_as_prometheus_advises) {
    for (const MetricFamily& family : metric_families()) {
        const std::string name(family.head.name);

        EXPECT_THAT(name, ::testing::MatchesRegex("(ringside|process)_[a-z_]+")) << name;
        for (const char* other : {"_ms", "_microseconds", "_kb", "_percent", "_gauge", "_counter",
                                  "_count", "_sum", "_bucket", "_info"}) {
            EXPECT_FALSE(name.ends_with(other)) << name;
        }
    }
}

TEST(MetricFamilies, have_a_label_where_several_counters_are_one_family) {
    for (const MetricFamily& family : metric_families()) {
        const std::size_t counters =
            family.origin.pool_counters.size() + family.origin.node_counters.size();

        EXPECT_TRUE(counters < 2 || !family.label.empty()) << family.head.name;
        for (const PoolSeries& series : family.origin.pool_counters) {
            EXPECT_EQ(series.label_value.empty(), family.label.empty()) << family.head.name;
        }
        for (const NodeSeries& series : family.origin.node_counters) {
            EXPECT_EQ(series.label_value.empty(), family.label.empty()) << family.head.name;
        }
    }
}

// A refusal is called in the label as it is called in counters.def.
TEST(MetricFamilies, reasons_are_the_counters_of_refusals) {
    for (const MetricFamily& family : metric_families()) {
        for (const PoolSeries& series : family.origin.pool_counters) {
            const metrics::Description& row =
                metrics::pool_metrics()[static_cast<std::size_t>(series.metric)];
            if (row.group == metrics::Group::rejected) {
                EXPECT_EQ(family.head.name, "ringside_requests_rejected");
                EXPECT_EQ(row.name, "rejected_" + std::string(series.label_value));
            }
        }
    }
}

}  // namespace
}  // namespace ringside::admin
