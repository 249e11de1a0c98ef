// The Redis commands that the proxy knows: their table, and how a request finds its row in it.
//
// Arity and key positions are those of Redis 7 (COMMAND INFO); adding a command that one node can
// answer is adding a row. A command without a row is answered as Redis answers what it does not
// know.
#pragma once

#include "protocol/command_index.h"
#include "protocol/framing.h"
#include "protocol/redis/rows_collections.h"
#include "protocol/redis/rows_local.h"
#include "protocol/redis/rows_values.h"

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace ringside::protocol {
namespace redis_rows {

// What nutcracker 0.5.0 takes for a command (nc_redis.c, redis_parse_req), each between blanks.
inline constexpr std::string_view kTwemproxyWords =
    " APPEND AUTH BITCOUNT BITFIELD BITPOS COMMAND COPY DECR DECRBY DEL DUMP EVAL EVALSHA "
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
    "ZREVRANGEBYLEX ZREVRANGEBYSCORE ZREVRANK ZSCAN ZSCORE ZUNION ZUNIONSTORE ";

// Where nutcracker 0.5.0 takes fewer words than Redis 7 does (nc_redis.c, redis_arg0 ...
// redis_argz).
struct WordsMax {
    std::string_view name;
    std::int32_t words_max;
};
inline constexpr std::array<WordsMax, 8> kTwemproxyWordsMax{{
    {"AUTH", 2},
    {"COMMAND", 1},
    {"EXPIRE", 3},
    {"EXPIREAT", 3},
    {"MOVE", 0},  // known, and never let through
    {"PEXPIRE", 3},
    {"PEXPIREAT", 3},
    {"PING", 1},
}};

constexpr std::int32_t words_max_in_twemproxy(std::string_view name) {
    for (const WordsMax& each : kTwemproxyWordsMax) {
        if (each.name == name) {
            return each.words_max;
        }
    }
    return -1;
}

template <std::size_t kRows>
struct Family {
    std::string_view name;
    const std::array<RedisRow, kRows>& rows;
};
// For clang 14, the fuzzers' compiler: it does not deduce the arguments of an aggregate (P1816).
template <std::size_t kRows>
Family(std::string_view, const std::array<RedisRow, kRows>&) -> Family<kRows>;

template <std::size_t... kRows>
constexpr auto table_of(const Family<kRows>&... families) {
    std::array<RedisRow, (kRows + ...)> table{};
    std::size_t next = 0;
    const auto add = [&table, &next](const auto& family) {
        for (const RedisRow& each : family.rows) {
            table[next] = each;
            table[next].family = family.name;
            table[next].in_twemproxy = is_word_among(kTwemproxyWords, ' ', each.name);
            table[next].twemproxy_words_max = words_max_in_twemproxy(each.name);
            ++next;
        }
    };
    (add(families), ...);
    return table;
}

}  // namespace redis_rows

inline constexpr auto kRedisCommands =
    redis_rows::table_of(redis_rows::Family{"keys", redis_rows::kKeyRows},
                         redis_rows::Family{"strings", redis_rows::kStringRows},
                         redis_rows::Family{"bitmaps", redis_rows::kBitmapRows},
                         redis_rows::Family{"HyperLogLogs", redis_rows::kHyperloglogRows},
                         redis_rows::Family{"hashes", redis_rows::kHashRows},
                         redis_rows::Family{"lists", redis_rows::kListRows},
                         redis_rows::Family{"sets", redis_rows::kSetRows},
                         redis_rows::Family{"sorted sets", redis_rows::kSortedSetRows},
                         redis_rows::Family{"places", redis_rows::kGeoRows},
                         redis_rows::Family{"streams", redis_rows::kStreamRows},
                         redis_rows::Family{"scripts", redis_rows::kScriptRows},
                         redis_rows::Family{"connection", redis_rows::kConnectionRows},
                         redis_rows::Family{"server", redis_rows::kServerRows},
                         redis_rows::Family{"refused", redis_rows::kRefusedRows});

inline constexpr CommandIndex<RedisRow, kRedisCommands.size(), NameCase::ignored> kRedisIndex(
    kRedisCommands);

constexpr RedisCommand redis_id(const CommandSpec& command) noexcept {
    return redis_row(command).id;
}

// The row of a request. With an unknown subcommand it is the row of the command that has it, which
// has_subcommands; null if the command itself is unknown.
// Requires: at least one word.
const RedisRow* find_redis_command(std::span<const Slice> words, std::string_view bytes) noexcept;

// True if the request has more or fewer words than its command allows.
constexpr bool has_wrong_arity(const RedisRow& command, std::size_t words) noexcept {
    const auto count = static_cast<std::int32_t>(words);
    const bool whole_steps =
        command.key_step <= 1 || (count - command.first_key) % command.key_step == 0;
    return count < command.words_min || (command.words_max >= 0 && count > command.words_max) ||
           !whole_steps;
}

// The name as Redis's errors write it: "object|encoding".
void append_redis_name(const RedisRow& command, std::string& out);

}  // namespace ringside::protocol
