#include "discovery/dns_members.h"

#include "base/limits.h"
#include "dns_zone.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace ringside::discovery {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

io::DnsRecords records(const std::vector<std::string>& hosts) {
    return std::get<io::DnsRecords>(ips(hosts));
}
std::vector<std::string> names_of(const Members& members) {
    std::vector<std::string> names;
    for (const routing::Member& member : members) {
        names.push_back(member.name);
    }
    return names;
}

TEST(DnsMembers, an_address_is_a_node_that_is_called_like_it) {
    const auto members = members_at(records({"10.0.0.1", "fd00::1"}), 11212);

    ASSERT_TRUE(members);
    EXPECT_THAT(names_of(*members), ElementsAre("10.0.0.1:11212", "fd00::1:11212"));
    EXPECT_EQ((*members)[1].address, (routing::Address{"fd00::1", 11212}));
}

TEST(DnsMembers, one_address_that_no_node_can_have_spoils_them_all) {
    for (const char* ip : {"0.0.0.0", "169.254.169.254", "224.0.0.1", "255.255.255.255",
                           "::", "::ffff:169.254.169.254", "fe80::1", "fd00:ec2::254"}) {
        const auto members = members_at(records({"10.0.0.1", ip}), 11211);

        ASSERT_FALSE(members) << ip;
        EXPECT_THAT(members.error().message, HasSubstr(ip));
    }
}

base::Expected<Members> service(std::vector<io::DnsRecord> targets, bool use_weights = false) {
    return members_of_service({.records = std::move(targets), .ttl = base::seconds(1)},
                              use_weights);
}

TEST(DnsMembers, a_target_is_a_node_that_is_called_like_its_host_and_port) {
    const auto members = service({{.host = "b.test", .port = 11212, .weight = 7},
                                  {.host = "a.test", .port = 11211, .weight = 9}});

    ASSERT_TRUE(members);
    EXPECT_THAT(
        *members,
        ElementsAre(
            routing::Member{.name = "a.test", .address = {"a.test", 11211}, .host = "a.test"},
            routing::Member{
                .name = "b.test:11212", .address = {"b.test", 11212}, .host = "b.test"}));
}

std::vector<std::uint32_t> weights(const base::Expected<Members>& members) {
    std::vector<std::uint32_t> weights;
    for (const routing::Member& member : *members) {
        weights.push_back(member.weight);
    }
    return weights;
}

TEST(DnsMembers, weights_count_by_what_they_do_not_have_in_common) {
    const auto with = [](std::uint16_t a, std::uint16_t b) {
        return weights(service({{.host = "a.test", .port = 1, .weight = a},
                                {.host = "b.test", .port = 1, .weight = b}},
                               true));
    };

    EXPECT_THAT(with(50, 100), ElementsAre(1, 2));
    EXPECT_THAT(with(33, 33), ElementsAre(1, 1));
    EXPECT_THAT(with(0, 0), ElementsAre(1, 1));
    EXPECT_THAT(with(0, 10), ElementsAre(1, 10)) << "RFC 2782: a very small chance";
}

TEST(DnsMembers, of_two_records_for_a_target_the_heavier_counts_in_either_order) {
    const io::DnsRecord light{.host = "a.test", .port = 1, .weight = 2};
    const io::DnsRecord heavy{.host = "a.test", .port = 1, .weight = 6};
    const io::DnsRecord other{.host = "b.test", .port = 1, .weight = 3};

    EXPECT_THAT(weights(service({light, heavy, other}, true)), ElementsAre(2, 1));
    EXPECT_THAT(weights(service({heavy, other, light}, true)), ElementsAre(2, 1));
}

TEST(DnsMembers, of_several_priorities_only_the_first_counts) {
    const auto members = service({{.host = "a.test", .port = 1, .priority = 10},
                                  {.host = "b.test", .port = 1, .priority = 5},
                                  {.host = "c.test", .port = 1, .priority = 5}});

    EXPECT_THAT(names_of(*members), ElementsAre("b.test:1", "c.test:1"));
}

TEST(DnsMembers, a_service_with_a_target_that_cannot_be_is_none) {
    const io::DnsRecord right{.host = "a.test", .port = 1};
    const std::vector<std::pair<io::DnsRecord, const char*>> wrong{
        {{.host = "", .port = 1}, "the service is not available (target \".\")"},
        {{.host = "169.254.169.254", .port = 80},
         "target 169.254.169.254 is an address and no name"},
        {{.host = "127.1", .port = 1}, "target 127.1 is an address and no name"},
        {{.host = "b.test", .port = 0}, "target b.test has port 0"}};
    for (const auto& [record, problem] : wrong) {
        const auto members = service({right, record});

        ASSERT_FALSE(members) << problem;
        EXPECT_EQ(members.error().message, problem);
    }
}

TEST(DnsMembers, lists_are_put_together_with_each_node_once_and_in_one_order) {
    const Members a = *members_at(records({"10.0.0.2", "10.0.0.1"}), 11211);
    const Members b = *members_at(records({"10.0.0.1", "10.0.0.3"}), 11211);

    const auto all = all_members(std::vector{a, b});
    const auto turned = all_members(std::vector{b, a});

    ASSERT_TRUE(all && turned);
    EXPECT_THAT(names_of(all->members), ElementsAre("10.0.0.1", "10.0.0.2", "10.0.0.3"));
    EXPECT_EQ(*all, *turned);
}

TEST(DnsMembers, no_node_at_all_is_no_list) {
    EXPECT_FALSE(all_members(std::vector<Members>{{}, {}}));
}

TEST(DnsMembers, more_nodes_than_a_pool_can_have_are_an_error_that_says_so) {
    std::vector<std::string> hosts;
    for (std::size_t i = 0; i <= base::kPoolNodesMax; ++i) {
        hosts.push_back(fmt::format("10.{}.{}.1", i / 256, i % 256));
    }

    const auto all = all_members(std::vector<Members>{*members_at(records(hosts), 11211)});

    ASSERT_FALSE(all);
    EXPECT_EQ(all.error().message, "4097 nodes are more than a pool can have, 4096");
}

TEST(DnsMembers, who_is_missing_is_lost_and_who_is_new_is_not) {
    const auto list = [](const std::vector<std::string>& hosts) {
        return *all_members(std::vector<Members>{*members_at(records(hosts), 11211)});
    };
    const Members two = list({"10.0.0.1", "10.0.0.2"}).members;

    EXPECT_THAT(lost_members(two, list({"10.0.0.1", "10.0.0.2", "10.0.0.3"})), IsEmpty());
    EXPECT_THAT(names_of(lost_members(two, list({"10.0.0.1"}))), ElementsAre("10.0.0.2"));
    EXPECT_THAT(names_of(lost_members(two, list({"10.0.0.1", "10.0.0.3"}))),
                ElementsAre("10.0.0.2"));
    EXPECT_THAT(names_of(lost_members(two, {})), ElementsAre("10.0.0.1", "10.0.0.2"));
    EXPECT_THAT(lost_members({}, list({"10.0.0.1"})), IsEmpty());
}

TEST(DnsMembers, a_node_is_named_by_records_of_one_type) {
    const auto type_of = [](const std::string& host) {
        return record_type_of({.name = "x", .address = {host, 11211}});
    };

    EXPECT_EQ(type_of("10.0.0.1"), io::RecordType::a);
    EXPECT_EQ(type_of("fd00::1"), io::RecordType::aaaa);
    EXPECT_EQ(type_of("a.test"), io::RecordType::srv);
}

TEST(DnsMembers, members_are_added_once) {
    Members members = *members_at(records({"10.0.0.1"}), 11211);

    add_members(members, *members_at(records({"10.0.0.2", "10.0.0.1", "10.0.0.2"}), 11211));

    EXPECT_THAT(names_of(members), ElementsAre("10.0.0.1", "10.0.0.2"));
}

}  // namespace
}  // namespace ringside::discovery
