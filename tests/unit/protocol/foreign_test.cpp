#include "protocol/foreign.h"

#include <gtest/gtest.h>

namespace ringside::protocol {
namespace {

TEST(Foreign, the_first_bytes_tell) {
    EXPECT_EQ(foreign_prefix_bytes("GET / HTTP/1.1\r\n"), 5U);
    EXPECT_EQ(foreign_prefix_bytes("Host: a"), 5U);
    EXPECT_EQ(foreign_prefix_bytes("\x16\x03\x01"), 2U);
    EXPECT_EQ(foreign_prefix_bytes("\x80"), 1U);
}

TEST(Foreign, a_part_of_a_signature_and_our_own_protocols_are_not_foreign) {
    for (const std::string_view bytes :
         {"", "G", "GET", "GET a", "get /", "set a", "*1\r\n", "\x16", "\x81", "PING"}) {
        EXPECT_EQ(foreign_prefix_bytes(bytes), 0U) << bytes;
    }
}

}  // namespace
}  // namespace ringside::protocol
