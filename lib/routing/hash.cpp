#include "routing/hash.h"

#include "base/md5.h"

#include <algorithm>
#include <bit>
#include <cstddef>

namespace ringside::routing {
namespace {

// In the order of HashKind; the names are those of twemproxy's `hash:` (nc_hashkit.h, HASH_CODEC).
constexpr auto kNames = std::to_array<std::string_view>({"one_at_a_time", "md5", "crc16", "crc32",
                                                         "crc32a", "fnv1_64", "fnv1a_64", "fnv1_32",
                                                         "fnv1a_32", "hsieh", "murmur", "jenkins"});
static_assert(kNames.size() == static_cast<std::size_t>(HashKind::jenkins) + 1);

// `char` as on x86-64: 0x80 and above become 0xffffff80 and above.
constexpr std::uint32_t sign_extended(char c) noexcept {
    return static_cast<std::uint32_t>(static_cast<signed char>(c));
}

constexpr std::uint32_t byte_of(char c) noexcept {
    return static_cast<unsigned char>(c);
}

// Little-endian, at any alignment.
constexpr std::uint32_t read_16(const char* p) noexcept {
    return byte_of(p[0]) | byte_of(p[1]) << 8;
}
constexpr std::uint32_t read_32(const char* p) noexcept {
    return read_16(p) | read_16(p + 2) << 16;
}

// Bob Jenkins's one-at-a-time (nc_one_at_a_time.c).
std::uint32_t one_at_a_time(std::string_view key) noexcept {
    std::uint32_t hash = 0;
    for (const char c : key) {
        hash += sign_extended(c);
        hash += hash << 10;
        hash ^= hash >> 6;
    }
    hash += hash << 3;
    hash ^= hash >> 11;
    hash += hash << 15;
    return hash;
}

// The first four bytes of the digest, little-endian (nc_md5.c).
std::uint32_t md5_prefix(std::string_view key) noexcept {
    const base::Md5Digest digest = base::md5(key);
    return std::uint32_t{digest[0]} | std::uint32_t{digest[1]} << 8 |
           std::uint32_t{digest[2]} << 16 | std::uint32_t{digest[3]} << 24;
}

// CCITT, polynomial 0x1021, most significant bit first.
constexpr std::array<std::uint32_t, 256> make_crc16_table() noexcept {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
        std::uint32_t crc = byte << 8;
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc & 0x8000) != 0 ? crc << 1 ^ 0x1021 : crc << 1;
        }
        table[byte] = crc & 0xffff;
    }
    return table;
}

// twemproxy never cuts the sum to 16 bits: the upper half holds what was shifted out (nc_crc16.c).
std::uint32_t crc16(std::string_view key) noexcept {
    static constexpr auto kTable = make_crc16_table();
    std::uint32_t crc = 0;
    for (const char c : key) {
        crc = crc << 8 ^ kTable[(crc >> 8 ^ byte_of(c)) & 0xff];
    }
    return crc;
}

// IEEE 802.3, polynomial 0x04c11db7, least significant bit first.
constexpr std::array<std::uint32_t, 256> make_crc32_table() noexcept {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
        std::uint32_t crc = byte;
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc & 1) != 0 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
        }
        table[byte] = crc;
    }
    return table;
}

// The CRC-32 of zlib (nc_crc32.c, hash_crc32a).
std::uint32_t crc32a(std::string_view key) noexcept {
    static constexpr auto kTable = make_crc32_table();
    std::uint32_t crc = UINT32_MAX;
    for (const char c : key) {
        crc = crc >> 8 ^ kTable[(crc ^ byte_of(c)) & 0xff];
    }
    return ~crc;
}

// libmemcached's: 15 bits, so on a ketama ring nearly all keys belong to one node (hash_crc32).
std::uint32_t crc32(std::string_view key) noexcept {
    return crc32a(key) >> 16 & 0x7fff;
}

// nc_fnv.c keeps the low halves of FNV's 64-bit offset basis and prime: their upper halves cannot
// reach the low 32 bits of a product.
constexpr std::uint32_t kFnv64Init = 0x84222325;
constexpr std::uint32_t kFnv64Prime = 0x1b3;
constexpr std::uint32_t kFnv32Init = 2166136261;
constexpr std::uint32_t kFnv32Prime = 16777619;

std::uint32_t fnv1(std::string_view key, std::uint32_t hash, std::uint32_t prime) noexcept {
    for (const char c : key) {
        hash *= prime;
        hash ^= sign_extended(c);
    }
    return hash;
}

std::uint32_t fnv1a(std::string_view key, std::uint32_t hash, std::uint32_t prime) noexcept {
    for (const char c : key) {
        hash ^= sign_extended(c);
        hash *= prime;
    }
    return hash;
}

// Paul Hsieh's SuperFastHash, started at 0 instead of the length (nc_hsieh.c).
std::uint32_t hsieh(std::string_view key) noexcept {
    std::uint32_t hash = 0;
    for (; key.size() >= 4; key.remove_prefix(4)) {
        hash += read_16(key.data());
        const std::uint32_t tmp = read_16(key.data() + 2) << 11 ^ hash;
        hash = hash << 16 ^ tmp;
        hash += hash >> 11;
    }
    if (key.size() == 3) {
        hash += read_16(key.data());
        hash ^= hash << 16;
        hash ^= sign_extended(key[2]) << 18;
        hash += hash >> 11;
    } else if (key.size() == 2) {
        hash += read_16(key.data());
        hash ^= hash << 11;
        hash += hash >> 17;
    } else if (key.size() == 1) {
        hash += byte_of(key[0]);  // not sign-extended, unlike the third byte above
        hash ^= hash << 10;
        hash += hash >> 1;
    }
    hash ^= hash << 3;
    hash += hash >> 5;
    hash ^= hash << 4;
    hash += hash >> 17;
    hash ^= hash << 25;
    hash += hash >> 6;
    return hash;
}

// Austin Appleby's MurmurHash2 with a seed made of the length (nc_murmur.c).
std::uint32_t murmur(std::string_view key) noexcept {
    constexpr std::uint32_t m = 0x5bd1e995;
    constexpr int r = 24;
    const auto length = static_cast<std::uint32_t>(key.size());
    std::uint32_t h = 0xdeadbeef * length ^ length;
    for (; key.size() >= 4; key.remove_prefix(4)) {
        std::uint32_t k = read_32(key.data());
        k *= m;
        k ^= k >> r;
        k *= m;
        h *= m;
        h ^= k;
    }
    if (!key.empty()) {
        for (std::size_t i = 0; i < key.size(); ++i) {
            h ^= byte_of(key[i]) << (8 * i);
        }
        h *= m;
    }
    h ^= h >> 13;
    h *= m;
    h ^= h >> 15;
    return h;
}

// Bob Jenkins's lookup3, hashlittle() with initval 13 (nc_jenkins.c).
std::uint32_t jenkins(std::string_view key) noexcept {
    constexpr std::uint32_t kInitval = 13;
    constexpr std::size_t kBlockBytes = 12;
    std::uint32_t a = 0xdeadbeef + static_cast<std::uint32_t>(key.size()) + kInitval;
    std::uint32_t b = a;
    std::uint32_t c = a;
    // All blocks but the last, which may be a full one.
    for (; key.size() > kBlockBytes; key.remove_prefix(kBlockBytes)) {
        a += read_32(key.data());
        b += read_32(key.data() + 4);
        c += read_32(key.data() + 8);
        a -= c, a ^= std::rotl(c, 4), c += b;
        b -= a, b ^= std::rotl(a, 6), a += c;
        c -= b, c ^= std::rotl(b, 8), b += a;
        a -= c, a ^= std::rotl(c, 16), c += b;
        b -= a, b ^= std::rotl(a, 19), a += c;
        c -= b, c ^= std::rotl(b, 4), b += a;
    }
    if (key.empty()) {
        return c;
    }
    std::array<char, kBlockBytes> last{};
    std::copy(key.begin(), key.end(), last.begin());
    a += read_32(last.data());
    b += read_32(last.data() + 4);
    c += read_32(last.data() + 8);
    c ^= b, c -= std::rotl(b, 14);
    a ^= c, a -= std::rotl(c, 11);
    b ^= a, b -= std::rotl(a, 25);
    c ^= b, c -= std::rotl(b, 16);
    a ^= c, a -= std::rotl(c, 4);
    b ^= a, b -= std::rotl(a, 14);
    c ^= b, c -= std::rotl(b, 24);
    return c;
}

}  // namespace

std::uint32_t hash_key(HashKind kind, std::string_view key) noexcept {
    if (key.empty()) {
        return 0;  // before any function is asked (nc_server.c, server_pool_hash)
    }
    switch (kind) {
        case HashKind::one_at_a_time:
            return one_at_a_time(key);
        case HashKind::md5:
            return md5_prefix(key);
        case HashKind::crc16:
            return crc16(key);
        case HashKind::crc32:
            return crc32(key);
        case HashKind::crc32a:
            return crc32a(key);
        case HashKind::fnv1_64:
            return fnv1(key, kFnv64Init, kFnv64Prime);
        case HashKind::fnv1a_64:
            return fnv1a(key, kFnv64Init, kFnv64Prime);
        case HashKind::fnv1_32:
            return fnv1(key, kFnv32Init, kFnv32Prime);
        case HashKind::fnv1a_32:
            return fnv1a(key, kFnv32Init, kFnv32Prime);
        case HashKind::hsieh:
            return hsieh(key);
        case HashKind::murmur:
            return murmur(key);
        case HashKind::jenkins:
            return jenkins(key);
    }
    return 0;
}

std::string_view to_string(HashKind kind) noexcept {
    return kNames[static_cast<std::size_t>(kind)];
}

std::optional<HashKind> parse_hash(std::string_view name) noexcept {
    const auto* found = std::find(kNames.begin(), kNames.end(), name);
    if (found == kNames.end()) {
        return std::nullopt;
    }
    return static_cast<HashKind>(found - kNames.begin());
}

std::string_view hashed_part(std::string_view key, HashTag tag) noexcept {
    if (tag == HashTag{}) {
        return key;
    }
    // Only the first opening character is tried (nc_server.c, server_pool_idx).
    const std::size_t open = key.find(tag[0]);
    if (open == std::string_view::npos) {
        return key;
    }
    const std::size_t close = key.find(tag[1], open + 1);
    if (close == std::string_view::npos || close == open + 1) {
        return key;
    }
    return key.substr(open + 1, close - open - 1);
}

}  // namespace ringside::routing
