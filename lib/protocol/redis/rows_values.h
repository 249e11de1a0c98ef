// Rows of the Redis command table: keys, strings, bitmaps, HyperLogLogs, hashes and lists.
#pragma once

#include "protocol/redis/rows.h"

#include <array>

namespace ringside::protocol::redis_rows {

inline constexpr auto kKeyRows = std::to_array<RedisRow>({
    each_key({"DEL", -2, kWrite}, Merge::sum, {kRmDelete, kSlow, kTwemproxy}, "Removes keys."),
    each_key({"UNLINK", -2, kWrite}, Merge::sum, {kRmDelete, kFast, kTwemproxy},
             "Removes keys; their memory is freed later."),
    each_key({"EXISTS", -2, kRead}, Merge::sum, {kRo, kFast, kTwemproxy},
             "Counts which of the keys exist."),
    each_key({"TOUCH", -2, kRead}, Merge::sum, {kRo, kFast, kTwemproxy},
             "Counts the keys and marks them as used."),
    one_key({"TYPE", 2, kRead}, {kRo, kFast, kTwemproxy}, "What kind of value a key has."),
    one_key({"DUMP", 2, kRead}, {kRoAccess, kSlow, kTwemproxy},
            "A key's value in Redis's own serialised form."),
    one_key({"RESTORE", -4, kWrite}, {kOwUpdate, slow_with("dangerous"), kTwemproxy},
            "Stores what DUMP gave."),
    one_key({"EXPIRE", -3, kWrite}, {kRwUpdate, kFast, twemproxy_up_to(3)},
            "Lets a key expire after seconds."),
    one_key({"PEXPIRE", -3, kWrite}, {kRwUpdate, kFast, twemproxy_up_to(3)},
            "Lets a key expire after milliseconds."),
    one_key({"EXPIREAT", -3, kWrite}, {kRwUpdate, kFast, twemproxy_up_to(3)},
            "Lets a key expire at a Unix time."),
    one_key({"PEXPIREAT", -3, kWrite}, {kRwUpdate, kFast, twemproxy_up_to(3)},
            "Lets a key expire at a Unix time in milliseconds."),
    one_key({"EXPIRETIME", 2, kRead}, {kRoAccess, kFast, kNoTwemproxy},
            "The Unix time at which a key expires."),
    one_key({"PEXPIRETIME", 2, kRead}, {kRoAccess, kFast, kNoTwemproxy},
            "The same in milliseconds."),
    one_key({"TTL", 2, kRead}, {kRoAccess, kFast, kTwemproxy}, "The seconds that a key has left."),
    one_key({"PTTL", 2, kRead}, {kRoAccess, kFast, kTwemproxy},
            "The milliseconds that a key has left."),
    one_key({"PERSIST", 2, kWrite}, {kRwUpdate, kFast, kTwemproxy},
            "Takes a key's time of expiry away."),
    together({"RENAME", 3, kWrite}, {1, 2},
             {first_then(kRwAccessDelete, kOwUpdate), kSlow, kNoTwemproxy},
             "Gives a key another name."),
    together({"RENAMENX", 3, kWrite}, {1, 2},
             {first_then(kRwAccessDelete, kOwInsert), kFast, kNoTwemproxy},
             "The same, unless the new name is taken."),
    together({"COPY", -3, kWrite}, {1, 2}, {first_then(kRoAccess, kOwUpdate), kSlow, kTwemproxy},
             "Copies a key to another name."),
    by_options({"SORT", -2, kWrite}, KeyRule::sorted,
               {first_then(kRoAccess, kOwUpdate),
                slow_only("write", "set", "sortedset", "list", "dangerous"), kTwemproxy},
               "Sorts a list, set or sorted set; may store."),
    by_options(
        {"SORT_RO", -2, kRead}, KeyRule::sorted,
        {kRoAccess, slow_only("read", "set", "sortedset", "list", "dangerous"), kNoTwemproxy},
        "The same without STORE."),
    container("OBJECT"),
    one_key({"OBJECT ENCODING", 3, kRead}, {kRo, kSlow, kNoTwemproxy}, "How Redis holds a value."),
    one_key({"OBJECT FREQ", 3, kRead}, {kRo, kSlow, kNoTwemproxy},
            "How often a key is used; needs an LFU policy."),
    one_key({"OBJECT IDLETIME", 3, kRead}, {kRo, kSlow, kNoTwemproxy},
            "The seconds since a key was used."),
    one_key({"OBJECT REFCOUNT", 3, kRead}, {kRo, kSlow, kNoTwemproxy},
            "How many references a value has."),
    help("OBJECT HELP", kSlow),
    container("MEMORY"),
    one_key({"MEMORY USAGE", -3, kRead}, {kRo, slow_only("read"), kNoTwemproxy},
            "The bytes that a key takes."),
    help("MEMORY HELP", slow_only()),
});

// Redis: db.c, setGetKeys.
inline constexpr KeyUses kUseOfSet = with_option(kRwAccessUpdate, 3, {"GET", "GET"}, kOwUpdate);

inline constexpr auto kStringRows = std::to_array<RedisRow>({
    one_key({"GET", 2, kRead}, {kRoAccess, kFast, kTwemproxy}, "A key's value."),
    one_key({"SET", -3, kWrite}, {kUseOfSet, kSlow, kTwemproxy}, "Stores a value."),
    each_key({"MGET", -2, kRead}, Merge::array, {kRoAccess, kFast, kTwemproxy},
             "The values of several keys."),
    with_keys(each_key({"MSET", -3, kWrite}, Merge::all_ok, {kOwUpdate, kSlow, kTwemproxy},
                       "Stores several values; not atomic."),
              {1, -1, 2}),
    together({"MSETNX", -3, kWrite}, {1, -1, 2}, {kOwInsert, kSlow, kNoTwemproxy},
             "Stores all values if none of the keys exists."),
    one_key({"APPEND", 3, kWrite}, {kRwInsert, kFast, kTwemproxy}, "Adds to the end of a value."),
    one_key({"DECR", 2, kWrite}, {kRwAccessUpdate, kFast, kTwemproxy}, "Takes one from a number."),
    one_key({"DECRBY", 3, kWrite}, {kRwAccessUpdate, kFast, kTwemproxy}, "Takes from a number."),
    one_key({"GETDEL", 2, kWrite}, {kRwAccessDelete, kFast, kTwemproxy},
            "A key's value, which is then removed."),
    one_key({"GETEX", -2, kWrite}, {kRwAccessUpdate, kFast, kTwemproxy},
            "A key's value; may change its time of expiry."),
    one_key({"GETRANGE", 4, kRead}, {kRoAccess, kSlow, kTwemproxy}, "A part of a value."),
    one_key({"GETSET", 3, kWrite}, {kRwAccessUpdate, kFast, kTwemproxy},
            "Stores a value and gives the former one."),
    one_key({"INCR", 2, kWrite}, {kRwAccessUpdate, kFast, kTwemproxy}, "Adds one to a number."),
    one_key({"INCRBY", 3, kWrite}, {kRwAccessUpdate, kFast, kTwemproxy}, "Adds to a number."),
    one_key({"INCRBYFLOAT", 3, kWrite}, {kRwAccessUpdate, kFast, kTwemproxy},
            "Adds to a number with a fraction."),
    together({"LCS", -3, kRead}, {1, 2}, {kRoAccess, kSlow, kNoTwemproxy},
             "The longest common subsequence of two values."),
    one_key({"PSETEX", 4, kWrite}, {kOwUpdate, kSlow, kTwemproxy},
            "Stores a value with milliseconds to live."),
    one_key({"SETEX", 4, kWrite}, {kOwUpdate, kSlow, kTwemproxy},
            "Stores a value with seconds to live."),
    one_key({"SETNX", 3, kWrite}, {kOwInsert, kFast, kTwemproxy},
            "Stores a value unless the key exists."),
    one_key({"SETRANGE", 4, kWrite}, {kRwUpdate, kSlow, kTwemproxy},
            "Overwrites a part of a value."),
    one_key({"STRLEN", 2, kRead}, {kRo, kFast, kTwemproxy}, "The length of a value in bytes."),
    one_key({"SUBSTR", 4, kRead}, {kRoAccess, kSlow, kNoTwemproxy}, "The old name of GETRANGE."),
});

// Redis: db.c, bitfieldGetKeys.
inline constexpr KeyUses kUseOfBitfield =
    with_option(kRwAccessUpdate, 2, {"SET", "INCRBY"}, kRoAccess);

inline constexpr auto kBitmapRows = std::to_array<RedisRow>({
    one_key({"BITCOUNT", -2, kRead}, {kRoAccess, kSlow, kTwemproxy},
            "Counts the bits that are set."),
    one_key({"BITFIELD", -2, kWrite}, {kUseOfBitfield, kSlow, kTwemproxy},
            "Reads and changes integers within a value."),
    one_key({"BITFIELD_RO", -2, kRead}, {kRoAccess, kFast, kNoTwemproxy},
            "Reads integers within a value."),
    together({"BITOP", -4, kWrite}, {2, -1},
             {first_then(kOwUpdate, kRoAccess), kSlow, kNoTwemproxy},
             "Combines values bit by bit and stores the result."),
    one_key({"BITPOS", -3, kRead}, {kRoAccess, kSlow, kTwemproxy},
            "Finds the first bit that is set or clear."),
    one_key({"GETBIT", 3, kRead}, {kRoAccess, kFast, kTwemproxy}, "One bit of a value."),
    one_key({"SETBIT", 4, kWrite}, {kRwAccessUpdate, kSlow, kTwemproxy},
            "Changes one bit of a value."),
});

constexpr RedisRow part_per_key(RedisRow command) {
    command.part_per_key = true;
    return command;
}

inline constexpr auto kHyperloglogRows = std::to_array<RedisRow>({
    one_key({"PFADD", -2, kWrite}, {kRwInsert, kFast, kTwemproxy},
            "Adds elements to a HyperLogLog."),
    part_per_key(each_key({"PFCOUNT", -2, kRead}, Merge::hyperloglog,
                          {kRwAccess, kSlow, kTwemproxy},
                          "How many distinct elements several HyperLogLogs have together.")),
    together({"PFMERGE", -2, kWrite}, {1, -1},
             {first_then(kRwAccessInsert, kRoAccess), kSlow, kTwemproxy},
             "Stores the union of HyperLogLogs."),
});

inline constexpr auto kHashRows = std::to_array<RedisRow>({
    one_key({"HDEL", -3, kWrite}, {kRwDelete, kFast, kTwemproxy}, "Removes fields."),
    one_key({"HEXISTS", 3, kRead}, {kRo, kFast, kTwemproxy}, "Whether a field exists."),
    one_key({"HGET", 3, kRead}, {kRoAccess, kFast, kTwemproxy}, "A field's value."),
    one_key({"HGETALL", 2, kRead}, {kRoAccess, kSlow, kTwemproxy}, "All fields and values."),
    one_key({"HINCRBY", 4, kWrite}, {kRwAccessUpdate, kFast, kTwemproxy},
            "Adds to a field's number."),
    one_key({"HINCRBYFLOAT", 4, kWrite}, {kRwAccessUpdate, kFast, kTwemproxy},
            "Adds to a field's number with a fraction."),
    one_key({"HKEYS", 2, kRead}, {kRoAccess, kSlow, kTwemproxy}, "The names of all fields."),
    one_key({"HLEN", 2, kRead}, {kRo, kFast, kTwemproxy}, "How many fields there are."),
    one_key({"HMGET", -3, kRead}, {kRoAccess, kFast, kTwemproxy}, "The values of several fields."),
    one_key({"HMSET", -4, kWrite}, {kRwUpdate, kFast, kTwemproxy}, "Stores several fields."),
    one_key({"HRANDFIELD", -2, kRead}, {kRoAccess, kSlow, kTwemproxy}, "Fields taken at random."),
    one_key({"HSCAN", -3, kRead}, {kRoAccess, kSlow, kTwemproxy}, "Walks through the fields."),
    one_key({"HSET", -4, kWrite}, {kRwUpdate, kFast, kTwemproxy}, "Stores fields."),
    one_key({"HSETNX", 4, kWrite}, {kRwInsert, kFast, kTwemproxy},
            "Stores a field unless it exists."),
    one_key({"HSTRLEN", 3, kRead}, {kRo, kFast, kTwemproxy}, "The length of a field's value."),
    one_key({"HVALS", 2, kRead}, {kRoAccess, kSlow, kTwemproxy}, "The values of all fields."),
});

inline constexpr auto kListRows = std::to_array<RedisRow>({
    one_key({"LINDEX", 3, kRead}, {kRoAccess, kSlow, kTwemproxy}, "The element at a position."),
    one_key({"LINSERT", 5, kWrite}, {kRwInsert, kSlow, kTwemproxy},
            "Inserts before or after an element."),
    one_key({"LLEN", 2, kRead}, {kRo, kFast, kTwemproxy}, "The number of elements."),
    together({"LMOVE", 5, kWrite}, {1, 2},
             {first_then(kRwAccessDelete, kRwInsert), kSlow, kTwemproxy},
             "Moves an element to another list."),
    counted({"LMPOP", -4, kWrite}, {1}, {kRwAccessDelete, kSlow, kNoTwemproxy},
            "Takes elements from the first list that has some."),
    one_key({"LPOP", -2, kWrite}, {kRwAccessDelete, kFast, kTwemproxy},
            "Takes elements from the front."),
    one_key({"LPOS", -3, kRead}, {kRoAccess, kSlow, kTwemproxy}, "Where an element stands."),
    one_key({"LPUSH", -3, kWrite}, {kRwInsert, kFast, kTwemproxy}, "Adds to the front."),
    one_key({"LPUSHX", -3, kWrite}, {kRwInsert, kFast, kTwemproxy}, "The same if the list exists."),
    one_key({"LRANGE", 4, kRead}, {kRoAccess, kSlow, kTwemproxy}, "A range of elements."),
    one_key({"LREM", 4, kWrite}, {kRwDelete, kSlow, kTwemproxy}, "Removes equal elements."),
    one_key({"LSET", 4, kWrite}, {kRwUpdate, kSlow, kTwemproxy},
            "Replaces the element at a position."),
    one_key({"LTRIM", 4, kWrite}, {kRwDelete, kSlow, kTwemproxy}, "Keeps a range only."),
    one_key({"RPOP", -2, kWrite}, {kRwAccessDelete, kFast, kTwemproxy},
            "Takes elements from the end."),
    together({"RPOPLPUSH", 3, kWrite}, {1, 2},
             {first_then(kRwAccessDelete, kRwInsert), kSlow, kTwemproxy},
             "Moves the last element to the front of another."),
    one_key({"RPUSH", -3, kWrite}, {kRwInsert, kFast, kTwemproxy}, "Adds to the end."),
    one_key({"RPUSHX", -3, kWrite}, {kRwInsert, kFast, kTwemproxy}, "The same if the list exists."),
});

}  // namespace ringside::protocol::redis_rows
