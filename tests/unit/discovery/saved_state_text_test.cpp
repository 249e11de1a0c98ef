#include "discovery/saved_state_text.h"

#include "base/md5.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace ringside::discovery {
namespace {

using base::milliseconds;
using testing::HasSubstr;

SavedState full_state() {
    SavedList list{.source = "kubernetes app/cache",
                   .identity = "template",
                   .identity_template = "{short_host}:{port}",
                   .said_at = WallTime(milliseconds(1'700'000'000'123)),
                   .membership = {}};
    list.membership.source_version = 12;
    list.membership.members = {{.name = "c-0:1",
                                .address = {"10.0.0.1", 1},
                                .weight = 3,
                                .host = "c-0.cache.app.svc",
                                .other_ips = {"fd00::1"},
                                .state = routing::MemberState::terminating,
                                .zone = "z1"},
                               {.name = "c-1:1", .address = {"c-1.cache.app.svc", 1}},
                               {.name = "c-2:1", .address = {"/run/c.sock", 0}}};
    list.ips = {{"c-1.cache.app.svc", {"10.0.0.2", "10.0.0.3"}}};
    return {
        {{.name = "cache",
          .protocol = "memcached",
          .list = std::move(list),
          .ejections = {{"c-1:1", WallTime(milliseconds(1'700'000'060'000)), "new kernel", true},
                        {"gone", std::nullopt}}},
         {.name = "fixed", .protocol = "redis", .list = std::nullopt}}};
}

// With the version and the checksum that a body needs.
std::string with_head(std::string_view body, std::string_view version = "1") {
    std::string sum;
    for (const std::uint8_t byte : base::md5(body)) {
        sum += fmt::format("{:02x}", byte);
    }
    return fmt::format("ringside-state {} {}\n{}", version, sum, body);
}

std::string problem_of(std::string_view text) {
    const auto state = parse_saved_state(text);
    return state ? "" : state.error().message;
}

TEST(SavedStateText, what_is_written_is_read) {
    const std::string text = saved_state_text(full_state(), "1.2.3");
    const auto read = parse_saved_state(text);

    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, full_state());
    EXPECT_THAT(text, testing::StartsWith("ringside-state 1 "));
    EXPECT_THAT(text, HasSubstr("\"written_by\": \"ringside 1.2.3\""));
}

TEST(SavedStateText, nothing_to_keep_is_a_state_too) {
    EXPECT_EQ(*parse_saved_state(saved_state_text({}, "1")), SavedState{});
}

TEST(SavedStateText, each_byte_that_is_another_and_each_end_that_is_missing_is_found) {
    const std::string text = saved_state_text(full_state(), "1");
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::string changed = text;
        changed[i] = static_cast<char>(changed[i] ^ 0x01);

        EXPECT_NE(problem_of(changed), "") << "byte " << i;
        EXPECT_NE(problem_of(text.substr(0, i)), "") << "only " << i << " bytes";
    }
    EXPECT_EQ(problem_of(""), "it is empty");
    EXPECT_EQ(problem_of(text.substr(0, text.size() - 9)),
              "its checksum is wrong: it was changed, or is not whole");
    EXPECT_EQ(problem_of("servers:\n- a\n"), "it does not begin as a saved state does");
}

TEST(SavedStateText, another_version_is_named_and_not_read) {
    EXPECT_EQ(problem_of(with_head("{\"pools\": []}", "99")),
              "it is of version 99, and this release reads version 1");
    EXPECT_EQ(problem_of(with_head("{\"pools\": []}", "one")),
              "it does not begin as a saved state does");
}

TEST(SavedStateText, keys_of_a_later_release_are_left_alone) {
    const auto state = parse_saved_state(with_head(
        R"({"later": 1, "pools": [{"name": "p", "protocol": "smtp", "later": {}, "list": {
            "source": "s", "identity": "source", "later": null, "members": [
            {"name": "a", "host": "10.0.0.1", "port": 1, "later": []}]},
            "ejections": [{"node": "a", "later": true}]}]})"));

    ASSERT_TRUE(state) << state.error().message;
    EXPECT_EQ(state->pools[0].protocol, "smtp");
    EXPECT_EQ(state->pools[0].list->membership.members[0].name, "a");
    EXPECT_EQ(state->pools[0].ejections[0].until, std::nullopt);
}

std::string list_with(std::string_view members, std::string_view more = "") {
    return with_head(fmt::format(R"({{"pools": [{{"name": "p", "protocol": "memcached", "list":
        {{"source": "s", "identity": "source", "members": [{}]{}}}}}]}})",
                                 members, more));
}

TEST(SavedStateText, members_that_no_source_could_name_make_it_of_no_use) {
    const std::string good = R"({"name": "a", "host": "10.0.0.1", "port": 1})";
    EXPECT_EQ(problem_of(list_with(good)), "");

    EXPECT_EQ(problem_of(list_with("")), "a list has no nodes");
    EXPECT_EQ(problem_of(list_with(good + "," + good)), "a node is listed twice");
    for (const char* const member :
         {R"({"host": "10.0.0.1", "port": 1})",
          R"({"name": "a", "port": 1})",
          R"({"name": "a", "host": "10.0.0.1"})",
          R"({"name": "a", "host": "10.0.0.1", "port": 0})",
          R"({"name": "a", "host": "10.0.0.1", "port": 65536})",
          R"({"name": "a", "host": "10.0.0.1", "port": -1})",
          R"({"name": "a", "host": "10.0.0.1", "port": "1"})",
          R"({"name": "a", "host": "10.0.0.1", "port": 1, "weight": 0})",
          R"({"name": "a", "host": "10.0.0.1", "port": 1, "weight": 2147483649})",
          R"({"name": "a", "host": "169.254.169.254", "port": 1})",
          R"({"name": "a", "host": "0.0.0.0", "port": 1})",
          R"({"name": "a", "host": "a b", "port": 1})",
          R"({"name": "a\n", "host": "b", "port": 1})",
          R"({"name": 7, "host": "b", "port": 1})",
          R"({"name": "a", "host": "10.0.0.1", "port": 1, "other_ips": ["169.254.1.1"]})",
          R"({"name": "a", "host": "10.0.0.1", "port": 1, "other_ips": [1]})",
          R"({"name": "a", "host": "10.0.0.1", "port": 1, "host_name": "x y"})",
          R"({"name": "a", "host": "/run/\u0001"})",
          "7",
          "null",
          "[]"}) {
        EXPECT_NE(problem_of(list_with(member)), "") << member;
    }
    EXPECT_NE(problem_of(list_with(good, R"(, "ips": [])")), "");
    EXPECT_NE(problem_of(list_with(good, R"(, "ips": {"h": "10.0.0.1"})")), "");
    EXPECT_NE(problem_of(list_with(good, R"(, "ips": {"h": ["169.254.169.254"]})")), "");
    EXPECT_NE(problem_of(list_with(good, R"(, "ips": {"x y": ["10.0.0.1"]})")), "");
}

TEST(SavedStateText, a_document_of_another_shape_is_of_no_use) {
    for (const char* const body :
         {"", "[]", "7", "{", R"({"pools": {}})", R"({"pools": [7]})", R"({"pools": [[]]})",
          R"({"pools": [{"protocol": "redis"}]})", R"({"pools": [{"name": "p", "list": 7}]})",
          R"({"pools": [{"name": "p", "list": []}]})",
          R"({"pools": [{"name": "p", "ejections": {}}]})",
          R"({"pools": [{"name": "p", "ejections": [{}]}]})",
          R"({"pools": [{"name": "p", "ejections": [{"node": "a", "until_ms": -1}]}]})",
          R"({"pools": [{"name": "p", "ejections": [{"node": "a", "until_ms": 1e99}]}]})",
          R"({"pools": [{"name": "p", "ejections": [{"node": "a",
              "until_ms": 18446744073709551615}]}]})"}) {
        EXPECT_NE(problem_of(with_head(body)), "") << body;
    }
}

TEST(SavedStateText, more_pools_than_a_configuration_may_have_are_not_read) {
    std::string pools;
    for (int i = 0; i < 1025; ++i) {
        pools += fmt::format(R"({}{{"name": "{}", "protocol": "redis"}})", i == 0 ? "" : ",", i);
    }

    EXPECT_EQ(problem_of(with_head("{\"pools\": [" + pools + "]}")),
              "\"pools\" is no list, or too long");
}

}  // namespace
}  // namespace ringside::discovery
