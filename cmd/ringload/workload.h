// Which requests are sent, and what their answers must be: a value is a function of its key.
#pragma once

#include "options.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace ringside::load {

enum class Kind : std::uint8_t { get, set };

// One request. A get of several keys asks for `first`, `first + 1`, ... modulo the number of keys.
struct Operation {
    Kind kind = Kind::get;
    std::uint32_t first = 0;
};

// Immutable; shared by all clients.
class Workload {
  public:
    explicit Workload(const Options& options);

    std::uint32_t keys() const noexcept { return keys_; }
    std::uint32_t keys_per_get() const noexcept { return keys_per_get_; }
    std::uint32_t value_bytes() const noexcept { return value_bytes_; }
    bool verify_values() const noexcept { return verify_values_; }

    // The key of the n-th key of `operation`.
    std::uint32_t key_index(const Operation& operation, std::uint32_t n) const noexcept {
        return static_cast<std::uint32_t>((std::uint64_t{operation.first} + n) % keys_);
    }
    // The prefix and eight hexadecimal digits, those of index * 2654435761 modulo 2^32.
    void append_key(std::uint32_t index, std::string& out) const;

    // Arbitrary bytes, control characters among them; different for any two keys whose numbers
    // differ by less than kOffsets (if they are long enough to differ at all).
    std::string_view value(std::uint32_t index) const noexcept {
        const std::uint64_t offset = (std::uint64_t{index} * kOffsetStep) % kOffsets;
        return {pattern_.data() + offset, value_bytes_};
    }

    bool value_matches(std::uint32_t index, std::string_view bytes) const noexcept {
        return !verify_values_ || bytes == value(index);
    }

  private:
    // A prime, so that any step visits all offsets before the first one comes again.
    static constexpr std::uint64_t kOffsets = 65'521;
    static constexpr std::uint64_t kOffsetStep = 40'503;

    const std::uint32_t keys_;
    const std::uint32_t keys_per_get_;
    const std::uint32_t value_bytes_;
    const bool verify_values_;
    const std::string prefix_;
    std::string pattern_;  // pseudo-random bytes that all values are cut from
};

// The requests of one phase, the same sequence for the same options.
class OperationSource {
  public:
    // Stores each key once.
    static OperationSource storing_all(const Options& options);
    // Random keys, gets and sets in the given ratio.
    static OperationSource mixed(const Options& options);

    // False when there are no more.
    bool next(Operation& operation) noexcept;

  private:
    OperationSource(const Options& options, std::uint64_t operations, bool in_order);

    std::uint64_t random() noexcept;

    std::uint64_t left_;
    const bool in_order_;
    const std::uint32_t keys_;
    const std::uint64_t get_threshold_;  // of 2^32
    std::uint64_t state_;
    std::uint32_t position_ = 0;
};

}  // namespace ringside::load
