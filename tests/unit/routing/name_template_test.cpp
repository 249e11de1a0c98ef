#include "routing/name_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace ringside::routing {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const Member kPod{.name = "cache-3",
                  .address = {"10.0.0.3", 11212},
                  .host = "Cache-3.cache.app.svc.",
                  .zone = "us-east-1a"};
const Member kAddress{.name = "10.0.0.1", .address = {"10.0.0.1", 11211}};

std::string name_of(std::string_view text, const Member& member) {
    const auto name = name_by_template(text, member);
    return name ? *name : "! " + name.error().message;
}

std::string problem_of(std::string_view text) {
    const auto found = parse_name_template(text);
    return found ? "" : found.error().message;
}

TEST(NameTemplate, puts_what_is_known_of_a_node_into_its_places) {
    EXPECT_EQ(name_of("{host}", kPod), "cache-3.cache.app.svc");
    EXPECT_EQ(name_of("{short_host}", kPod), "cache-3");
    EXPECT_EQ(name_of("{address}:{port}", kPod), "10.0.0.3:11212");
    EXPECT_EQ(name_of("mc{ordinal}", kPod), "mc3");
    EXPECT_EQ(name_of("{zone}/{name}", kPod), "us-east-1a/cache-3");
    EXPECT_EQ(name_of("{address}", {.name = "s", .address = {"/run/m.sock", 0}}), "/run/m.sock");
    EXPECT_EQ(name_of("{short_host}", {.name = "b", .address = {"B.example.", 1}}), "b");
}

TEST(NameTemplate, a_node_of_which_something_is_not_known_has_no_name) {
    EXPECT_EQ(name_of("{host}", kAddress),
              "! of node 10.0.0.1 at 10.0.0.1:11211 no host name is known, for {host}");
    EXPECT_THAT(name_of("{ordinal}", kAddress), HasSubstr("no number at the end of its host name"));
    EXPECT_THAT(name_of("{zone}-{name}", kAddress), HasSubstr("no zone is known"));
    EXPECT_THAT(name_of("{address}", {.name = "b", .address = {"b.example", 1}}),
                HasSubstr("no address is known"));
    EXPECT_THAT(name_of("{port}", {.name = "s", .address = {"/run/m.sock", 0}}),
                HasSubstr("no port is known"));
}

TEST(NameTemplate, a_name_has_a_bound) {
    Member member = kPod;
    member.zone = std::string(kRingNameBytesMax, 'z');

    EXPECT_THAT(name_of("{zone}{name}", member), HasSubstr("would have a name of 519 bytes"));
}

TEST(NameTemplate, tells_which_places_it_has) {
    const auto found = parse_name_template("a{short_host}-{port}{ordinal}b");

    ASSERT_TRUE(found);
    EXPECT_THAT(*found,
                ElementsAre(Placeholder::short_host, Placeholder::port, Placeholder::ordinal));
}

TEST(NameTemplate, refuses_what_it_does_not_know_and_what_names_all_nodes_alike) {
    EXPECT_EQ(problem_of("{pod}"),
              "{pod} is no placeholder; there are {host}, {short_host}, {address}, {port}, "
              "{ordinal}, {zone}, {name}");
    EXPECT_EQ(problem_of("{}"), problem_of("{pod}").replace(1, 3, ""));
    EXPECT_EQ(problem_of("{host"), "has a \"{\" without its \"}\"");
    EXPECT_EQ(problem_of("host}"), "has a \"}\" without its \"{\"");
    EXPECT_EQ(problem_of("{host}\n"), "holds a control character");
    EXPECT_THAT(problem_of("cache"), HasSubstr("gives all nodes the same name"));
    EXPECT_THAT(problem_of("{zone}"), HasSubstr("gives all nodes the same name"));
    EXPECT_EQ(problem_of("{host}" + std::string(kNameTemplateBytesMax - 5, 'x')),
              "is longer than 128 bytes");
    EXPECT_EQ(problem_of("{host}" + std::string(kNameTemplateBytesMax - 6, 'x')), "");
}

TEST(OrdinalOf, is_the_number_at_the_end_of_the_first_label) {
    EXPECT_EQ(ordinal_of("cache-3.cache.app.svc"), "3");
    EXPECT_EQ(ordinal_of("cache-0"), "0");
    EXPECT_EQ(ordinal_of("my-cache-042"), "42");
    EXPECT_EQ(ordinal_of("cache-000"), "0");
    EXPECT_EQ(ordinal_of("cache-123456789"), "123456789");
    for (const char* const host : {"", "cache", "cache3", "-3", "cache-", "cache-3a", "cache.a-3",
                                   "cache-1234567890", "cache-+3"}) {
        EXPECT_EQ(ordinal_of(host), std::nullopt) << host;
    }
}

TEST(NormalHost, has_no_capitals_and_no_dot_at_its_end) {
    EXPECT_EQ(normal_host("A.Example."), "a.example");
    EXPECT_EQ(normal_host("a.example"), "a.example");
    EXPECT_EQ(normal_host("."), "");
    EXPECT_EQ(normal_host(""), "");
}

}  // namespace
}  // namespace ringside::routing
