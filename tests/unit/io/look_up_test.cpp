#include "io/look_up.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace ringside::io {
namespace {

TEST(LookUp, an_ip_is_an_address) {
    const auto found = look_up({"127.0.0.1", 11211});

    ASSERT_TRUE(found);
    EXPECT_EQ(found->size(), 1U);
    EXPECT_EQ(found->front().family(), AF_INET);
}

TEST(LookUp, a_name_has_its_addresses_in_their_order) {
    const std::string hosts = testing::TempDir() + "ringside_look_up." + std::to_string(::getpid());
    std::ofstream(hosts) << "10.0.0.1 cache\n::1 cache\n";

    const auto found = look_up({"cache", 11211}, {.hosts = hosts});
    std::filesystem::remove(hosts);

    ASSERT_TRUE(found);
    ASSERT_EQ(found->size(), 2U);
    EXPECT_EQ((*found)[0].family(), AF_INET);
    EXPECT_EQ((*found)[1].family(), AF_INET6);
}

TEST(LookUp, says_why_there_is_none) {
    const auto missing = look_up({"nonexistent.invalid", 1});
    EXPECT_EQ(missing.error().message, "host nonexistent.invalid: no such host name");
    EXPECT_EQ(missing.error().code, base::Errc::not_found);

    // Nobody listens on port 9 of 127.0.0.1 for names; whatever comes, it ends at the limit.
    const auto late = look_up({"a.test", 1}, {.try_timeout = base::milliseconds(10),
                                              .lookup_limit = base::milliseconds(20),
                                              .servers = "127.0.0.1:9"});
    EXPECT_EQ(late.error().message.substr(0, 18), "host a.test: name ");
}

}  // namespace
}  // namespace ringside::io
