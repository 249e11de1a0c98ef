// How long things take: a count for each range of durations, and the sum. One writer, read by
// anybody, as the cells of metrics.h.
//
// Each bound is twice the one before, from 16 us to 4.2 s, so that the bucket is found without a
// search.
#pragma once

#include "base/clock.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace ringside::metrics {

class Histogram {
  public:
    static constexpr unsigned kFirstPower = 4;  // of two, in microseconds
    static constexpr std::size_t kBounds = 19;
    static constexpr std::size_t kBuckets = kBounds + 1;  // the last one: above all bounds

    struct Values {
        std::array<std::int64_t, kBuckets> counts{};  // of each bucket alone
        std::int64_t sum_ns = 0;

        Values& operator+=(const Values& other) noexcept {
            for (std::size_t i = 0; i < kBuckets; ++i) {
                counts[i] += other.counts[i];
            }
            sum_ns += other.sum_ns;
            return *this;
        }
    };

    // What a bucket counts is at most its bound.
    static constexpr base::microseconds bound(std::size_t bucket) noexcept {
        return base::microseconds(std::int64_t{1} << (kFirstPower + bucket));
    }

    static constexpr std::size_t bucket_of(base::Duration duration) noexcept {
        const std::int64_t ns = std::chrono::nanoseconds(duration).count();
        // Whole microseconds, where each bound is the last one of its bucket.
        const auto us = static_cast<std::uint64_t>(ns > 0 ? ns - 1 : 0) / 1000;
        constexpr std::uint64_t kOfFirst = (std::uint64_t{1} << kFirstPower) - 1;
        const auto power = static_cast<std::size_t>(std::bit_width(us | kOfFirst));
        return std::min(power - kFirstPower, kBounds);
    }

    void add(base::Duration duration) noexcept {
        increase(counts_[bucket_of(duration)], 1);
        increase(sum_ns_, std::chrono::nanoseconds(duration).count());
    }

    Values get() const noexcept {
        Values values;
        for (std::size_t i = 0; i < kBuckets; ++i) {
            values.counts[i] = counts_[i].load(std::memory_order_relaxed);
        }
        values.sum_ns = sum_ns_.load(std::memory_order_relaxed);
        return values;
    }

  private:
    static void increase(std::atomic<std::int64_t>& cell, std::int64_t amount) noexcept {
        cell.store(cell.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
    }

    std::array<std::atomic<std::int64_t>, kBuckets> counts_{};
    std::atomic<std::int64_t> sum_ns_{0};
};

}  // namespace ringside::metrics
