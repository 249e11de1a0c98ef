#include "routing/hash.h"

#include "unit/routing/golden_file.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

namespace ringside::routing {
namespace {

using namespace std::string_view_literals;

constexpr std::array<HashKind, 12> kAllKinds{
    HashKind::one_at_a_time, HashKind::md5,     HashKind::crc16,    HashKind::crc32,
    HashKind::crc32a,        HashKind::fnv1_64, HashKind::fnv1a_64, HashKind::fnv1_32,
    HashKind::fnv1a_32,      HashKind::hsieh,   HashKind::murmur,   HashKind::jenkins};

// Any bytes, any length from 1 to memcached's limit.
std::vector<std::string> random_keys(std::size_t count) {
    std::mt19937 random(20'221'005);
    std::vector<std::string> keys(count);
    for (std::string& key : keys) {
        key.resize(1 + random() % 250);
        for (char& c : key) {
            c = static_cast<char>(random());
        }
    }
    return keys;
}

TEST(Hash, apple_hashes_as_in_twemproxys_own_test) {
    // twemproxy src/test_all.c, test_hash_algorithms().
    const std::map<HashKind, std::uint32_t> expected{
        {HashKind::one_at_a_time, 2297466611}, {HashKind::md5, 3195025439},
        {HashKind::crc16, 3662830516},         {HashKind::crc32, 10542},
        {HashKind::crc32a, 2838417488},        {HashKind::fnv1_32, 67176023},
        {HashKind::fnv1a_32, 280767167},       {HashKind::fnv1_64, 473199127},
        {HashKind::fnv1a_64, 1488911807},      {HashKind::hsieh, 3738850110},
        {HashKind::jenkins, 1442444624},       {HashKind::murmur, 4142305122}};

    for (const HashKind kind : kAllKinds) {
        EXPECT_EQ(hash_key(kind, "apple"), expected.at(kind)) << to_string(kind);
    }
}

void expect_hashes_of_libhashkit(const std::string& file_name) {
    // libhashkit has no crc16 and no crc32a; Debian builds it without hsieh; its `crc` is crc32.
    const std::map<std::string, HashKind> kind_by_column{{"one_at_a_time", HashKind::one_at_a_time},
                                                         {"md5", HashKind::md5},
                                                         {"crc", HashKind::crc32},
                                                         {"fnv1_64", HashKind::fnv1_64},
                                                         {"fnv1a_64", HashKind::fnv1a_64},
                                                         {"fnv1_32", HashKind::fnv1_32},
                                                         {"fnv1a_32", HashKind::fnv1a_32},
                                                         {"murmur", HashKind::murmur},
                                                         {"jenkins", HashKind::jenkins}};
    const GoldenFile file = read_golden(file_name);
    ASSERT_GE(file.rows.size(), 50U);
    std::size_t compared = 0;
    for (std::size_t column = 1; column < file.columns.size(); ++column) {
        const auto kind = kind_by_column.find(file.columns[column]);
        if (kind == kind_by_column.end()) {
            continue;
        }
        for (const std::vector<std::string>& row : file.rows) {
            EXPECT_EQ(std::to_string(hash_key(kind->second, row.at(0))), row.at(column))
                << kind->first << " of " << row[0];
            ++compared;
        }
    }
    EXPECT_EQ(compared, kind_by_column.size() * file.rows.size());
}

TEST(Hash, hashes_equal_those_of_libhashkit) {
    expect_hashes_of_libhashkit("hashkit_rawhash.csv");
}

TEST(Hash, hashes_of_bytes_above_ascii_equal_those_of_libhashkit) {
    expect_hashes_of_libhashkit("hashkit_rawhash_utf8.csv");
}

TEST(Hash, the_empty_key_hashes_to_zero) {
    for (const HashKind kind : kAllKinds) {
        EXPECT_EQ(hash_key(kind, ""), 0U) << to_string(kind);
    }
}

TEST(Hash, crc32_agrees_with_division_bit_by_bit) {
    EXPECT_EQ(hash_key(HashKind::crc32a, "123456789"), 0xcbf43926U);  // the standard check value
    for (const std::string& key : random_keys(2000)) {
        std::uint32_t crc = UINT32_MAX;
        for (const char c : key) {
            crc ^= static_cast<unsigned char>(c);
            for (int bit = 0; bit < 8; ++bit) {
                crc = crc >> 1 ^ (0xedb88320 & (0U - (crc & 1)));
            }
        }
        ASSERT_EQ(hash_key(HashKind::crc32a, key), ~crc);
        ASSERT_EQ(hash_key(HashKind::crc32, key), ~crc >> 16 & 0x7fff);
    }
}

TEST(Hash, the_low_half_of_crc16_agrees_with_division_bit_by_bit) {
    EXPECT_EQ(hash_key(HashKind::crc16, "123456789") & 0xffff, 0x31c3U);  // XMODEM's check value
    for (const std::string& key : random_keys(2000)) {
        std::uint32_t crc = 0;
        for (const char c : key) {
            crc ^= std::uint32_t{static_cast<unsigned char>(c)} << 8;
            for (int bit = 0; bit < 8; ++bit) {
                crc = ((crc << 1) ^ ((crc & 0x8000) != 0 ? 0x1021U : 0U)) & 0xffff;
            }
        }
        ASSERT_EQ(hash_key(HashKind::crc16, key) & 0xffff, crc);
    }
}

TEST(Hash, the_upper_half_of_crc16_holds_what_was_shifted_out) {
    // One byte leaves 16 bits; the second shifts 8 of them up.
    const std::uint32_t one = hash_key(HashKind::crc16, "a");
    const std::uint32_t two = hash_key(HashKind::crc16, "ab");

    EXPECT_EQ(one >> 16, 0U);
    EXPECT_EQ(two >> 16, one >> 8);
}

TEST(Hash, fnv_64_is_the_low_half_of_the_64_bit_hash_for_ascii_keys) {
    for (std::string key : random_keys(2000)) {
        std::uint64_t fnv1 = 0xcbf29ce484222325;
        std::uint64_t fnv1a = fnv1;
        for (char& c : key) {
            c = static_cast<char>(c & 0x7f);
            fnv1 = fnv1 * 0x100000001b3 ^ static_cast<std::uint64_t>(c);
            fnv1a = (fnv1a ^ static_cast<std::uint64_t>(c)) * 0x100000001b3;
        }
        ASSERT_EQ(hash_key(HashKind::fnv1_64, key), static_cast<std::uint32_t>(fnv1));
        ASSERT_EQ(hash_key(HashKind::fnv1a_64, key), static_cast<std::uint32_t>(fnv1a));
    }
}

TEST(Hash, hsieh_extends_the_sign_of_the_third_trailing_byte_only) {
    // With a sign the shift fills bits 26 and up: the byte 0x80 and the word 0xffffff80 differ.
    const auto scramble = [](std::uint32_t hash) {
        hash ^= hash << 3, hash += hash >> 5, hash ^= hash << 4;
        hash += hash >> 17, hash ^= hash << 25, hash += hash >> 6;
        return hash;
    };
    std::uint32_t third = 0x6261;
    third ^= third << 16;
    third ^= 0xffffff80U << 18;
    third += third >> 11;
    std::uint32_t only = 0x80;
    only ^= only << 10;
    only += only >> 1;

    EXPECT_EQ(hash_key(HashKind::hsieh, "ab\x80"), scramble(third));
    EXPECT_EQ(hash_key(HashKind::hsieh, "\x80"), scramble(only));
}

TEST(Hash, a_key_hashes_the_same_at_any_alignment) {
    for (const std::string& key : random_keys(200)) {
        for (const HashKind kind : kAllKinds) {
            const std::uint32_t expected = hash_key(kind, key);
            for (std::size_t shift = 1; shift < 4; ++shift) {
                const std::string moved = std::string(shift, '.') + key;
                ASSERT_EQ(hash_key(kind, std::string_view(moved).substr(shift)), expected)
                    << to_string(kind);
            }
        }
    }
}

TEST(Hash, each_name_reads_back_and_no_other_does) {
    for (const HashKind kind : kAllKinds) {
        EXPECT_EQ(parse_hash(to_string(kind)), kind);
    }
    EXPECT_EQ(to_string(HashKind::one_at_a_time), "one_at_a_time");
    EXPECT_EQ(to_string(HashKind::jenkins), "jenkins");
    EXPECT_EQ(parse_hash("FNV1A_64"), std::nullopt);
    EXPECT_EQ(parse_hash("murmur3"), std::nullopt);
    EXPECT_EQ(parse_hash(""), std::nullopt);
}

TEST(HashTag, what_stands_between_the_first_pair_is_hashed) {
    EXPECT_EQ(hashed_part("user:{42}:name", {'{', '}'}), "42");
    EXPECT_EQ(hashed_part("{a}{b}", {'{', '}'}), "a");
    EXPECT_EQ(hashed_part("{{x}}", {'{', '}'}), "{x");
    EXPECT_EQ(hashed_part("a$b$c", {'$', '$'}), "b");
    EXPECT_EQ(hashed_part("}{x}", {'{', '}'}), "x");
}

TEST(HashTag, the_whole_key_is_hashed_when_there_is_no_tag_in_it) {
    EXPECT_EQ(hashed_part("plain", {'{', '}'}), "plain");
    EXPECT_EQ(hashed_part("empty{}{x}", {'{', '}'}), "empty{}{x}");
    EXPECT_EQ(hashed_part("open{x", {'{', '}'}), "open{x");
    EXPECT_EQ(hashed_part("close}x", {'{', '}'}), "close}x");
    EXPECT_EQ(hashed_part("end{", {'{', '}'}), "end{");
    EXPECT_EQ(hashed_part("one$", {'$', '$'}), "one$");
    EXPECT_EQ(hashed_part("", {'{', '}'}), "");
}

TEST(HashTag, without_a_configured_tag_nothing_is_looked_for) {
    EXPECT_EQ(hashed_part("a\0b\0c"sv, {}), "a\0b\0c"sv);
}

}  // namespace
}  // namespace ringside::routing
