// xorshift64* (Vigna 2016): for spreading load and back-off, not for secrets.
#pragma once

#include <cstdint>

namespace ringside::proxy {

class Random {
  public:
    explicit Random(std::uint64_t seed) noexcept : state_(seed | 1) {}

    std::uint32_t next() noexcept {
        state_ ^= state_ >> 12;
        state_ ^= state_ << 25;
        state_ ^= state_ >> 27;
        return static_cast<std::uint32_t>((state_ * 2685821657736338717ull) >> 32);
    }

  private:
    std::uint64_t state_;
};

}  // namespace ringside::proxy
