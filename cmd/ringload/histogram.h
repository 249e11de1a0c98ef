// Latencies in microseconds: exact below 128, then within 1 %, in a fixed 20 KiB.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace ringside::load {

class Histogram {
  public:
    constexpr void record(std::uint32_t microseconds) noexcept {
        ++buckets_[bucket_of(microseconds)];
        ++count_;
        max_ = microseconds > max_ ? microseconds : max_;
    }

    std::uint64_t count() const noexcept { return count_; }
    std::uint32_t max() const noexcept { return max_; }

    // The latency that `fraction` of all were not longer than; 0 if there are none.
    constexpr std::uint32_t quantile(double fraction) const noexcept {
        const auto rank = static_cast<std::uint64_t>(fraction * static_cast<double>(count_));
        std::uint64_t seen = 0;
        for (std::size_t i = 0; i < buckets_.size(); ++i) {
            seen += buckets_[i];
            if (seen > rank) {
                return lower_bound_of(i);
            }
        }
        return max_;
    }

  private:
    // Each power of two is cut into 128 buckets of equal width.
    static constexpr unsigned kStepBits = 7;
    static constexpr std::uint32_t kSteps = 1U << kStepBits;
    static constexpr std::size_t kBuckets = std::size_t{32 - kStepBits + 1} << kStepBits;

    static constexpr std::size_t bucket_of(std::uint32_t value) noexcept {
        if (value < kSteps) {
            return value;
        }
        const auto shift = static_cast<unsigned>(std::bit_width(value)) - kStepBits - 1;
        return (std::size_t{shift} << kStepBits) + (value >> shift);
    }

    static constexpr std::uint32_t lower_bound_of(std::size_t bucket) noexcept {
        if (bucket < 2 * kSteps) {
            return static_cast<std::uint32_t>(bucket);
        }
        const auto shift = static_cast<unsigned>((bucket >> kStepBits) - 1);
        return static_cast<std::uint32_t>((kSteps + (bucket & (kSteps - 1))) << shift);
    }

    std::array<std::uint64_t, kBuckets> buckets_{};
    std::uint64_t count_ = 0;
    std::uint32_t max_ = 0;
};

// Exact while small, never above the truth, and within 1 % of it.
static_assert([] {
    Histogram histogram;
    for (std::uint32_t i = 1; i <= 100; ++i) {
        histogram.record(i);
    }
    return histogram.quantile(0.5) == 51 && histogram.quantile(0.99) == 100;
}());
static_assert([] {
    for (std::uint32_t value = 1; value < UINT32_MAX / 2; value += value / 7 + 1) {
        Histogram histogram;
        histogram.record(value);
        const std::uint32_t found = histogram.quantile(0.5);
        if (found > value || value - found > value / 100) {
            return false;
        }
    }
    return true;
}());

}  // namespace ringside::load
