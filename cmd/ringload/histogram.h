// Latencies in microseconds: exact below 128, then within 1 %, in a fixed 20 KiB.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace ringside::load {

class Histogram {
  public:
    void record(std::uint32_t microseconds) noexcept {
        ++buckets_[bucket_of(microseconds)];
        ++count_;
        max_ = microseconds > max_ ? microseconds : max_;
    }

    std::uint64_t count() const noexcept { return count_; }
    std::uint32_t max() const noexcept { return max_; }

    // The latency that `fraction` of all were not longer than; 0 if there are none.
    std::uint32_t quantile(double fraction) const noexcept {
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

    static std::size_t bucket_of(std::uint32_t value) noexcept {
        if (value < kSteps) {
            return value;
        }
        const auto shift = static_cast<unsigned>(std::bit_width(value)) - kStepBits - 1;
        return (std::size_t{shift} << kStepBits) + (value >> shift);
    }

    static std::uint32_t lower_bound_of(std::size_t bucket) noexcept {
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

}  // namespace ringside::load
