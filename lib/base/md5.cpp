#include "base/md5.h"

#include <boost/uuid/detail/md5.hpp>

#include <algorithm>
#include <cstddef>

namespace ringside::base {
namespace {
// Boost reads a whole block of 64 bytes in place, as 32-bit words that may be misaligned. Smaller
// pieces go through its own aligned buffer.
constexpr std::size_t kPieceBytes = 32;
}  // namespace

Md5Digest md5(std::string_view bytes) noexcept {
    boost::uuids::detail::md5 hash;
    for (; !bytes.empty(); bytes.remove_prefix(std::min(kPieceBytes, bytes.size()))) {
        hash.process_bytes(bytes.data(), std::min(kPieceBytes, bytes.size()));
    }
    boost::uuids::detail::md5::digest_type words;
    hash.get_digest(words);
    // Boost (since 1.71) hands out words whose most significant byte comes first in the digest.
    Md5Digest digest;
    for (std::size_t i = 0; i < digest.size(); ++i) {
        digest[i] = static_cast<std::uint8_t>(words[i / 4] >> (24 - 8 * (i % 4)));
    }
    return digest;
}

}  // namespace ringside::base
