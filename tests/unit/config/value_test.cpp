#include "config/value.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <net/if.h>

#include <array>
#include <string>
#include <vector>

namespace ringside::config {
namespace {

using base::milliseconds;
using testing::HasSubstr;

constexpr Key kNumber{.name = "n", .type = Type::number, .min = 2, .max = 9, .doc = "."};
constexpr Key kDuration{.name = "d", .type = Type::duration, .min = 100, .max = 60'000, .doc = "."};
constexpr Key kBool{.name = "b", .type = Type::boolean, .doc = "."};
constexpr Key kText{
    .name = "t", .type = Type::text, .min = 1, .max = 3, .unit = "bytes", .doc = "."};

TEST(Value, a_refused_number_leaves_the_field_alone) {
    std::uint32_t number = 5;

    EXPECT_EQ(take_number(kNumber, "10", number).error().message, "\"10\" is out of range 2..9");
    EXPECT_EQ(take_number(kNumber, "", number).error().message, "\"\" is not a number; write 2..9");
    EXPECT_EQ(take_number(kNumber, "3 ", number).error().message,
              "\"3 \" is not a number; write 2..9");

    EXPECT_EQ(number, 5U);
}

TEST(Value, durations_are_milliseconds_unless_they_have_a_unit) {
    milliseconds duration{};

    EXPECT_TRUE(take_duration(kDuration, "400", duration));
    EXPECT_EQ(duration, milliseconds(400));
    EXPECT_TRUE(take_duration(kDuration, "400ms", duration));
    EXPECT_EQ(duration, milliseconds(400));
    EXPECT_TRUE(take_duration(kDuration, "2s", duration));
    EXPECT_EQ(duration, milliseconds(2000));
    EXPECT_TRUE(take_duration(kDuration, "1m", duration));
    EXPECT_EQ(duration, milliseconds(60'000));
    EXPECT_EQ(take_duration(kDuration, "99", duration).error().message,
              "\"99\" is out of range 100ms..60s");
    EXPECT_FALSE(take_duration(kDuration, "1 s", duration));
    EXPECT_FALSE(take_duration(kDuration, "ms", duration));
    EXPECT_FALSE(take_duration(kDuration, "99999999999999999999h", duration));
}

TEST(Value, only_true_and_false_are_booleans) {
    bool flag = false;

    EXPECT_TRUE(take_bool(kBool, "true", flag));
    EXPECT_TRUE(flag);
    EXPECT_TRUE(take_bool(kBool, "false", flag));
    EXPECT_FALSE(flag);
    for (const char* text : {"True", "yes", "on", "1", "", "true "}) {
        EXPECT_FALSE(take_bool(kBool, text, flag)) << text;
    }
}

TEST(Value, text_is_measured_in_bytes) {
    std::string text;

    EXPECT_TRUE(take_text(kText, "\xc3\xbcx", text));
    EXPECT_EQ(text, "\xc3\xbcx");
    EXPECT_EQ(take_text(kText, "four", text).error().message,
              "the length is out of range 1..3 bytes");
}

TEST(Value, a_hash_tag_has_no_control_characters) {
    constexpr Key kTag{
        .name = "h", .type = Type::text, .min = 2, .max = 2, .unit = "bytes", .doc = "."};
    routing::HashTag tag{};

    EXPECT_TRUE(take_hash_tag(kTag, "$$", tag));
    EXPECT_EQ(tag, (routing::HashTag{'$', '$'}));
    EXPECT_FALSE(take_hash_tag(kTag, std::string_view("\0\0", 2), tag));
    EXPECT_FALSE(take_hash_tag(kTag, "{}}", tag));
}

TEST(Value, nameservers_are_ips_with_ports_between_commas) {
    constexpr Key key{.name = "n", .type = Type::text, .min = 1, .max = 99, .doc = "."};
    std::vector<routing::Address> servers;

    ASSERT_TRUE(take_nameservers(key, "127.0.0.1:53, [::1]:5353", servers));

    EXPECT_EQ(servers, (std::vector<routing::Address>{{"127.0.0.1", 53}, {"::1", 5353}}));
    for (const char* wrong : {"", "127.0.0.1", "dns.example:53", "127.0.0.1:53,", ",", "/run/x"}) {
        EXPECT_FALSE(take_nameservers(key, wrong, servers)) << wrong;
    }
}

TEST(Value, a_nameserver_that_cannot_be_asked_is_refused_with_the_reason) {
    constexpr Key key{.name = "n", .type = Type::text, .min = 1, .max = 99, .doc = "."};
    std::vector<routing::Address> servers;
    const auto why = [&](const std::string& text) {
        return take_nameservers(key, text, servers).error().message;
    };

    EXPECT_EQ(why("0.0.0.0:53"), "\"0.0.0.0:53\": no host has this address");
    EXPECT_EQ(why("[::]:53"), "\"[::]:53\": no host has this address");
    EXPECT_EQ(why("224.0.0.251:53"), "\"224.0.0.251:53\": no host has this address");
    EXPECT_EQ(why("127.1:53"), "\"127.1:53\": it is no IP, and a nameserver is not looked up");
    EXPECT_EQ(why("[fe80::1]:53"),
              "\"[fe80::1]:53\": it is link-local; write its interface, as [fe80::1%eth0]");
    EXPECT_EQ(why("[fe80::1%nosuch]:53"),
              "\"[fe80::1%nosuch]:53\": this host has no interface \"nosuch\"");
    EXPECT_EQ(why("[fe80::1%99999]:53"),
              "\"[fe80::1%99999]:53\": this host has no interface \"99999\"");
    for (const char* const no_host : {"[::ffff:0.0.0.0]:53", "[::ffff:224.0.0.1]:53"}) {
        EXPECT_THAT(why(no_host), HasSubstr("no host has this address"));
    }
    EXPECT_EQ(why("[::1%lo]:53"),
              "\"[::1%lo]:53\": only link-local addresses (fe80::/10) are of an interface");
    EXPECT_TRUE(servers.empty());
    ASSERT_TRUE(take_nameservers(key, "[fe80::1%lo]:53, 169.254.20.10:53", servers));
    EXPECT_EQ(servers, (std::vector<routing::Address>{{"fe80::1%lo", 53}, {"169.254.20.10", 53}}));
}

// However they are written.
TEST(Value, a_nameservers_address_is_at_one_interface) {
    constexpr Key key{.name = "n", .type = Type::text, .min = 1, .max = 99, .doc = "."};
    std::vector<routing::Address> servers;
    EXPECT_TRUE(take_nameservers(key, "[fe80::1%lo]:53,[fe80:0::1%1]:54", servers)) << "the same";

    std::array<char, IF_NAMESIZE> other{};
    if (::if_indextoname(2, other.data()) == nullptr) {
        GTEST_SKIP() << "there is but one";
    }
    for (const std::string ip : {"fe80::1", "fe80:0::1"}) {
        const std::string second = fmt::format("[{}%{}]:53", ip, other.data());
        const auto status = take_nameservers(key, "[fe80::1%lo]:53," + second, servers);
        ASSERT_FALSE(status);
        EXPECT_EQ(
            status.error().message,
            fmt::format("\"{}\": the same address at another interface is there already", second));
    }
}

}  // namespace
}  // namespace ringside::config
