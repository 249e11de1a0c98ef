// Rows of the Redis command table: sets, sorted sets, places, streams and scripts.
#pragma once

#include "protocol/redis/rows.h"

#include <array>

namespace ringside::protocol::redis_rows {

inline constexpr auto kSetRows = std::to_array<RedisRow>({
    one_key("SADD", -3, kWrite, "Adds members."),
    one_key("SCARD", 2, kRead, "The number of members."),
    together({1, -1}, "SDIFF", -2, kRead, "What the first set has and the others have not."),
    together({1, -1}, "SDIFFSTORE", -3, kWrite, "The same, stored in the first key."),
    together({1, -1}, "SINTER", -2, kRead, "What all sets have."),
    counted({1}, "SINTERCARD", -3, kRead, "How many members all sets have in common."),
    together({1, -1}, "SINTERSTORE", -3, kWrite, "What all sets have, stored in the first key."),
    one_key("SISMEMBER", 3, kRead, "Whether a member is in the set."),
    one_key("SMEMBERS", 2, kRead, "All members."),
    one_key("SMISMEMBER", -3, kRead, "Which of several members are in the set."),
    together({1, 2}, "SMOVE", 4, kWrite, "Moves a member to another set."),
    one_key("SPOP", -2, kWrite, "Takes members out at random."),
    one_key("SRANDMEMBER", -2, kRead, "Members taken at random."),
    one_key("SREM", -3, kWrite, "Removes members."),
    one_key("SSCAN", -3, kRead, "Walks through the members."),
    together({1, -1}, "SUNION", -2, kRead, "What any of the sets has."),
    together({1, -1}, "SUNIONSTORE", -3, kWrite, "The same, stored in the first key."),
});

inline constexpr auto kSortedSetRows = std::to_array<RedisRow>({
    one_key("ZADD", -4, kWrite, "Adds members with scores."),
    one_key("ZCARD", 2, kRead, "The number of members."),
    one_key("ZCOUNT", 4, kRead, "Counts the members in a range of scores."),
    counted({1}, "ZDIFF", -3, kRead, "What the first has and the others have not."),
    counted({2, 1}, "ZDIFFSTORE", -4, kWrite, "The same, stored."),
    one_key("ZINCRBY", 4, kWrite, "Adds to a member's score."),
    counted({1}, "ZINTER", -3, kRead, "What all have."),
    counted({1}, "ZINTERCARD", -3, kRead, "How many members all have in common."),
    counted({2, 1}, "ZINTERSTORE", -4, kWrite, "What all have, stored."),
    one_key("ZLEXCOUNT", 4, kRead, "Counts the members in a range of names."),
    counted({1}, "ZMPOP", -4, kWrite, "Takes members from the first that has some."),
    one_key("ZMSCORE", -3, kRead, "The scores of several members."),
    one_key("ZPOPMAX", -2, kWrite, "Takes out the members with the highest scores."),
    one_key("ZPOPMIN", -2, kWrite, "Takes out the members with the lowest scores."),
    one_key("ZRANDMEMBER", -2, kRead, "Members taken at random."),
    one_key("ZRANGE", -4, kRead, "A range of members."),
    one_key("ZRANGEBYLEX", -4, kRead, "A range of members by name."),
    one_key("ZRANGEBYSCORE", -4, kRead, "A range of members by score."),
    together({1, 2}, "ZRANGESTORE", -5, kWrite, "A range of the second, stored in the first."),
    one_key("ZRANK", -3, kRead, "A member's position from the lowest."),
    one_key("ZREM", -3, kWrite, "Removes members."),
    one_key("ZREMRANGEBYLEX", 4, kWrite, "Removes a range by name."),
    one_key("ZREMRANGEBYRANK", 4, kWrite, "Removes a range by position."),
    one_key("ZREMRANGEBYSCORE", 4, kWrite, "Removes a range by score."),
    one_key("ZREVRANGE", -4, kRead, "A range of members, highest first."),
    one_key("ZREVRANGEBYLEX", -4, kRead, "A range of members by name, last first."),
    one_key("ZREVRANGEBYSCORE", -4, kRead, "A range of members by score, highest first."),
    one_key("ZREVRANK", -3, kRead, "A member's position from the highest."),
    one_key("ZSCAN", -3, kRead, "Walks through the members."),
    one_key("ZSCORE", 3, kRead, "A member's score."),
    counted({1}, "ZUNION", -3, kRead, "What any of them has."),
    counted({2, 1}, "ZUNIONSTORE", -4, kWrite, "The same, stored."),
});

inline constexpr auto kGeoRows = std::to_array<RedisRow>({
    one_key("GEOADD", -5, kWrite, "Adds places."),
    one_key("GEODIST", -4, kRead, "The distance between two places."),
    one_key("GEOHASH", -2, kRead, "Places as geohashes."),
    one_key("GEOPOS", -2, kRead, "Places as coordinates."),
    by_options(KeyRule::stored, "GEORADIUS", -6, kWrite, "Places around a point; may store."),
    one_key("GEORADIUS_RO", -6, kRead, "Places around a point."),
    by_options(KeyRule::stored, "GEORADIUSBYMEMBER", -5, kWrite,
               "Places around another; may store."),
    one_key("GEORADIUSBYMEMBER_RO", -5, kRead, "Places around another."),
    one_key("GEOSEARCH", -7, kRead, "Places within a circle or a box."),
    together({1, 2}, "GEOSEARCHSTORE", -8, kWrite, "The same of the second key, stored."),
});

inline constexpr auto kStreamRows = std::to_array<RedisRow>({
    one_key("XACK", -4, kWrite, "Marks entries as dealt with."),
    one_key("XADD", -5, kWrite, "Adds an entry."),
    one_key("XAUTOCLAIM", -6, kWrite, "Takes over entries that wait too long."),
    one_key("XCLAIM", -6, kWrite, "Takes over entries."),
    one_key("XDEL", -3, kWrite, "Removes entries."),
    container("XGROUP"),
    one_key("XGROUP CREATE", -5, kWrite, "Creates a consumer group."),
    one_key("XGROUP CREATECONSUMER", 5, kWrite, "Creates a consumer."),
    one_key("XGROUP DELCONSUMER", 5, kWrite, "Removes a consumer."),
    one_key("XGROUP DESTROY", 4, kWrite, "Removes a consumer group."),
    one_key("XGROUP SETID", -5, kWrite, "Sets what a group was given last."),
    help("XGROUP HELP"),
    container("XINFO"),
    one_key("XINFO CONSUMERS", 4, kRead, "The consumers of a group."),
    one_key("XINFO GROUPS", 3, kRead, "The groups of a stream."),
    one_key("XINFO STREAM", -3, kRead, "What Redis knows of a stream."),
    help("XINFO HELP"),
    one_key("XLEN", 2, kRead, "The number of entries."),
    one_key("XPENDING", -3, kRead, "Entries that were given out and not acknowledged."),
    one_key("XRANGE", -4, kRead, "A range of entries."),
    by_options(KeyRule::streams, "XREAD", -4, kRead, "New entries; not with BLOCK."),
    by_options(KeyRule::streams, "XREADGROUP", -7, kWrite,
               "New entries for a consumer; not with BLOCK."),
    one_key("XREVRANGE", -4, kRead, "A range of entries, last first."),
    one_key("XSETID", -3, kWrite, "Sets a stream's last ID."),
    one_key("XTRIM", -4, kWrite, "Removes old entries."),
});

// Routed by their keys, of which there must be one. A script can reach only what its node has.
inline constexpr auto kScriptRows = std::to_array<RedisRow>({
    script("EVAL", kWrite, "Runs a script."),
    script("EVALSHA", kWrite, "Runs a script that the node has; else -NOSCRIPT."),
    script("EVALSHA_RO", kRead, "The same for a script that only reads."),
    script("EVAL_RO", kRead, "Runs a script that only reads."),
    script("FCALL", kWrite, "Calls a function that the node has."),
    script("FCALL_RO", kRead, "Calls a function that only reads."),
});

}  // namespace ringside::protocol::redis_rows
