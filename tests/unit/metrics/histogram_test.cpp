#include "metrics/histogram.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <numeric>

namespace ringside::metrics {
namespace {

using std::chrono::nanoseconds;

TEST(Histogram, counts_a_duration_where_the_bound_is_the_least_that_is_not_less) {
    for (std::size_t bucket = 0; bucket < Histogram::kBounds; ++bucket) {
        const nanoseconds bound = Histogram::bound(bucket);

        EXPECT_EQ(Histogram::bucket_of(bound), bucket) << bound.count();
        EXPECT_EQ(Histogram::bucket_of(bound - nanoseconds(1)), bucket) << bound.count();
        EXPECT_EQ(Histogram::bucket_of(bound + nanoseconds(1)), bucket + 1) << bound.count();
    }
}

TEST(Histogram, has_a_bucket_for_whatever_comes) {
    EXPECT_EQ(Histogram::bucket_of(nanoseconds(0)), 0u);
    EXPECT_EQ(Histogram::bucket_of(nanoseconds(-5)), 0u);
    EXPECT_EQ(Histogram::bucket_of(nanoseconds::max()), Histogram::kBuckets - 1);
}

TEST(Histogram, begins_below_100_us_and_ends_above_what_nodes_may_take) {
    EXPECT_LT(Histogram::bound(0), std::chrono::microseconds(100));
    EXPECT_GT(Histogram::bound(Histogram::kBounds - 1), std::chrono::seconds(4));
}

TEST(Histogram, has_the_sum_of_all) {
    Histogram histogram;
    histogram.add(std::chrono::microseconds(10));
    histogram.add(std::chrono::microseconds(20));
    histogram.add(std::chrono::minutes(1));

    const Histogram::Values values = histogram.get();

    EXPECT_EQ(values.counts[0], 1);
    EXPECT_EQ(values.counts[1], 1);
    EXPECT_EQ(values.counts.back(), 1);
    EXPECT_EQ(std::accumulate(values.counts.begin(), values.counts.end(), std::int64_t{0}), 3);
    EXPECT_EQ(values.sum_ns, 60'000'030'000);
}

TEST(Histogram, those_of_several_writers_are_added) {
    Histogram one;
    Histogram another;
    one.add(std::chrono::microseconds(20));
    another.add(std::chrono::microseconds(21));

    Histogram::Values values = one.get();
    values += another.get();

    EXPECT_EQ(values.counts[1], 2);
    EXPECT_EQ(values.sum_ns, 41'000);
}

}  // namespace
}  // namespace ringside::metrics
