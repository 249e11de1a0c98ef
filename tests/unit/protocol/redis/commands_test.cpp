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

bool has_keys(const RedisRow& command) {
    return command.first_key != 0 || command.key_rule != KeyRule::range;
}

TEST(RedisCommands, every_name_has_one_row) {
    std::set<std::string_view> names;
    for (const RedisRow& command : kRedisCommands) {
        EXPECT_TRUE(names.insert(command.name).second) << command.name;
        EXPECT_EQ(kRedisIndex.find(command.name), &command) << command.name;
    }
}

TEST(RedisCommands, every_row_has_a_document_and_keys_where_its_route_needs_them) {
    for (const RedisRow& command : kRedisCommands) {
        EXPECT_FALSE(command.doc.empty()) << command.name;
        EXPECT_FALSE(command.family.empty()) << command.name;
        switch (command.route) {
            case Route::by_key:
            case Route::by_each_key:
            case Route::same_node:
                EXPECT_TRUE(has_keys(command)) << command.name;
                EXPECT_GT(command.words_min, command.first_key) << command.name;
                break;
            case Route::every_node:
            case Route::any_node:
            case Route::local:
            case Route::refused:
                EXPECT_FALSE(has_keys(command)) << command.name;
                break;
        }
    }
}

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

TEST(RedisCommands, the_parts_of_a_split_request_have_a_merge) {
    for (const RedisRow& command : kRedisCommands) {
        EXPECT_EQ(command.merge != Merge::none, command.route == Route::by_each_key)
            << command.name;
    }
}

TEST(RedisCommands, every_subcommand_has_a_row_for_what_it_belongs_to) {
    for (const RedisRow& command : kRedisCommands) {
        const std::size_t blank = command.name.find(' ');
        if (blank != std::string_view::npos) {
            const RedisRow* container = kRedisIndex.find(command.name.substr(0, blank));
            ASSERT_NE(container, nullptr) << command.name;
            EXPECT_TRUE(container->has_subcommands) << command.name;
        }
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
