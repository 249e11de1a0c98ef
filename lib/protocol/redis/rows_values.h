// Rows of the Redis command table: keys, strings, bitmaps, HyperLogLogs, hashes and lists.
#pragma once

#include "protocol/redis/rows.h"

#include <array>

namespace ringside::protocol::redis_rows {

inline constexpr auto kKeyRows = std::to_array<RedisRow>({
    each_key("DEL", -2, kWrite, Merge::sum, "Removes keys."),
    each_key("UNLINK", -2, kWrite, Merge::sum, "Removes keys; their memory is freed later."),
    each_key("EXISTS", -2, kRead, Merge::sum, "Counts which of the keys exist."),
    each_key("TOUCH", -2, kRead, Merge::sum, "Counts the keys and marks them as used."),
    one_key("TYPE", 2, kRead, "What kind of value a key has."),
    one_key("DUMP", 2, kRead, "A key's value in Redis's own serialised form."),
    one_key("RESTORE", -4, kWrite, "Stores what DUMP gave."),
    one_key("EXPIRE", -3, kWrite, "Lets a key expire after seconds."),
    one_key("PEXPIRE", -3, kWrite, "Lets a key expire after milliseconds."),
    one_key("EXPIREAT", -3, kWrite, "Lets a key expire at a Unix time."),
    one_key("PEXPIREAT", -3, kWrite, "Lets a key expire at a Unix time in milliseconds."),
    one_key("EXPIRETIME", 2, kRead, "The Unix time at which a key expires."),
    one_key("PEXPIRETIME", 2, kRead, "The same in milliseconds."),
    one_key("TTL", 2, kRead, "The seconds that a key has left."),
    one_key("PTTL", 2, kRead, "The milliseconds that a key has left."),
    one_key("PERSIST", 2, kWrite, "Takes a key's time of expiry away."),
    together({1, 2}, "RENAME", 3, kWrite, "Gives a key another name."),
    together({1, 2}, "RENAMENX", 3, kWrite, "The same, unless the new name is taken."),
    together({1, 2}, "COPY", -3, kWrite, "Copies a key to another name."),
    by_options(KeyRule::sorted, "SORT", -2, kWrite, "Sorts a list, set or sorted set; may store."),
    by_options(KeyRule::sorted, "SORT_RO", -2, kRead, "The same without STORE."),
    container("OBJECT"),
    one_key("OBJECT ENCODING", 3, kRead, "How Redis holds a value."),
    one_key("OBJECT FREQ", 3, kRead, "How often a key is used; needs an LFU policy."),
    one_key("OBJECT IDLETIME", 3, kRead, "The seconds since a key was used."),
    one_key("OBJECT REFCOUNT", 3, kRead, "How many references a value has."),
    help("OBJECT HELP"),
    container("MEMORY"),
    one_key("MEMORY USAGE", -3, kRead, "The bytes that a key takes."),
    help("MEMORY HELP"),
});

inline constexpr auto kStringRows = std::to_array<RedisRow>({
    one_key("GET", 2, kRead, "A key's value."),
    one_key("SET", -3, kWrite, "Stores a value."),
    each_key("MGET", -2, kRead, Merge::array, "The values of several keys."),
    with_keys(each_key("MSET", -3, kWrite, Merge::all_ok, "Stores several values; not atomic."),
              {1, -1, 2}),
    together({1, -1, 2}, "MSETNX", -3, kWrite, "Stores all values if none of the keys exists."),
    one_key("APPEND", 3, kWrite, "Adds to the end of a value."),
    one_key("DECR", 2, kWrite, "Takes one from a number."),
    one_key("DECRBY", 3, kWrite, "Takes from a number."),
    one_key("GETDEL", 2, kWrite, "A key's value, which is then removed."),
    one_key("GETEX", -2, kWrite, "A key's value; may change its time of expiry."),
    one_key("GETRANGE", 4, kRead, "A part of a value."),
    one_key("GETSET", 3, kWrite, "Stores a value and gives the former one."),
    one_key("INCR", 2, kWrite, "Adds one to a number."),
    one_key("INCRBY", 3, kWrite, "Adds to a number."),
    one_key("INCRBYFLOAT", 3, kWrite, "Adds to a number with a fraction."),
    together({1, 2}, "LCS", -3, kRead, "The longest common subsequence of two values."),
    one_key("PSETEX", 4, kWrite, "Stores a value with milliseconds to live."),
    one_key("SETEX", 4, kWrite, "Stores a value with seconds to live."),
    one_key("SETNX", 3, kWrite, "Stores a value unless the key exists."),
    one_key("SETRANGE", 4, kWrite, "Overwrites a part of a value."),
    one_key("STRLEN", 2, kRead, "The length of a value in bytes."),
    one_key("SUBSTR", 4, kRead, "The old name of GETRANGE."),
});

inline constexpr auto kBitmapRows = std::to_array<RedisRow>({
    one_key("BITCOUNT", -2, kRead, "Counts the bits that are set."),
    one_key("BITFIELD", -2, kWrite, "Reads and changes integers within a value."),
    one_key("BITFIELD_RO", -2, kRead, "Reads integers within a value."),
    together({2, -1}, "BITOP", -4, kWrite, "Combines values bit by bit and stores the result."),
    one_key("BITPOS", -3, kRead, "Finds the first bit that is set or clear."),
    one_key("GETBIT", 3, kRead, "One bit of a value."),
    one_key("SETBIT", 4, kWrite, "Changes one bit of a value."),
});

constexpr RedisRow part_per_key(RedisRow command) {
    command.part_per_key = true;
    return command;
}

inline constexpr auto kHyperloglogRows = std::to_array<RedisRow>({
    one_key("PFADD", -2, kWrite, "Adds elements to a HyperLogLog."),
    part_per_key(each_key("PFCOUNT", -2, kRead, Merge::hyperloglog,
                          "How many distinct elements several HyperLogLogs have together.")),
    together({1, -1}, "PFMERGE", -2, kWrite, "Stores the union of HyperLogLogs."),
});

inline constexpr auto kHashRows = std::to_array<RedisRow>({
    one_key("HDEL", -3, kWrite, "Removes fields."),
    one_key("HEXISTS", 3, kRead, "Whether a field exists."),
    one_key("HGET", 3, kRead, "A field's value."),
    one_key("HGETALL", 2, kRead, "All fields and values."),
    one_key("HINCRBY", 4, kWrite, "Adds to a field's number."),
    one_key("HINCRBYFLOAT", 4, kWrite, "Adds to a field's number with a fraction."),
    one_key("HKEYS", 2, kRead, "The names of all fields."),
    one_key("HLEN", 2, kRead, "How many fields there are."),
    one_key("HMGET", -3, kRead, "The values of several fields."),
    one_key("HMSET", -4, kWrite, "Stores several fields."),
    one_key("HRANDFIELD", -2, kRead, "Fields taken at random."),
    one_key("HSCAN", -3, kRead, "Walks through the fields."),
    one_key("HSET", -4, kWrite, "Stores fields."),
    one_key("HSETNX", 4, kWrite, "Stores a field unless it exists."),
    one_key("HSTRLEN", 3, kRead, "The length of a field's value."),
    one_key("HVALS", 2, kRead, "The values of all fields."),
});

inline constexpr auto kListRows = std::to_array<RedisRow>({
    one_key("LINDEX", 3, kRead, "The element at a position."),
    one_key("LINSERT", 5, kWrite, "Inserts before or after an element."),
    one_key("LLEN", 2, kRead, "The number of elements."),
    together({1, 2}, "LMOVE", 5, kWrite, "Moves an element to another list."),
    counted({1}, "LMPOP", -4, kWrite, "Takes elements from the first list that has some."),
    one_key("LPOP", -2, kWrite, "Takes elements from the front."),
    one_key("LPOS", -3, kRead, "Where an element stands."),
    one_key("LPUSH", -3, kWrite, "Adds to the front."),
    one_key("LPUSHX", -3, kWrite, "The same if the list exists."),
    one_key("LRANGE", 4, kRead, "A range of elements."),
    one_key("LREM", 4, kWrite, "Removes equal elements."),
    one_key("LSET", 4, kWrite, "Replaces the element at a position."),
    one_key("LTRIM", 4, kWrite, "Keeps a range only."),
    one_key("RPOP", -2, kWrite, "Takes elements from the end."),
    together({1, 2}, "RPOPLPUSH", 3, kWrite, "Moves the last element to the front of another."),
    one_key("RPUSH", -3, kWrite, "Adds to the end."),
    one_key("RPUSHX", -3, kWrite, "The same if the list exists."),
});

}  // namespace ringside::protocol::redis_rows
