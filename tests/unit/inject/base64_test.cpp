#include "inject/base64.h"

#include <gtest/gtest.h>

#include <string_view>

namespace ringside::inject {
namespace {

using std::string_view_literals::operator""sv;

// RFC 4648, section 10.
TEST(Base64, of_the_rfc) {
    EXPECT_EQ(base64(""), "");
    EXPECT_EQ(base64("f"), "Zg==");
    EXPECT_EQ(base64("fo"), "Zm8=");
    EXPECT_EQ(base64("foo"), "Zm9v");
    EXPECT_EQ(base64("foob"), "Zm9vYg==");
    EXPECT_EQ(base64("fooba"), "Zm9vYmE=");
    EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
    EXPECT_EQ(base64("\xff\xfe\x00\xfb"sv), "//4A+w==");
}

}  // namespace
}  // namespace ringside::inject
