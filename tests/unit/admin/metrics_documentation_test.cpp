#include "admin/metrics_documentation.h"

#include "admin/metric_families.h"
#include "support/checkout.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace ringside::admin {
namespace {

// `ringside --print-docs metrics > docs/METRICS.md` writes it anew.
TEST(MetricsDocumentation, docs_METRICS_md_is_what_the_table_says) {
    std::ifstream file(checkout::path("docs/METRICS.md"));

    const std::string text(std::istreambuf_iterator<char>(file), {});

    EXPECT_EQ(text, metrics_markdown());
}

TEST(MetricsDocumentation, has_each_family) {
    const std::string text = metrics_markdown();
    for (const MetricFamily& family : metric_families()) {
        EXPECT_NE(text.find("| `" + metrics::sample_name(family.head) + "` |"), std::string::npos);
    }
}

}  // namespace
}  // namespace ringside::admin
