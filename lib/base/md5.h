// MD5 (RFC 1321): ketama's points and one of the key hashes are defined by it. Not for security.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace ringside::base {

// The bytes in the order of RFC 1321, that is as `md5sum` prints them.
using Md5Digest = std::array<std::uint8_t, 16>;

// No allocation. Any thread.
Md5Digest md5(std::string_view bytes) noexcept;

}  // namespace ringside::base
