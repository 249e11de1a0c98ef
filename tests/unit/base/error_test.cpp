#include "base/error.h"

#include "base/check.h"
#include "base/expected.h"

#include <gtest/gtest.h>

#include <memory>

namespace ringside::base {
namespace {

TEST(Error, context_is_put_in_front_and_the_code_is_kept) {
    const Error error{Errc::invalid_config, "port 0 is out of range 1..65535"};

    const Error outer = error.in("alpha.servers[2]").in("pools.yml:12");

    EXPECT_EQ(outer.code, Errc::invalid_config);
    EXPECT_EQ(outer.message, "pools.yml:12: alpha.servers[2]: port 0 is out of range 1..65535");
    EXPECT_EQ(error.message, "port 0 is out of range 1..65535");
}

TEST(Error, each_code_has_a_name) {
    EXPECT_EQ(to_string(Errc::invalid_argument), "invalid_argument");
    EXPECT_EQ(to_string(Errc::invalid_config), "invalid_config");
    EXPECT_EQ(to_string(Errc::not_found), "not_found");
    EXPECT_EQ(to_string(Errc::conflict), "conflict");
    EXPECT_EQ(to_string(Errc::io), "io");
    EXPECT_EQ(to_string(Errc::malformed), "malformed");
    EXPECT_EQ(to_string(Errc::timed_out), "timed_out");
}

TEST(Expected, a_value_is_held_and_can_be_moved_out) {
    Expected<std::unique_ptr<int>> expected = std::make_unique<int>(42);

    ASSERT_TRUE(expected.has_value());
    EXPECT_TRUE(expected);
    EXPECT_EQ(**expected, 42);
    EXPECT_EQ(*expected->get(), 42);
    const std::unique_ptr<int> value = std::move(*expected);
    EXPECT_EQ(*value, 42);
}

TEST(Expected, an_error_is_held_instead_of_a_value) {
    const Expected<std::string> expected = Error{Errc::io, "disk full"};

    ASSERT_FALSE(expected);
    EXPECT_EQ(expected.error().code, Errc::io);
    EXPECT_EQ(expected.error().message, "disk full");
}

TEST(Expected, a_status_is_done_or_an_error) {
    const Status done = Done{};
    const Status failed = Error{Errc::timed_out, "no answer"};

    EXPECT_TRUE(done);
    EXPECT_FALSE(failed);
}

TEST(CheckDeathTest, a_failed_check_names_its_place_and_condition) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");

    EXPECT_DEATH(CHECK(1 + 1 == 3), "error_test.cpp:[0-9]+: CHECK failed: 1 \\+ 1 == 3");
    CHECK(1 + 1 == 2);
}

}  // namespace
}  // namespace ringside::base
