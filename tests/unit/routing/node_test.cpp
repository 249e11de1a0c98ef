#include "routing/node.h"

#include <gtest/gtest.h>

namespace ringside::routing {
namespace {

TEST(Node, an_address_is_printed_so_that_it_can_be_read_back) {
    EXPECT_EQ(to_string(Address{"10.0.0.1", 11211}), "10.0.0.1:11211");
    EXPECT_EQ(to_string(Address{"::1", 22101}), "[::1]:22101");
    EXPECT_EQ(to_string(Address{"cache-0.example", 1}), "cache-0.example:1");
    EXPECT_EQ(to_string(Address{"/run/memcached.sock", 0}), "/run/memcached.sock");
}

TEST(Node, the_default_ring_name_leaves_out_memcacheds_port) {
    EXPECT_EQ(default_ring_name({"10.0.0.1", 11211}), "10.0.0.1");
    EXPECT_EQ(default_ring_name({"10.0.0.1", 11212}), "10.0.0.1:11212");
    EXPECT_EQ(default_ring_name({"cache-0.example", 11211}), "cache-0.example");
}

TEST(Node, the_default_ring_name_has_no_brackets_and_a_socket_keeps_its_colon) {
    EXPECT_EQ(default_ring_name({"::1", 21205}), "::1:21205");
    EXPECT_EQ(default_ring_name({"::1", 11211}), "::1");
    EXPECT_EQ(default_ring_name({"/run/memcached.sock", 0}), "/run/memcached.sock:");
}

TEST(Node, ring_names_order_by_length_and_then_bytewise) {
    EXPECT_TRUE(ring_name_less("b", "aa"));
    EXPECT_FALSE(ring_name_less("aa", "b"));
    EXPECT_TRUE(ring_name_less("alpha9", "alpha10"));
    EXPECT_TRUE(ring_name_less("aa", "ab"));
    EXPECT_FALSE(ring_name_less("ab", "ab"));
    EXPECT_TRUE(ring_name_less("", "a"));
    EXPECT_TRUE(ring_name_less("a", "\xc3"));  // as unsigned bytes
}

}  // namespace
}  // namespace ringside::routing
