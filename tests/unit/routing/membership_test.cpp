#include "routing/membership.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ringside::routing {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Member member(std::string name, std::string host, std::uint32_t weight = 1) {
    return Member{std::move(name), Address{std::move(host), 11211}, weight};
}

std::vector<std::string> names(const Membership& membership) {
    std::vector<std::string> result;
    for (const Member& each : membership.members) {
        result.push_back(each.name);
    }
    return result;
}

TEST(Membership, normalizing_sorts_by_ring_name) {
    Membership membership{{member("alpha10", "h1"), member("zeta", "h2"), member("alpha9", "h3")}};

    const auto duplicates = normalize(membership);

    EXPECT_THAT(names(membership), ElementsAre("zeta", "alpha9", "alpha10"));
    EXPECT_THAT(duplicates, IsEmpty());
}

TEST(Membership, normalizing_keeps_the_first_of_two_with_one_name_and_says_so) {
    Membership membership{{member("b", "first"), member("a", "h1"), member("b", "second"),
                           member("b", "third"), member("c", "h2")}};

    const auto duplicates = normalize(membership);

    EXPECT_THAT(duplicates, ElementsAre("b"));
    EXPECT_THAT(names(membership), ElementsAre("a", "b", "c"));
    EXPECT_EQ(membership.members[1].address.host, "first");
}

TEST(Membership, normalizing_nothing_yields_nothing) {
    Membership membership;

    EXPECT_THAT(normalize(membership), IsEmpty());
    EXPECT_THAT(membership.members, IsEmpty());
}

TEST(Membership, the_same_members_differ_in_nothing) {
    const Membership before{{member("a", "h1"), member("b", "h2")}, 4};
    const Membership after{{member("a", "h1"), member("b", "h2")}, 5};

    EXPECT_TRUE(diff(before, after).empty());
    EXPECT_TRUE(diff({}, {}).empty());
}

TEST(Membership, a_difference_names_who_came_who_left_and_who_changed) {
    const Membership before{{member("b", "h1"), member("c", "h2"), member("aa", "h3"),
                             member("bb", "h4"), member("cc", "h5")}};
    const Membership after{{member("a", "h0"), member("c", "h2"), member("aa", "moved"),
                            member("cc", "h5", 2), member("dd", "h6")}};

    const MembershipDiff difference = diff(before, after);

    EXPECT_THAT(difference.added, ElementsAre("a", "dd"));
    EXPECT_THAT(difference.removed, ElementsAre("b", "bb"));
    EXPECT_THAT(difference.changed, ElementsAre("aa", "cc"));
    EXPECT_FALSE(difference.empty());
}

TEST(Membership, all_are_new_after_nothing_and_all_are_gone_before_nothing) {
    const Membership some{{member("a", "h1"), member("b", "h2")}};

    EXPECT_THAT(diff({}, some).added, ElementsAre("a", "b"));
    EXPECT_THAT(diff(some, {}).removed, ElementsAre("a", "b"));
}

TEST(Membership, a_member_has_the_host_name_that_was_told_or_that_of_its_address) {
    EXPECT_EQ(host_name({.name = "n", .address = {"10.0.0.1", 1}, .host = "a.example"}),
              "a.example");
    EXPECT_EQ(host_name({.name = "n", .address = {"b.example", 1}}), "b.example");
    EXPECT_EQ(host_name({.name = "n", .address = {"10.0.0.1", 1}}), "");
    EXPECT_EQ(host_name({.name = "n", .address = {"/run/m.sock", 0}}), "");
}

TEST(Membership, a_member_is_reached_at_what_was_told_and_a_name_has_to_be_looked_up) {
    EXPECT_THAT(known_addresses(
                    {.name = "n", .address = {"10.0.0.1", 7}, .other_ips = {"10.0.0.2", "fe::1"}}),
                ElementsAre(Address{"10.0.0.1", 7}, Address{"10.0.0.2", 7}, Address{"fe::1", 7}));
    EXPECT_THAT(known_addresses({.name = "n", .address = {"/run/m.sock", 0}}),
                ElementsAre(Address{"/run/m.sock", 0}));
    EXPECT_THAT(known_addresses({.name = "n", .address = {"b.example", 7}}), IsEmpty());
}

TEST(Membership, whatever_is_known_of_a_member_can_change) {
    const Membership before{{member("a", "10.0.0.1")}};
    const auto changed_by = [&before](auto change) {
        Membership after = before;
        change(after.members[0]);
        return diff(before, after).changed;
    };

    EXPECT_THAT(changed_by([](Member&) {}), IsEmpty());
    EXPECT_THAT(changed_by([](Member& m) { m.host = "a.example"; }), ElementsAre("a"));
    EXPECT_THAT(changed_by([](Member& m) { m.other_ips = {"10.0.0.2"}; }), ElementsAre("a"));
    EXPECT_THAT(changed_by([](Member& m) { m.state = MemberState::terminating; }),
                ElementsAre("a"));
    EXPECT_THAT(changed_by([](Member& m) { m.zone = "b"; }), ElementsAre("a"));
}

}  // namespace
}  // namespace ringside::routing
