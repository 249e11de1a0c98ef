#include "protocol/redis/commands.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace ringside::protocol {
namespace {

// What nutcracker 0.5.0 takes for a command (nc_redis.c, redis_parse_req).
constexpr std::string_view kTwemproxyWords =
    "APPEND AUTH BITCOUNT BITFIELD BITPOS COMMAND COPY DECR DECRBY DEL DUMP EVAL EVALSHA "
    "EXISTS EXPIRE EXPIREAT GEOADD GEODIST GEOHASH GEOPOS GEORADIUS GEORADIUSBYMEMBER "
    "GEOSEARCH GEOSEARCHSTORE GET GETBIT GETDEL GETEX GETRANGE GETSET HDEL HEXISTS HGET "
    "HGETALL HINCRBY HINCRBYFLOAT HKEYS HLEN HMGET HMSET HRANDFIELD HSCAN HSET HSETNX "
    "HSTRLEN HVALS INCR INCRBY INCRBYFLOAT LINDEX LINSERT LLEN LMOVE LOLWUT LPOP LPOS "
    "LPUSH LPUSHX LRANGE LREM LSET LTRIM MGET MOVE MSET PERSIST PEXPIRE PEXPIREAT PFADD "
    "PFCOUNT PFMERGE PING PSETEX PTTL QUIT RESTORE RPOP RPOPLPUSH RPUSH RPUSHX SADD SCARD "
    "SDIFF SDIFFSTORE SET SETBIT SETEX SETNX SETRANGE SINTER SINTERSTORE SISMEMBER "
    "SMEMBERS SMISMEMBER SMOVE SORT SPOP SRANDMEMBER SREM SSCAN STRLEN SUNION SUNIONSTORE "
    "TOUCH TTL TYPE UNLINK ZADD ZCARD ZCOUNT ZDIFF ZDIFFSTORE ZINCRBY ZINTER ZINTERSTORE "
    "ZLEXCOUNT ZMSCORE ZPOPMAX ZPOPMIN ZRANDMEMBER ZRANGE ZRANGEBYLEX ZRANGEBYSCORE "
    "ZRANGESTORE ZRANK ZREM ZREMRANGEBYLEX ZREMRANGEBYRANK ZREMRANGEBYSCORE ZREVRANGE "
    "ZREVRANGEBYLEX ZREVRANGEBYSCORE ZREVRANK ZSCAN ZSCORE ZUNION ZUNIONSTORE";

// What every row must be is asserted in commands.cpp.
TEST(RedisCommands, all_137_words_of_twemproxy_have_a_row_that_says_so) {
    std::set<std::string_view> marked;
    for (const RedisRow& command : kRedisCommands) {
        if (command.in_twemproxy) {
            marked.insert(command.name);
        }
    }

    std::set<std::string_view> words;
    std::string_view rest = kTwemproxyWords;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(' '), rest.size());
        words.insert(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    EXPECT_EQ(words.size(), 137U);
    EXPECT_EQ(marked, words);
}

TEST(RedisCommands, only_the_parts_of_pfcount_are_another_command) {
    for (const RedisRow& command : kRedisCommands) {
        const std::string_view part = command.name == "PFCOUNT" ? "GET" : command.name;
        EXPECT_EQ(part_of(command).name, part);
        EXPECT_EQ(&part_of(command), kRedisIndex.find(part));
    }
}

TEST(RedisCommands, a_subcommand_is_a_word_of_its_own) {
    const auto find = [](std::string_view bytes, std::vector<Slice> words) {
        const RedisRow* command = find_redis_command(words, bytes);
        return command == nullptr ? std::string_view("nothing") : command->name;
    };

    EXPECT_EQ(find("object encoding", {{0, 6}, {7, 8}}), "OBJECT ENCODING");
    EXPECT_EQ(find("object", {{0, 6}}), "OBJECT");
    EXPECT_EQ(find("object nonsense", {{0, 6}, {7, 8}}), "OBJECT");
    EXPECT_EQ(find("get encoding", {{0, 3}, {4, 8}}), "GET");
    EXPECT_EQ(find("object encoding", {{0, 15}}), "nothing");
    EXPECT_EQ(find("nothing encoding", {{0, 7}, {8, 8}}), "nothing");
}

}  // namespace
}  // namespace ringside::protocol
