// The twelve key hashes of twemproxy 0.5.0, bit for bit as its x86-64 build computes them: bytes of
// 0x80 and above are sign-extended where that build does so, on every CPU.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ringside::routing {

enum class HashKind : std::uint8_t {
    one_at_a_time,
    md5,
    crc16,
    crc32,
    crc32a,
    fnv1_64,
    fnv1a_64,
    fnv1_32,
    fnv1a_32,
    hsieh,
    murmur,
    jenkins,
};

// The hash of the whole key. No allocation.
std::uint32_t hash_key(HashKind kind, std::string_view key) noexcept;

std::string_view to_string(HashKind kind) noexcept;
std::optional<HashKind> parse_hash(std::string_view name) noexcept;

// Two characters; the part of a key between them is hashed instead of the key. {0, 0}: no tag.
using HashTag = std::array<char, 2>;

// What of `key` is hashed: the bytes between the first opening character and the first closing
// character behind it, if there is at least one byte between; else the whole key.
std::string_view hashed_part(std::string_view key, HashTag tag) noexcept;

}  // namespace ringside::routing
