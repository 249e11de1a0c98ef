#include "base/md5.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <string>

namespace ringside::base {
namespace {

std::string hex(std::string_view bytes) {
    std::string text;
    for (const std::uint8_t byte : md5(bytes)) {
        text += fmt::format("{:02x}", byte);
    }
    return text;
}

TEST(Md5, digests_equal_the_test_suite_of_rfc_1321) {
    EXPECT_EQ(hex(""), "d41d8cd98f00b204e9800998ecf8427e");
    EXPECT_EQ(hex("a"), "0cc175b9c0f1b6a831c399e269772661");
    EXPECT_EQ(hex("abc"), "900150983cd24fb0d6963f7d28e17f72");
    EXPECT_EQ(hex("message digest"), "f96b697d7cb7938d525a2f31aaf161d0");
    EXPECT_EQ(hex("abcdefghijklmnopqrstuvwxyz"), "c3fcd3d76192e4007dfb496cca67e13b");
    EXPECT_EQ(hex("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"),
              "d174ab98d277d9f5a5611c2c9f419d9f");
    EXPECT_EQ(hex("1234567890123456789012345678901234567890"
                  "1234567890123456789012345678901234567890"),
              "57edf4a22be3c955ac49da2e2107b67a");
}

TEST(Md5, texts_around_the_block_size_of_64_bytes_are_padded_correctly) {
    // From md5sum, of that many letters 'a'.
    EXPECT_EQ(hex(std::string(55, 'a')), "ef1772b6dff9a122358552954ad0df65");
    EXPECT_EQ(hex(std::string(56, 'a')), "3b0c8ac703f828b04c6c197006d17218");
    EXPECT_EQ(hex(std::string(63, 'a')), "b06521f39153d618550606be297466d5");
    EXPECT_EQ(hex(std::string(64, 'a')), "014842d480b571495a4a0363793f7367");
    EXPECT_EQ(hex(std::string(65, 'a')), "c743a45e0d2e6a95cb859adae0248435");
    EXPECT_EQ(hex(std::string(250, 'a')), "1bdbdf1c9087c796394bcda5789f7206");
}

TEST(Md5, the_digest_does_not_depend_on_alignment) {
    const std::string text(200, 'k');
    const Md5Digest expected = md5(text);

    for (std::size_t shift = 1; shift < 8; ++shift) {
        const std::string moved = std::string(shift, '.') + text;
        EXPECT_EQ(md5(std::string_view(moved).substr(shift)), expected);
    }
}

}  // namespace
}  // namespace ringside::base
