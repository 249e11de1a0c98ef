#include "protocol/redis/key_uses.h"

#include "protocol/redis/codec.h"
#include "unit/protocol/chunked.h"

#include <gtest/gtest.h>

#include <string>

namespace ringside::protocol {
namespace {

// "first; others"
std::string use_of(std::string_view line) {
    const std::string bytes = std::string(line) + "\r\n";
    const testing::Request request = testing::frame_request(redis(), bytes);
    EXPECT_TRUE(request.complete()) << line;
    const KeyUse use = find_key_use(redis_row(*request.frame.command), request.frame.text(bytes),
                                    request.frame.words);
    return std::string(use.first) + "; " + std::string(use.others);
}

// All are compared with a redis-server in tests/integration/redis_differential_test.cpp.
TEST(RedisKeyUses, are_those_of_redis) {
    EXPECT_EQ(use_of("GET a"), "RO access; RO access");
    EXPECT_EQ(use_of("DEL a b"), "RM delete; RM delete");
    EXPECT_EQ(use_of("COPY a b"), "RO access; OW update");
    EXPECT_EQ(use_of("ZUNIONSTORE d 1 a"), "OW update; RO access");
    EXPECT_EQ(use_of("OBJECT ENCODING a"), "RO; RO");
    EXPECT_EQ(use_of("EVAL script 1 a"), "RW access update; RW access update");
}

TEST(RedisKeyUses, depend_on_options_of_set_and_bitfield) {
    EXPECT_EQ(use_of("SET a get"), "OW update; ");
    EXPECT_EQ(use_of("SET a b EX 5 get"), "RW access update; ");
    EXPECT_EQ(use_of("BITFIELD a"), "RO access; ");
    EXPECT_EQ(use_of("BITFIELD a GET u8 0"), "RO access; ");
    EXPECT_EQ(use_of("BITFIELD a GET u8 0 incrby u8 0 1"), "RW access update; ");
}

}  // namespace
}  // namespace ringside::protocol
