#include "routing/identity.h"

#include "routing/snapshot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace ringside::routing {
namespace {

using testing::ElementsAre;

// As sources tell them: ElastiCache with an IP and without, a list with a name, a list without,
// a unix socket.
Membership all_kinds() {
    return {.members = {{.name = "a.example", .address = {"10.0.0.1", 11211}, .host = "a.example"},
                        {.name = "b.example:11212", .address = {"b.example", 11212}},
                        {.name = "third", .address = {"10.0.0.3", 11213}},
                        {.name = "::1:11214", .address = {"::1", 11214}},
                        {.name = "fifth", .address = {"/run/m.sock", 0}}}};
}

std::vector<std::string> names_by(Identity identity) {
    Membership membership = all_kinds();
    EXPECT_TRUE(name_members(membership, identity));
    std::vector<std::string> names;
    for (const Member& member : membership.members) {
        names.push_back(member.name);
    }
    return names;
}

TEST(Identity, by_default_a_node_is_what_its_source_names_it) {
    EXPECT_THAT(names_by(Identity::source),
                ElementsAre("a.example", "b.example:11212", "third", "::1:11214", "fifth"));
}

TEST(Identity, by_host_a_node_is_its_host_name_or_else_its_address) {
    EXPECT_THAT(
        names_by(Identity::host),
        ElementsAre("a.example", "b.example:11212", "10.0.0.3:11213", "::1:11214", "/run/m.sock:"));
}

TEST(Identity, by_address_a_node_is_its_address_or_else_its_host_name) {
    EXPECT_THAT(
        names_by(Identity::address),
        ElementsAre("10.0.0.1", "b.example:11212", "10.0.0.3:11213", "::1:11214", "/run/m.sock:"));
}

TEST(Identity, is_all_that_it_changes) {
    for (const Identity identity : {Identity::source, Identity::host, Identity::address}) {
        Membership membership = all_kinds();

        ASSERT_TRUE(name_members(membership, identity));

        for (std::size_t i = 0; i < membership.members.size(); ++i) {
            membership.members[i].name = all_kinds().members[i].name;
        }
        EXPECT_EQ(membership, all_kinds());
    }
}

TEST(Identity, nodes_at_one_address_have_one_name_by_it) {
    Membership membership{.members = {{.name = "a", .address = {"10.0.0.1", 1}, .host = "a"},
                                      {.name = "b", .address = {"10.0.0.1", 1}, .host = "b"}}};

    ASSERT_TRUE(name_members(membership, Identity::address));

    EXPECT_THAT(normalize(membership), ElementsAre("10.0.0.1:1"));
}

// Bit for bit: with the texts come the points.
TEST(Identity, by_address_a_discovered_pool_has_the_ring_of_a_list_of_its_addresses) {
    const auto points_of = [](Membership membership, Identity identity) {
        EXPECT_TRUE(name_members(membership, identity));
        std::vector<PoolNode> nodes;
        for (const Member& member : membership.members) {
            nodes.push_back({.node = {.name = member.name, .address = member.address}});
        }
        const PoolPtr pool = build_pool(0, "p", {}, std::move(nodes));
        std::vector<std::pair<std::uint32_t, std::uint32_t>> points;
        for (const Ring::Point& point : pool->ring.points()) {
            points.emplace_back(point.value, point.node_index);
        }
        return points;
    };
    const Membership discovered{
        .members = {{.name = "z.example", .address = {"10.0.0.1", 11211}, .host = "z.example"},
                    {.name = "a.example", .address = {"10.0.0.2", 11211}, .host = "a.example"}}};
    const Membership listed{.members = {{.name = "10.0.0.1", .address = {"10.0.0.1", 11211}},
                                        {.name = "10.0.0.2", .address = {"10.0.0.2", 11211}}}};

    EXPECT_EQ(points_of(discovered, Identity::address), points_of(listed, Identity::source));
    EXPECT_NE(points_of(discovered, Identity::source), points_of(listed, Identity::source));
}

TEST(Identity, by_ordinal_a_node_is_the_number_of_its_host) {
    Membership pods{.members = {{.name = "a", .address = {"10.0.0.1", 1}, .host = "cache-10.app"},
                                {.name = "b", .address = {"Cache-2.app", 1}}}};

    ASSERT_TRUE(name_members(pods, Identity::ordinal));

    EXPECT_EQ(pods.members[0].name, "10");
    EXPECT_EQ(pods.members[1].name, "2");
}

TEST(Identity, nothing_changes_if_one_node_has_not_what_names_are_made_of) {
    Membership membership = all_kinds();

    const auto named = name_members(membership, Identity::by_template, "{short_host}");

    ASSERT_FALSE(named);
    EXPECT_EQ(named.error().message,
              "of node third at 10.0.0.3:11213 no host name is known, for {short_host}");
    EXPECT_EQ(membership, all_kinds());
}

TEST(Identity, hosts_that_are_the_same_in_dns_are_the_same_on_the_ring) {
    Membership membership{.members = {{.name = "A.Example.", .address = {"A.Example.", 11211}},
                                      {.name = "b", .address = {"10.0.0.1", 1}, .host = "B.x."}}};

    ASSERT_TRUE(name_members(membership, Identity::host));

    EXPECT_EQ(membership.members[0].name, "a.example");
    EXPECT_EQ(membership.members[1].name, "b.x:1");
}

TEST(Identity, is_read_from_its_name) {
    EXPECT_EQ(parse_identity("source"), Identity::source);
    EXPECT_EQ(parse_identity("host"), Identity::host);
    EXPECT_EQ(parse_identity("address"), Identity::address);
    EXPECT_EQ(parse_identity("name"), Identity::source);
    EXPECT_EQ(parse_identity("ordinal"), Identity::ordinal);
    EXPECT_EQ(parse_identity("template"), Identity::by_template);
    EXPECT_EQ(parse_identity("pod"), std::nullopt);
    EXPECT_EQ(to_string(Identity::source), "source");
    EXPECT_EQ(to_string(Identity::by_template), "template");
}

}  // namespace
}  // namespace ringside::routing
