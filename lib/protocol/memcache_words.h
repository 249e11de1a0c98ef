// The words of a memcached line: what separates them, what they may contain, the numbers.
#pragma once

#include "base/parse.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ringside::protocol {

inline constexpr std::string_view kNoReply = "noreply";

// The longest number that a 64-bit field can need. Longer ones could only have leading zeros.
inline constexpr std::size_t kNumberDigitsMax = 20;

enum class ByteKind : std::uint8_t { forbidden, space, key };

// Keys are printable: doc/protocol.txt, "Keys", forbids control characters and white space. Bytes
// from 0x80 are allowed: UTF-8 keys are common.
inline constexpr std::array<ByteKind, 256> kByteKinds = [] {
    std::array<ByteKind, 256> kinds{};
    for (std::size_t byte = 0x21; byte < kinds.size(); ++byte) {
        kinds[byte] = byte == 0x7f ? ByteKind::forbidden : ByteKind::key;
    }
    kinds[' '] = ByteKind::space;
    return kinds;
}();

constexpr ByteKind kind_of(char c) noexcept {
    return kByteKinds[static_cast<unsigned char>(c)];
}

// The end of the run of key bytes that starts at `offset`.
constexpr std::size_t end_of_key(std::string_view line, std::size_t offset) noexcept {
    while (offset < line.size() && kind_of(line[offset]) == ByteKind::key) {
        ++offset;
    }
    return offset;
}

inline std::optional<std::uint64_t> parse_number(std::string_view word,
                                                 std::uint64_t max) noexcept {
    if (word.size() > kNumberDigitsMax) {
        return std::nullopt;
    }
    return base::parse_unsigned(word, 0, max);
}

}  // namespace ringside::protocol
