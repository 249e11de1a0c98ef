#include "metrics/request_counts.h"

#include <gtest/gtest.h>

#include <numeric>
#include <set>
#include <string_view>

namespace ringside::metrics {
namespace {

TEST(RequestCounts, each_kind_and_ending_has_a_cell_of_its_own) {
    RequestCounts counts;
    for (std::size_t kind = 0; kind < RequestCounts::kKinds; ++kind) {
        for (std::size_t ending = 0; ending < RequestCounts::kEndings; ++ending) {
            counts.add(static_cast<RequestKind>(kind), static_cast<RequestEnding>(ending));
        }
    }
    counts.add(RequestKind::remove, RequestEnding::miss);

    const RequestCounts::Values values = counts.get();

    EXPECT_EQ(values[RequestCounts::index_of(RequestKind::remove, RequestEnding::miss)], 2);
    EXPECT_EQ(values[RequestCounts::index_of(RequestKind::read, RequestEnding::miss)], 1);
    EXPECT_EQ(std::accumulate(values.begin(), values.end(), std::int64_t{0}),
              static_cast<std::int64_t>(values.size()) + 1);
}

TEST(RequestCounts, each_has_a_name_of_its_own) {
    std::set<std::string_view> names;
    for (std::size_t kind = 0; kind < RequestCounts::kKinds; ++kind) {
        names.insert(to_string(static_cast<RequestKind>(kind)));
    }
    for (std::size_t ending = 0; ending < RequestCounts::kEndings; ++ending) {
        names.insert(to_string(static_cast<RequestEnding>(ending)));
    }

    EXPECT_EQ(names.size(), RequestCounts::kKinds + RequestCounts::kEndings);
    EXPECT_FALSE(names.contains(""));
}

}  // namespace
}  // namespace ringside::metrics
