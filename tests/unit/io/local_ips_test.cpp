#include "io/local_ips.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ringside::io {
namespace {

TEST(LocalIps, has_the_loopback_address_among_them) {
    EXPECT_THAT(local_ips(), testing::Contains("127.0.0.1"));
}

}  // namespace
}  // namespace ringside::io
