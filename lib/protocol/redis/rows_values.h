// Rows of the Redis command table: keys, strings, bitmaps, HyperLogLogs, hashes and lists.
#pragma once

#include "protocol/redis/rows.h"

#include <array>

namespace ringside::protocol::redis_rows {

inline constexpr AnswerRule kSorted =
    AnswerRule(":*", ":*~%").of("$", "$_").from(0).without_options("*", "*~%");
inline constexpr AnswerRule kSortedOnly = kArray.of("$", "$_");
inline constexpr AnswerRule kEncoding = AnswerRule("$+", "$+_").with(StatusWords::word);

inline constexpr auto kKeyRows = std::to_array<RedisRow>({
    each_key({"DEL", -2, kWrite}, kSum, {kRmDelete, kSlow, kKeyCount, kTwemproxy}, "Removes keys."),
    each_key({"UNLINK", -2, kWrite}, kSum, {kRmDelete, kFast, kKeyCount, kTwemproxy},
             "Removes keys; their memory is freed later."),
    each_key({"EXISTS", -2, kRead}, kSum, {kRo, kFast, kKeyCount, kTwemproxy},
             "Counts which of the keys exist."),
    each_key({"TOUCH", -2, kRead}, kSum, {kRo, kFast, kKeyCount, kTwemproxy},
             "Counts the keys and marks them as used."),
    one_key({"TYPE", 2, kRead}, {kRo, kFast, kWord, kTwemproxy}, "What kind of value a key has."),
    one_key({"DUMP", 2, kRead}, {kRoAccess, kSlow, kStringOrNull, kTwemproxy},
            "A key's value in Redis's own serialised form."),
    one_key({"RESTORE", -4, kWrite}, {kOwUpdate, slow_with("dangerous"), kOk, kTwemproxy},
            "Stores what DUMP gave."),
    one_key({"EXPIRE", -3, kWrite}, {kRwUpdate, kFast, kFlag, twemproxy_up_to(3)},
            "Lets a key expire after seconds."),
    one_key({"PEXPIRE", -3, kWrite}, {kRwUpdate, kFast, kFlag, twemproxy_up_to(3)},
            "Lets a key expire after milliseconds."),
    one_key({"EXPIREAT", -3, kWrite}, {kRwUpdate, kFast, kFlag, twemproxy_up_to(3)},
            "Lets a key expire at a Unix time."),
    one_key({"PEXPIREAT", -3, kWrite}, {kRwUpdate, kFast, kFlag, twemproxy_up_to(3)},
            "Lets a key expire at a Unix time in milliseconds."),
    one_key({"EXPIRETIME", 2, kRead}, {kRoAccess, kFast, kTimeLeft, kNoTwemproxy},
            "The Unix time at which a key expires."),
    one_key({"PEXPIRETIME", 2, kRead}, {kRoAccess, kFast, kTimeLeft, kNoTwemproxy},
            "The same in milliseconds."),
    one_key({"TTL", 2, kRead}, {kRoAccess, kFast, kTimeLeft, kTwemproxy},
            "The seconds that a key has left."),
    one_key({"PTTL", 2, kRead}, {kRoAccess, kFast, kTimeLeft, kTwemproxy},
            "The milliseconds that a key has left."),
    one_key({"PERSIST", 2, kWrite}, {kRwUpdate, kFast, kFlag, kTwemproxy},
            "Takes a key's time of expiry away."),
    together({"RENAME", 3, kWrite}, {1, 2, 1},
             {first_then(kRwAccessDelete, kOwUpdate), kSlow, kOk, kNoTwemproxy},
             "Gives a key another name."),
    together({"RENAMENX", 3, kWrite}, {1, 2, 1},
             {first_then(kRwAccessDelete, kOwInsert), kFast, kFlag, kNoTwemproxy},
             "The same, unless the new name is taken."),
    together({"COPY", -3, kWrite}, {1, 2, 1},
             {first_then(kRoAccess, kOwUpdate), kSlow, kFlag, kTwemproxy},
             "Copies a key to another name."),
    by_options({"SORT", -2, kWrite}, KeyRule::sorted,
               {first_then(kRoAccess, kOwUpdate),
                slow_only("write", "set", "sortedset", "list", "dangerous"), kSorted, kTwemproxy},
               "Sorts a list, set or sorted set; may store."),
    by_options({"SORT_RO", -2, kRead}, KeyRule::sorted,
               {kRoAccess, slow_only("read", "set", "sortedset", "list", "dangerous"), kSortedOnly,
                kNoTwemproxy},
               "The same without STORE."),
    container("OBJECT"),
    one_key({"OBJECT ENCODING", 3, kRead}, {kRo, kSlow, kEncoding, kNoTwemproxy},
            "How Redis holds a value."),
    one_key({"OBJECT FREQ", 3, kRead}, {kRo, kSlow, kCountOrNull, kNoTwemproxy},
            "How often a key is used; needs an LFU policy."),
    one_key({"OBJECT IDLETIME", 3, kRead}, {kRo, kSlow, kCountOrNull, kNoTwemproxy},
            "The seconds since a key was used."),
    one_key({"OBJECT REFCOUNT", 3, kRead}, {kRo, kSlow, kCountOrNull, kNoTwemproxy},
            "How many references a value has."),
    help("OBJECT HELP", kSlow),
    container("MEMORY"),
    one_key({"MEMORY USAGE", -3, kRead}, {kRo, slow_only("read"), kCountOrNull, kNoTwemproxy},
            "The bytes that a key takes."),
    help("MEMORY HELP", slow_only()),
});

// Redis: db.c, setGetKeys.
inline constexpr KeyUses kUseOfSet = with_option(kRwAccessUpdate, 3, {"GET", "GET"}, kOwUpdate);

// A string or null with GET, null with NX and XX.
inline constexpr AnswerRule kSetAnswer =
    AnswerRule("+$", "+$_").with(Outcome::not_stored).without_options("+", "+");
inline constexpr AnswerRule kValuesOfKeys = kValues.by(Remember::key_count);
inline constexpr AnswerRule kSubsequence =
    AnswerRule("$:*", "$:*~%").from(0).without_options("$", "$");

inline constexpr auto kStringRows = std::to_array<RedisRow>({
    one_key({"GET", 2, kRead}, {kRoAccess, kFast, kStringOrNull, kTwemproxy}, "A key's value."),
    one_key({"SET", -3, kWrite}, {kUseOfSet, kSlow, kSetAnswer, kTwemproxy}, "Stores a value."),
    each_key({"MGET", -2, kRead}, kInOrder, {kRoAccess, kFast, kValuesOfKeys, kTwemproxy},
             "The values of several keys."),
    with_keys(each_key({"MSET", -3, kWrite}, kAllOk, {kOwUpdate, kSlow, kOk, kTwemproxy},
                       "Stores several values; not atomic."),
              {1, -1, 2}, KeyRule::range),
    together({"MSETNX", -3, kWrite}, {1, -1, 2}, {kOwInsert, kSlow, kFlag, kNoTwemproxy},
             "Stores all values if none of the keys exists."),
    one_key({"APPEND", 3, kWrite}, {kRwInsert, kFast, kCount, kTwemproxy},
            "Adds to the end of a value."),
    one_key({"DECR", 2, kWrite}, {kRwAccessUpdate, kFast, kNumber, kTwemproxy},
            "Takes one from a number."),
    one_key({"DECRBY", 3, kWrite}, {kRwAccessUpdate, kFast, kNumber, kTwemproxy},
            "Takes from a number."),
    one_key({"GETDEL", 2, kWrite}, {kRwAccessDelete, kFast, kStringOrNull, kTwemproxy},
            "A key's value, which is then removed."),
    one_key({"GETEX", -2, kWrite}, {kRwAccessUpdate, kFast, kStringOrNull, kTwemproxy},
            "A key's value; may change its time of expiry."),
    one_key({"GETRANGE", 4, kRead}, {kRoAccess, kSlow, kStringOrNull, kTwemproxy},
            "A part of a value."),
    one_key({"GETSET", 3, kWrite}, {kRwAccessUpdate, kFast, kStringOrNull, kTwemproxy},
            "Stores a value and gives the former one."),
    one_key({"INCR", 2, kWrite}, {kRwAccessUpdate, kFast, kNumber, kTwemproxy},
            "Adds one to a number."),
    one_key({"INCRBY", 3, kWrite}, {kRwAccessUpdate, kFast, kNumber, kTwemproxy},
            "Adds to a number."),
    one_key({"INCRBYFLOAT", 3, kWrite}, {kRwAccessUpdate, kFast, kReal, kTwemproxy},
            "Adds to a number with a fraction."),
    together({"LCS", -3, kRead}, {1, 2, 1}, {kRoAccess, kSlow, kSubsequence, kNoTwemproxy},
             "The longest common subsequence of two values."),
    one_key({"PSETEX", 4, kWrite}, {kOwUpdate, kSlow, kOk, kTwemproxy},
            "Stores a value with milliseconds to live."),
    one_key({"SETEX", 4, kWrite}, {kOwUpdate, kSlow, kOk, kTwemproxy},
            "Stores a value with seconds to live."),
    one_key({"SETNX", 3, kWrite}, {kOwInsert, kFast, kFlag, kTwemproxy},
            "Stores a value unless the key exists."),
    one_key({"SETRANGE", 4, kWrite}, {kRwUpdate, kSlow, kCount, kTwemproxy},
            "Overwrites a part of a value."),
    one_key({"STRLEN", 2, kRead}, {kRo, kFast, kCount, kTwemproxy},
            "The length of a value in bytes."),
    one_key({"SUBSTR", 4, kRead}, {kRoAccess, kSlow, kStringOrNull, kNoTwemproxy},
            "The old name of GETRANGE."),
});

// Redis: db.c, bitfieldGetKeys.
inline constexpr KeyUses kUseOfBitfield =
    with_option(kRwAccessUpdate, 2, {"SET", "INCRBY"}, kRoAccess);

// Null where one would not fit.
inline constexpr AnswerRule kIntegers = kArray.of(":$", ":_");

inline constexpr auto kBitmapRows = std::to_array<RedisRow>({
    one_key({"BITCOUNT", -2, kRead}, {kRoAccess, kSlow, kCount, kTwemproxy},
            "Counts the bits that are set."),
    one_key({"BITFIELD", -2, kWrite}, {kUseOfBitfield, kSlow, kIntegers, kTwemproxy},
            "Reads and changes integers within a value."),
    one_key({"BITFIELD_RO", -2, kRead}, {kRoAccess, kFast, kIntegers, kNoTwemproxy},
            "Reads integers within a value."),
    together({"BITOP", -4, kWrite}, {2, -1, 1},
             {first_then(kOwUpdate, kRoAccess), kSlow, kCount, kNoTwemproxy},
             "Combines values bit by bit and stores the result."),
    one_key({"BITPOS", -3, kRead}, {kRoAccess, kSlow, kPosition, kTwemproxy},
            "Finds the first bit that is set or clear."),
    one_key({"GETBIT", 3, kRead}, {kRoAccess, kFast, kFlag, kTwemproxy}, "One bit of a value."),
    one_key({"SETBIT", 4, kWrite}, {kRwAccessUpdate, kSlow, kFlag, kTwemproxy},
            "Changes one bit of a value."),
});

inline constexpr auto kHyperloglogRows = std::to_array<RedisRow>({
    one_key({"PFADD", -2, kWrite}, {kRwInsert, kFast, kFlag, kTwemproxy},
            "Adds elements to a HyperLogLog."),
    each_key({"PFCOUNT", -2, kRead}, kUnion, {kRwAccess, kSlow, kCount, kTwemproxy},
             "How many distinct elements several HyperLogLogs have together."),
    together({"PFMERGE", -2, kWrite}, {1, -1, 1},
             {first_then(kRwAccessInsert, kRoAccess), kSlow, kOk, kTwemproxy},
             "Stores the union of HyperLogLogs."),
});

inline constexpr AnswerRule kValuesOfArguments = kValues.by(Remember::argument_count);

inline constexpr auto kHashRows = std::to_array<RedisRow>({
    one_key({"HDEL", -3, kWrite}, {kRwDelete, kFast, kArgumentCount, kTwemproxy},
            "Removes fields."),
    one_key({"HEXISTS", 3, kRead}, {kRo, kFast, kFlag, kTwemproxy}, "Whether a field exists."),
    one_key({"HGET", 3, kRead}, {kRoAccess, kFast, kStringOrNull, kTwemproxy}, "A field's value."),
    one_key({"HGETALL", 2, kRead}, {kRoAccess, kSlow, kPairs, kTwemproxy},
            "All fields and values."),
    one_key({"HINCRBY", 4, kWrite}, {kRwAccessUpdate, kFast, kNumber, kTwemproxy},
            "Adds to a field's number."),
    one_key({"HINCRBYFLOAT", 4, kWrite}, {kRwAccessUpdate, kFast, kReal, kTwemproxy},
            "Adds to a field's number with a fraction."),
    one_key({"HKEYS", 2, kRead}, {kRoAccess, kSlow, kStrings, kTwemproxy},
            "The names of all fields."),
    one_key({"HLEN", 2, kRead}, {kRo, kFast, kCount, kTwemproxy}, "How many fields there are."),
    one_key({"HMGET", -3, kRead}, {kRoAccess, kFast, kValuesOfArguments, kTwemproxy},
            "The values of several fields."),
    one_key({"HMSET", -4, kWrite}, {kRwUpdate, kFast, kOk, kTwemproxy}, "Stores several fields."),
    one_key({"HRANDFIELD", -2, kRead}, {kRoAccess, kSlow, kStringOrStrings, kTwemproxy},
            "Fields taken at random."),
    one_key({"HSCAN", -3, kRead}, {kRoAccess, kSlow, kCursor, kTwemproxy},
            "Walks through the fields."),
    one_key({"HSET", -4, kWrite}, {kRwUpdate, kFast, kPairCount, kTwemproxy}, "Stores fields."),
    one_key({"HSETNX", 4, kWrite}, {kRwInsert, kFast, kFlag, kTwemproxy},
            "Stores a field unless it exists."),
    one_key({"HSTRLEN", 3, kRead}, {kRo, kFast, kCount, kTwemproxy},
            "The length of a field's value."),
    one_key({"HVALS", 2, kRead}, {kRoAccess, kSlow, kStrings, kTwemproxy},
            "The values of all fields."),
});

// Several with COUNT.
inline constexpr AnswerRule kPositions =
    AnswerRule(":*$", ":*~%_").of(":", ":").from(0).without_options(":$", ":_");

inline constexpr auto kListRows = std::to_array<RedisRow>({
    one_key({"LINDEX", 3, kRead}, {kRoAccess, kSlow, kStringOrNull, kTwemproxy},
            "The element at a position."),
    one_key({"LINSERT", 5, kWrite}, {kRwInsert, kSlow, kPosition, kTwemproxy},
            "Inserts before or after an element."),
    one_key({"LLEN", 2, kRead}, {kRo, kFast, kCount, kTwemproxy}, "The number of elements."),
    together({"LMOVE", 5, kWrite}, {1, 2, 1},
             {first_then(kRwAccessDelete, kRwInsert), kSlow, kStringOrNull, kTwemproxy},
             "Moves an element to another list."),
    counted({"LMPOP", -4, kWrite}, {1, 0}, {kRwAccessDelete, kSlow, kPopped, kNoTwemproxy},
            "Takes elements from the first list that has some."),
    one_key({"LPOP", -2, kWrite}, {kRwAccessDelete, kFast, kStringOrStrings, kTwemproxy},
            "Takes elements from the front."),
    one_key({"LPOS", -3, kRead}, {kRoAccess, kSlow, kPositions, kTwemproxy},
            "Where an element stands."),
    one_key({"LPUSH", -3, kWrite}, {kRwInsert, kFast, kCount, kTwemproxy}, "Adds to the front."),
    one_key({"LPUSHX", -3, kWrite}, {kRwInsert, kFast, kCount, kTwemproxy},
            "The same if the list exists."),
    one_key({"LRANGE", 4, kRead}, {kRoAccess, kSlow, kStrings, kTwemproxy}, "A range of elements."),
    one_key({"LREM", 4, kWrite}, {kRwDelete, kSlow, kCount, kTwemproxy}, "Removes equal elements."),
    one_key({"LSET", 4, kWrite}, {kRwUpdate, kSlow, kOk, kTwemproxy},
            "Replaces the element at a position."),
    one_key({"LTRIM", 4, kWrite}, {kRwDelete, kSlow, kOk, kTwemproxy}, "Keeps a range only."),
    one_key({"RPOP", -2, kWrite}, {kRwAccessDelete, kFast, kStringOrStrings, kTwemproxy},
            "Takes elements from the end."),
    together({"RPOPLPUSH", 3, kWrite}, {1, 2, 1},
             {first_then(kRwAccessDelete, kRwInsert), kSlow, kStringOrNull, kTwemproxy},
             "Moves the last element to the front of another."),
    one_key({"RPUSH", -3, kWrite}, {kRwInsert, kFast, kCount, kTwemproxy}, "Adds to the end."),
    one_key({"RPUSHX", -3, kWrite}, {kRwInsert, kFast, kCount, kTwemproxy},
            "The same if the list exists."),
});

}  // namespace ringside::protocol::redis_rows
