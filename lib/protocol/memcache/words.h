// The words of a memcached line: what separates them, what they may contain, the numbers.
#pragma once

#include "base/parse.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace ringside::protocol {

inline constexpr std::string_view kNoReply = "noreply";

// The longest number that a 64-bit field can need. Longer ones could only have leading zeros.
inline constexpr std::size_t kNumberDigitsMax = 20;

// Keys are printable: doc/protocol.txt, "Keys", forbids control characters and white space. Bytes
// from 0x80 are allowed: UTF-8 keys are common.
constexpr bool is_key_byte(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte != 0x7f;
}

// Nonzero if one of the eight bytes is no key byte. (Bit Twiddling Hacks, "Determine if a
// word has a byte less than n" and "... a zero byte": exact for the question whether there is one.)
constexpr std::uint64_t non_key_bytes(std::uint64_t eight) noexcept {
    constexpr std::uint64_t kOnes = 0x0101010101010101;
    constexpr std::uint64_t kHighBits = 0x8080808080808080;
    const std::uint64_t below_0x21 = (eight - kOnes * 0x21) & ~eight;
    const std::uint64_t deletes = eight ^ (kOnes * 0x7f);
    const std::uint64_t zero = (deletes - kOnes) & ~deletes;
    return (below_0x21 | zero) & kHighBits;
}

// The end of the run of key bytes that starts at `offset`. Eight bytes at a time: this loop is the
// largest part of framing a get.
inline std::size_t end_of_key(std::string_view line, std::size_t offset) noexcept {
    std::uint64_t eight;
    while (line.size() - offset >= sizeof eight) {
        std::memcpy(&eight, line.data() + offset, sizeof eight);
        if (non_key_bytes(eight) != 0) {
            break;
        }
        offset += sizeof eight;
    }
    while (offset < line.size() && is_key_byte(line[offset])) {
        ++offset;
    }
    return offset;
}

// The number that is the whole of `word`, or nothing.
inline std::optional<std::uint64_t> parse_number(std::string_view word,
                                                 std::uint64_t max) noexcept {
    if (word.size() >= kNumberDigitsMax) {  // this long it may overflow
        return word.size() == kNumberDigitsMax ? base::parse_unsigned(word, 0, max) : std::nullopt;
    }
    std::uint64_t value = 0;
    for (const char c : word) {
        if (c < '0' || c > '9') {
            return std::nullopt;
        }
        value = value * 10 + static_cast<std::uint64_t>(c - '0');
    }
    if (word.empty() || value > max) {
        return std::nullopt;
    }
    return value;
}

// A 64-bit number with an optional minus. A negative expiry time means "expired at once".
inline bool is_exptime(std::string_view word) noexcept {
    if (word.starts_with('-')) {
        return parse_number(word.substr(1), std::uint64_t{1} << 63).has_value();
    }
    return parse_number(word, INT64_MAX).has_value();
}

}  // namespace ringside::protocol
