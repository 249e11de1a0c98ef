#include "protocol/constant_time.h"

#include <gtest/gtest.h>

namespace ringside::protocol {
namespace {

TEST(ConstantTime, only_the_whole_secret_is_equal) {
    EXPECT_TRUE(equal_in_constant_time("secret", "secret"));
    for (const std::string_view guess :
         {"", "s", "secre", "secrets", "secretsecret", "Secret", "secreT", "xxxxxx"}) {
        EXPECT_FALSE(equal_in_constant_time("secret", guess)) << guess;
    }
}

}  // namespace
}  // namespace ringside::protocol
