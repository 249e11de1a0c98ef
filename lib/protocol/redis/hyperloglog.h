// How many distinct elements several HyperLogLogs of Redis have together.
//
// The strings are those that PFADD leaves (Redis, hyperloglog.c): the union takes the greatest of
// each register, and the estimator is Redis's own, so that the number is the one Redis would give
// had it all of them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ringside::protocol {

// A value of 16 KiB; used by one thread.
class HyperloglogUnion {
  public:
    enum class Status : std::uint8_t {
        added,
        foreign,  // a string that is no HyperLogLog
        corrupt,  // one that begins like a HyperLogLog but does not describe all registers
    };

    // Adds the value of one key. Unless it is `added`, the union must not be counted any more.
    Status add(std::string_view value) noexcept;

    // At most 10^18.
    std::uint64_t count() const noexcept;

  private:
    static constexpr std::size_t kRegisters = std::size_t{1} << 14;

    Status add_dense(std::string_view registers) noexcept;
    Status add_sparse(std::string_view opcodes) noexcept;

    std::array<std::uint8_t, kRegisters> registers_{};
};

}  // namespace ringside::protocol
