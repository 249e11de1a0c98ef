// Rows of the Redis command table: sets, sorted sets, places, streams and scripts.
#pragma once

#include "protocol/redis/rows.h"

#include <array>

namespace ringside::protocol::redis_rows {

// One of each: 0 or 1.
inline constexpr AnswerRule kFlags =
    kElements.of(":", ":#").from(0).up_to(1).by(Remember::argument_count);

inline constexpr auto kSetRows = std::to_array<RedisRow>({
    one_key({"SADD", -3, kWrite}, {kRwInsert, kFast, kArgumentCount, kTwemproxy}, "Adds members."),
    one_key({"SCARD", 2, kRead}, {kRo, kFast, kCount, kTwemproxy}, "The number of members."),
    together({"SDIFF", -2, kRead}, {1, -1, 1}, {kRoAccess, kSlow, kStrings, kTwemproxy},
             "What the first set has and the others have not."),
    together({"SDIFFSTORE", -3, kWrite}, {1, -1, 1},
             {first_then(kOwUpdate, kRoAccess), kSlow, kCount, kTwemproxy},
             "The same, stored in the first key."),
    together({"SINTER", -2, kRead}, {1, -1, 1}, {kRoAccess, kSlow, kStrings, kTwemproxy},
             "What all sets have."),
    counted({"SINTERCARD", -3, kRead}, {1, 0}, {kRoAccess, kSlow, kCount, kNoTwemproxy},
            "How many members all sets have in common."),
    together({"SINTERSTORE", -3, kWrite}, {1, -1, 1},
             {first_then(kRwUpdate, kRoAccess), kSlow, kCount, kTwemproxy},
             "What all sets have, stored in the first key."),
    one_key({"SISMEMBER", 3, kRead}, {kRo, kFast, kFlag, kTwemproxy},
            "Whether a member is in the set."),
    one_key({"SMEMBERS", 2, kRead}, {kRoAccess, kSlow, kStrings, kTwemproxy}, "All members."),
    one_key({"SMISMEMBER", -3, kRead}, {kRoAccess, kFast, kFlags, kTwemproxy},
            "Which of several members are in the set."),
    together({"SMOVE", 4, kWrite}, {1, 2, 1},
             {first_then(kRwAccessDelete, kRwInsert), kFast, kFlag, kTwemproxy},
             "Moves a member to another set."),
    one_key({"SPOP", -2, kWrite}, {kRwAccessDelete, kFast, kStringOrStrings, kTwemproxy},
            "Takes members out at random."),
    one_key({"SRANDMEMBER", -2, kRead}, {kRoAccess, kSlow, kStringOrStrings, kTwemproxy},
            "Members taken at random."),
    one_key({"SREM", -3, kWrite}, {kRwDelete, kFast, kArgumentCount, kTwemproxy},
            "Removes members."),
    one_key({"SSCAN", -3, kRead}, {kRoAccess, kSlow, kCursor, kTwemproxy},
            "Walks through the members."),
    together({"SUNION", -2, kRead}, {1, -1, 1}, {kRoAccess, kSlow, kStrings, kTwemproxy},
             "What any of the sets has."),
    together({"SUNIONSTORE", -3, kWrite}, {1, -1, 1},
             {first_then(kOwUpdate, kRoAccess), kSlow, kCount, kTwemproxy},
             "The same, stored in the first key."),
});

// The new score with INCR.
inline constexpr AnswerRule kAdded =
    AnswerRule(":$", ":,$_").with(Outcome::not_stored).from(0).by(Remember::pair_count);
inline constexpr AnswerRule kScores = kArrayOrNull.of("$", "$,_");
// With the score a pair.
inline constexpr AnswerRule kRank = AnswerRule(":*$", ":*~%_")
                                        .of(":$", ":$,")
                                        .from(0)
                                        .with(Elements::two)
                                        .without_options(":$", ":_");

inline constexpr auto kSortedSetRows = std::to_array<RedisRow>({
    one_key({"ZADD", -4, kWrite}, {kRwUpdate, kFast, kAdded, kTwemproxy},
            "Adds members with scores."),
    one_key({"ZCARD", 2, kRead}, {kRo, kFast, kCount, kTwemproxy}, "The number of members."),
    one_key({"ZCOUNT", 4, kRead}, {kRoAccess, kFast, kCount, kTwemproxy},
            "Counts the members in a range of scores."),
    counted({"ZDIFF", -3, kRead}, {1, 0}, {kRoAccess, kSlow, kScored, kTwemproxy},
            "What the first has and the others have not."),
    counted({"ZDIFFSTORE", -4, kWrite}, {2, 1},
            {first_then(kOwUpdate, kRoAccess), kSlow, kCount, kTwemproxy}, "The same, stored."),
    one_key({"ZINCRBY", 4, kWrite}, {kRwAccessUpdate, kFast, kReal, kTwemproxy},
            "Adds to a member's score."),
    counted({"ZINTER", -3, kRead}, {1, 0}, {kRoAccess, kSlow, kScored, kTwemproxy},
            "What all have."),
    counted({"ZINTERCARD", -3, kRead}, {1, 0}, {kRoAccess, kSlow, kCount, kNoTwemproxy},
            "How many members all have in common."),
    counted({"ZINTERSTORE", -4, kWrite}, {2, 1},
            {first_then(kOwUpdate, kRoAccess), kSlow, kCount, kTwemproxy},
            "What all have, stored."),
    one_key({"ZLEXCOUNT", 4, kRead}, {kRoAccess, kFast, kCount, kTwemproxy},
            "Counts the members in a range of names."),
    counted({"ZMPOP", -4, kWrite}, {1, 0}, {kRwAccessDelete, kSlow, kPopped, kNoTwemproxy},
            "Takes members from the first that has some."),
    one_key({"ZMSCORE", -3, kRead}, {kRoAccess, kFast, kScores, kTwemproxy},
            "The scores of several members."),
    one_key({"ZPOPMAX", -2, kWrite}, {kRwAccessDelete, kFast, kScored, kTwemproxy},
            "Takes out the members with the highest scores."),
    one_key({"ZPOPMIN", -2, kWrite}, {kRwAccessDelete, kFast, kScored, kTwemproxy},
            "Takes out the members with the lowest scores."),
    one_key({"ZRANDMEMBER", -2, kRead}, {kRoAccess, kSlow, kStringOrStrings, kTwemproxy},
            "Members taken at random."),
    one_key({"ZRANGE", -4, kRead}, {kRoAccess, kSlow, kScored, kTwemproxy}, "A range of members."),
    one_key({"ZRANGEBYLEX", -4, kRead}, {kRoAccess, kSlow, kStrings, kTwemproxy},
            "A range of members by name."),
    one_key({"ZRANGEBYSCORE", -4, kRead}, {kRoAccess, kSlow, kScored, kTwemproxy},
            "A range of members by score."),
    together({"ZRANGESTORE", -5, kWrite}, {1, 2, 1},
             {first_then(kOwUpdate, kRoAccess), kSlow, kCount, kTwemproxy},
             "A range of the second, stored in the first."),
    one_key({"ZRANK", -3, kRead}, {kRoAccess, kFast, kRank, kTwemproxy},
            "A member's position from the lowest."),
    one_key({"ZREM", -3, kWrite}, {kRwDelete, kFast, kArgumentCount, kTwemproxy},
            "Removes members."),
    one_key({"ZREMRANGEBYLEX", 4, kWrite}, {kRwDelete, kSlow, kCount, kTwemproxy},
            "Removes a range by name."),
    one_key({"ZREMRANGEBYRANK", 4, kWrite}, {kRwDelete, kSlow, kCount, kTwemproxy},
            "Removes a range by position."),
    one_key({"ZREMRANGEBYSCORE", 4, kWrite}, {kRwDelete, kSlow, kCount, kTwemproxy},
            "Removes a range by score."),
    one_key({"ZREVRANGE", -4, kRead}, {kRoAccess, kSlow, kScored, kTwemproxy},
            "A range of members, highest first."),
    one_key({"ZREVRANGEBYLEX", -4, kRead}, {kRoAccess, kSlow, kStrings, kTwemproxy},
            "A range of members by name, last first."),
    one_key({"ZREVRANGEBYSCORE", -4, kRead}, {kRoAccess, kSlow, kScored, kTwemproxy},
            "A range of members by score, highest first."),
    one_key({"ZREVRANK", -3, kRead}, {kRoAccess, kFast, kRank, kTwemproxy},
            "A member's position from the highest."),
    one_key({"ZSCAN", -3, kRead}, {kRoAccess, kSlow, kCursor, kTwemproxy},
            "Walks through the members."),
    one_key({"ZSCORE", 3, kRead}, {kRoAccess, kFast, kRealOrNull, kTwemproxy}, "A member's score."),
    counted({"ZUNION", -3, kRead}, {1, 0}, {kRoAccess, kSlow, kScored, kTwemproxy},
            "What any of them has."),
    counted({"ZUNIONSTORE", -4, kWrite}, {2, 1},
            {first_then(kOwUpdate, kRoAccess), kSlow, kCount, kTwemproxy}, "The same, stored."),
});

// A number with STORE. Redis before 6 has null for a key that does not exist.
inline constexpr AnswerRule kPlaces = AnswerRule("*:$", "*~%:_").from(0);
inline constexpr AnswerRule kHashes = kArrayOrNull.of("$", "$_");

inline constexpr auto kGeoRows = std::to_array<RedisRow>({
    one_key({"GEOADD", -5, kWrite}, {kRwUpdate, kSlow, kPairCount, kTwemproxy}, "Adds places."),
    one_key({"GEODIST", -4, kRead}, {kRoAccess, kSlow, kRealOrNull, kTwemproxy},
            "The distance between two places."),
    one_key({"GEOHASH", -2, kRead}, {kRoAccess, kSlow, kHashes, kTwemproxy},
            "Places as geohashes."),
    one_key({"GEOPOS", -2, kRead}, {kRoAccess, kSlow, kArrayOrNull, kTwemproxy},
            "Places as coordinates."),
    by_options({"GEORADIUS", -6, kWrite}, KeyRule::stored,
               {first_then(kRoAccess, kOwUpdate), kSlow, kPlaces, kTwemproxy},
               "Places around a point; may store."),
    one_key({"GEORADIUS_RO", -6, kRead}, {kRoAccess, kSlow, kPlaces, kNoTwemproxy},
            "Places around a point."),
    by_options({"GEORADIUSBYMEMBER", -5, kWrite}, KeyRule::stored,
               {first_then(kRoAccess, kOwUpdate), kSlow, kPlaces, kTwemproxy},
               "Places around another; may store."),
    one_key({"GEORADIUSBYMEMBER_RO", -5, kRead}, {kRoAccess, kSlow, kPlaces, kNoTwemproxy},
            "Places around another."),
    one_key({"GEOSEARCH", -7, kRead}, {kRoAccess, kSlow, kPlaces, kTwemproxy},
            "Places within a circle or a box."),
    together({"GEOSEARCHSTORE", -8, kWrite}, {1, 2, 1},
             {first_then(kOwUpdate, kRoAccess), kSlow, kCount, kTwemproxy},
             "The same of the second key, stored."),
});

inline constexpr AnswerRule kEntryId = AnswerRule("$", "$_").with(Outcome::not_stored);
// What was deleted since it was given out is null.
inline constexpr AnswerRule kEntries = kArrayOrNull.of("$*", "$*~%_");

inline constexpr auto kStreamRows = std::to_array<RedisRow>({
    one_key({"XACK", -4, kWrite}, {kRwUpdate, kFast, kArgumentCount, kNoTwemproxy},
            "Marks entries as dealt with."),
    one_key({"XADD", -5, kWrite}, {kRwUpdate, kFast, kEntryId, kNoTwemproxy}, "Adds an entry."),
    one_key({"XAUTOCLAIM", -6, kWrite}, {kRwDelete, kFast, kArray, kNoTwemproxy},
            "Takes over entries that wait too long."),
    one_key({"XCLAIM", -6, kWrite}, {kRwUpdate, kFast, kArray, kNoTwemproxy},
            "Takes over entries."),
    one_key({"XDEL", -3, kWrite}, {kRwDelete, kFast, kArgumentCount, kNoTwemproxy},
            "Removes entries."),
    container("XGROUP"),
    one_key({"XGROUP CREATE", -5, kWrite}, {kRwInsert, kSlow, kOk, kNoTwemproxy},
            "Creates a consumer group."),
    one_key({"XGROUP CREATECONSUMER", 5, kWrite}, {kRwInsert, kSlow, kFlag, kNoTwemproxy},
            "Creates a consumer."),
    one_key({"XGROUP DELCONSUMER", 5, kWrite}, {kRwDelete, kSlow, kCount, kNoTwemproxy},
            "Removes a consumer."),
    one_key({"XGROUP DESTROY", 4, kWrite}, {kRwDelete, kSlow, kFlag, kNoTwemproxy},
            "Removes a consumer group."),
    one_key({"XGROUP SETID", -5, kWrite}, {kRwUpdate, kSlow, kOk, kNoTwemproxy},
            "Sets what a group was given last."),
    help("XGROUP HELP", kSlow),
    container("XINFO"),
    one_key({"XINFO CONSUMERS", 4, kRead}, {kRoAccess, kSlow, kArray, kNoTwemproxy},
            "The consumers of a group."),
    one_key({"XINFO GROUPS", 3, kRead}, {kRoAccess, kSlow, kArray, kNoTwemproxy},
            "The groups of a stream."),
    one_key({"XINFO STREAM", -3, kRead}, {kRoAccess, kSlow, kArray, kNoTwemproxy},
            "What Redis knows of a stream."),
    help("XINFO HELP", kSlow),
    one_key({"XLEN", 2, kRead}, {kRo, kFast, kCount, kNoTwemproxy}, "The number of entries."),
    one_key({"XPENDING", -3, kRead}, {kRoAccess, kSlow, kArray, kNoTwemproxy},
            "Entries that were given out and not acknowledged."),
    one_key({"XRANGE", -4, kRead}, {kRoAccess, kSlow, kArray, kNoTwemproxy}, "A range of entries."),
    by_options({"XREAD", -4, kRead}, KeyRule::streams,
               {kRoAccess, slow_with("blocking"), kEntries, kNoTwemproxy},
               "New entries; not with BLOCK."),
    by_options({"XREADGROUP", -7, kWrite}, KeyRule::streams,
               {kRoAccess, slow_with("blocking"), kEntries, kNoTwemproxy},
               "New entries for a consumer; not with BLOCK."),
    one_key({"XREVRANGE", -4, kRead}, {kRoAccess, kSlow, kArray, kNoTwemproxy},
            "A range of entries, last first."),
    one_key({"XSETID", -3, kWrite}, {kRwUpdate, kFast, kOk, kNoTwemproxy},
            "Sets a stream's last ID."),
    one_key({"XTRIM", -4, kWrite}, {kRwDelete, kSlow, kCount, kNoTwemproxy},
            "Removes old entries."),
});

// Routed by their keys, of which there must be one. A script can reach only what its node has.
inline constexpr auto kScriptRows = std::to_array<RedisRow>({
    script("EVAL", kWrite, {kRwAccessUpdate, slow_only("scripting"), kAny, kTwemproxy},
           "Runs a script."),
    script("EVALSHA", kWrite, {kRwAccessUpdate, slow_only("scripting"), kAny, kTwemproxy},
           "Runs a script that the node has; else -NOSCRIPT."),
    script("EVALSHA_RO", kRead, {kRoAccess, slow_only("scripting"), kAny, kNoTwemproxy},
           "The same for a script that only reads."),
    script("EVAL_RO", kRead, {kRoAccess, slow_only("scripting"), kAny, kNoTwemproxy},
           "Runs a script that only reads."),
    script("FCALL", kWrite, {kRwAccessUpdate, slow_only("scripting"), kAny, kNoTwemproxy},
           "Calls a function that the node has."),
    script("FCALL_RO", kRead, {kRoAccess, slow_only("scripting"), kAny, kNoTwemproxy},
           "Calls a function that only reads."),
    container("SCRIPT"),
    every_node({"SCRIPT EXISTS", -3, kRead}, {Merge::each, Permission::always},
               {kNoKeys, slow_only("scripting"), kFlags, kNoTwemproxy},
               "Which of some scripts every node has."),
    every_node({"SCRIPT FLUSH", -2, kWrite}, {Merge::all_ok, Permission::flush_all},
               {kNoKeys, slow_only("scripting"), kOk, kNoTwemproxy},
               "Forgets all scripts. Only with `flush_all: true` in the pool; refused otherwise."),
    help("SCRIPT HELP", slow_only("scripting")),
    every_node({"SCRIPT LOAD", 3, kWrite}, {Merge::any, Permission::always},
               {kNoKeys, slow_only("scripting"), kString, kNoTwemproxy},
               "Gives a script to all nodes; the others say -NOSCRIPT to its EVALSHA."),
});

}  // namespace ringside::protocol::redis_rows
