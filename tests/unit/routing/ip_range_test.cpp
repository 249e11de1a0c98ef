#include "routing/ip_range.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace ringside::routing {
namespace {

using testing::HasSubstr;

bool contains(std::string_view range, std::string_view ip) {
    const auto parsed = IpRange::parse(range);
    const auto bytes = parse_ip_bytes(ip);
    EXPECT_TRUE(parsed && bytes) << range << ' ' << ip;
    return parsed && bytes && parsed->contains(*bytes);
}

std::string problem_of(std::string_view range) {
    const auto parsed = IpRange::parse(range);
    return parsed ? "" : parsed.error().message;
}

TEST(IpRange, holds_what_begins_as_it_does) {
    EXPECT_TRUE(contains("10.0.0.0/8", "10.255.0.1"));
    EXPECT_FALSE(contains("10.0.0.0/8", "11.0.0.1"));
    EXPECT_TRUE(contains("10.1.2.0/23", "10.1.3.255"));
    EXPECT_FALSE(contains("10.1.2.0/23", "10.1.4.0"));
    EXPECT_TRUE(contains("fd00::/8", "fdff::1"));
    EXPECT_FALSE(contains("fd00::/8", "fe00::1"));
    EXPECT_TRUE(contains("0.0.0.0/0", "255.0.0.1"));
    EXPECT_TRUE(contains("::/0", "10.0.0.1"));
}

TEST(IpRange, of_one_family_holds_nothing_of_the_other) {
    EXPECT_FALSE(contains("0.0.0.0/0", "::1"));
    EXPECT_FALSE(contains("fd00::/8", "10.0.0.1"));
}

TEST(IpRange, an_address_is_a_range_of_its_own_however_it_is_written) {
    EXPECT_TRUE(contains("10.0.0.1", "10.0.0.1"));
    EXPECT_FALSE(contains("10.0.0.1", "10.0.0.2"));
    EXPECT_TRUE(contains("10.0.0.0/8", "::ffff:10.0.0.1"));
    EXPECT_TRUE(contains("fd00::1", "fd00:0::0001"));
}

TEST(IpRange, what_is_no_range_is_refused_with_the_rule) {
    for (const char* const wrong : {"", "/8", "10.0.0/8", "a.example/8", "[::1]", "10.0.0.1:80"}) {
        EXPECT_THAT(problem_of(wrong), HasSubstr("is no range of IP addresses")) << wrong;
    }
    EXPECT_EQ(problem_of("10.0.0.0/33"), "\"10.0.0.0/33\": the prefix is out of range 0..32");
    EXPECT_EQ(problem_of("::/129"), "\"::/129\": the prefix is out of range 0..128");
    EXPECT_THAT(problem_of("10.0.0.0/"), HasSubstr("out of range"));
    EXPECT_THAT(problem_of("10.0.0.1/8"), HasSubstr("has bits behind its prefix"));
}

TEST(IpRange, is_shown_as_it_was_written) {
    EXPECT_EQ(IpRange::parse("fd00::/8")->text(), "fd00::/8");
}

}  // namespace
}  // namespace ringside::routing
