#include "discovery/node_address.h"

#include <gtest/gtest.h>

#include <string>

namespace ringside::discovery {
namespace {

TEST(NodeAddress, hosts_are_names_or_addresses) {
    for (const char* text : {"a", "cache-0.example.com", "under_score", "10.0.0.1", "::1"}) {
        EXPECT_TRUE(is_host_text(text)) << text;
    }
    for (const char* text : {"", "/run/x.sock", "a b", "a:1", "[::1]", "a\r\n", "h\xc3\xb6st"}) {
        EXPECT_FALSE(is_host_text(text)) << text;
    }
}

TEST(NodeAddress, a_host_name_has_at_most_253_bytes) {
    EXPECT_TRUE(is_host_text(std::string(253, 'a')));
    EXPECT_FALSE(is_host_text(std::string(254, 'a')));
}

TEST(NodeAddress, addresses_are_read_whole) {
    for (const char* text :
         {"10.0.0.1", "255.255.255.255", "::", "2001:db8::1", "::ffff:1.2.3.4"}) {
        EXPECT_TRUE(is_ip_text(text)) << text;
    }
    for (const char* text : {"", "10.0.0", "10.0.0.256", "10.0.0.1 ", "[::1]", "fe80::1%eth0"}) {
        EXPECT_FALSE(is_ip_text(text)) << text;
    }
    EXPECT_FALSE(is_ip_text(std::string_view("1.2.3.4\0", 8)));
    EXPECT_FALSE(is_ip_text(std::string(1000, '1')));
}

TEST(NodeAddress, no_node_has_an_address_that_is_not_one_machine) {
    for (const char* text :
         {"0.0.0.0", "0.1.2.3", "169.254.169.254", "169.254.0.1", "224.0.0.1", "239.1.1.1",
          "255.255.255.255", "::", "ff02::1", "fe80::1", "febf::1", "fd00:ec2::254",
          "::ffff:169.254.169.254", "::169.254.169.254", "::ffff:0.0.0.0",
          // as connect() reads them
          "0", "0xa9fea9fe", "2852039166", "169.254.43518", "0251.0376.0251.0376", "fe80::1%lo",
          "ff02::1%eth0", "::ffff:169.254.169.254%lo"}) {
        EXPECT_TRUE(is_forbidden_ip(text)) << text;
    }
}

TEST(NodeAddress, ordinary_private_and_loopback_addresses_are_allowed) {
    for (const char* text : {"127.0.0.1", "10.0.0.1", "192.168.1.1", "172.31.0.1", "8.8.8.8", "::1",
                             "fd00::1", "2001:db8::1", "::ffff:10.0.0.1", "cache.example"}) {
        EXPECT_FALSE(is_forbidden_ip(text)) << text;
    }
}

}  // namespace
}  // namespace ringside::discovery
