#include "metrics/describe.h"

#include "metrics/metrics.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

namespace ringside::metrics {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        lines.push_back(line);
    }
    return lines;
}

std::string line_of(const Description& row) {
    return fmt::format("  {:<19} \"{}\"", row.name, row.help);
}

// `nutcracker -D`: "pool stats:", six lines, a blank one, "server stats:", thirteen lines.
TEST(DescribeStats, begins_with_twemproxys_sections_line_by_line) {
    const std::vector<std::string> lines = lines_of(describe_stats());

    ASSERT_GT(lines.size(), 22U);
    EXPECT_EQ(lines[0], "pool stats:");
    EXPECT_EQ(lines[1], "  client_eof          \"client connections closed by the client\"");
    EXPECT_EQ(lines[6].substr(0, 23), "  fragments           \"");
    EXPECT_EQ(lines[7], "");
    EXPECT_EQ(lines[8], "server stats:");
    EXPECT_EQ(lines[9].substr(0, 23), "  server_eof          \"");
    EXPECT_EQ(lines[21].substr(0, 23), "  out_queue_bytes     \"");
    EXPECT_EQ(lines[22], "");
}

TEST(DescribeStats, has_every_counter_once) {
    const std::vector<std::string> lines = lines_of(describe_stats());

    constexpr std::size_t kTitles = 4;
    constexpr std::size_t kBlankLines = 3;
    EXPECT_EQ(lines.size(), PoolCells::kCount + NodeCells::kCount + kTitles + kBlankLines);
    for (const auto& rows : {pool_metrics(), node_metrics()}) {
        for (const Description& row : rows) {
            EXPECT_EQ(std::count(lines.begin(), lines.end(), line_of(row)), 1) << row.name;
        }
    }
}

}  // namespace
}  // namespace ringside::metrics
