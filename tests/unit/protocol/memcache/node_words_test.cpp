#include "protocol/protocol.h"

#include <gtest/gtest.h>

namespace ringside::protocol {
namespace {

TEST(MemcacheNodeWords, are_those_of_a_whole_error_line_at_the_beginning) {
    const NodeCodec& codec = memcached().node();

    EXPECT_EQ(codec.error_words("ERROR Too many open connections\r\n"),
              "ERROR Too many open connections");
    EXPECT_EQ(codec.error_words("SERVER_ERROR out of memory\r\nEND\r\n"),
              "SERVER_ERROR out of memory");
    EXPECT_EQ(codec.error_words("ERROR Too many open"), "");
    EXPECT_EQ(codec.error_words("VALUE k 0 7\r\nERROR\r\n\r\nEND\r\n"), "");
}

TEST(MemcacheNodeWords, say_nothing_of_the_node) {
    EXPECT_EQ(memcached().node().fitness("SERVER_ERROR out of memory"), NodeFitness::unclear);
}

}  // namespace
}  // namespace ringside::protocol
