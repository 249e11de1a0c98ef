#include "io/host_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ringside::io {
namespace {

using testing::ElementsAre;

TEST(HostNames, localhost_is_that_name_and_all_below_it) {
    for (const char* name : {"localhost", "localhost.", "a.b.localhost", "a.localhost."}) {
        EXPECT_TRUE(is_localhost(name)) << name;
    }
    for (const char* name : {"alocalhost", "localhost.test", "localhost4"}) {
        EXPECT_FALSE(is_localhost(name)) << name;
    }
}

TEST(HostNames, some_top_level_names_are_never_in_dns) {
    for (const char* name : {"a.invalid", "a.b.invalid.", "a.onion"}) {
        EXPECT_TRUE(is_never_in_dns(name)) << name;
    }
    for (const char* name : {"invalid", "a.test", "onion.test"}) {
        EXPECT_FALSE(is_never_in_dns(name)) << name;
    }
}

TEST(HostNames, a_name_with_few_dots_is_tried_below_the_search_domains_first) {
    const std::vector<std::string> domains{"ns.svc.cluster.local", "svc.cluster.local."};

    EXPECT_THAT(full_names("cache", domains, 1),
                ElementsAre("cache.ns.svc.cluster.local", "cache.svc.cluster.local", "cache"));
    EXPECT_THAT(full_names("a.b", domains, 5),
                ElementsAre("a.b.ns.svc.cluster.local", "a.b.svc.cluster.local", "a.b"));
    EXPECT_THAT(full_names("a.b", domains, 1),
                ElementsAre("a.b", "a.b.ns.svc.cluster.local", "a.b.svc.cluster.local"));
}

TEST(HostNames, a_name_with_a_dot_at_its_end_is_tried_as_it_is) {
    EXPECT_THAT(full_names("cache.", {"test"}, 5), ElementsAre("cache."));
    EXPECT_THAT(full_names("cache", {}, 5), ElementsAre("cache"));
}

TEST(HostNames, search_domains_that_make_no_name_are_left_out) {
    const std::string longest(63, 'a');
    const std::string name = longest + "." + longest + "." + longest;

    EXPECT_THAT(full_names(name, {longest, ".", "", "b c", "ok"}, 5),
                ElementsAre(name + ".ok", name));
    EXPECT_EQ(full_names("a", std::vector<std::string>(1000, "b"), 1).size(), 17U);
}

TEST(HostNames, addresses_where_no_node_can_be_are_not_usable) {
    for (const char* ip : {"10.0.0.1", "127.0.0.1", "169.254.20.10", "::1", "fe80::1", "fd00::1"}) {
        EXPECT_TRUE(is_usable_ip(ip)) << ip;
    }
    for (const char* ip :
         {"0.0.0.0", "224.0.0.1", "255.255.255.255", "::", "ff02::1", "name", ""}) {
        EXPECT_FALSE(is_usable_ip(ip)) << ip;
    }
}

TEST(HostNames, addresses_without_a_route_come_last_and_each_once) {
    // The kernel connects nobody to the broadcast address by itself. The order of equals stays.
    std::vector<std::string> ips{"255.255.255.255", "127.0.0.2", "127.0.0.1", "127.0.0.2"};

    sort_for_use(ips);

    EXPECT_THAT(ips, ElementsAre("127.0.0.2", "127.0.0.1", "255.255.255.255"));
}

}  // namespace
}  // namespace ringside::io
