// What the columns of the Redis command table can say, beside those of every command table.
#pragma once

#include "protocol/command.h"
#include "protocol/redis/acl.h"
#include "protocol/redis/answer_rule.h"
#include "protocol/refusals.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ringside::protocol {

// How first_key, last_key and key_step of a row are to be read.
enum class KeyRule : std::uint8_t {
    range,     // the words from first_key to last_key, key_step apart
    counted,   // the word at first_key says how many keys follow it; last_key is one more, unless 0
    scripted,  // as counted; there may be none, but then the proxy does not know where to go
    stored,    // as range; and the word behind the last STORE or STOREDIST among the options
    sorted,    // as stored, with the options of SORT: its patterns name further keys
    streams,   // the first half of the words behind STREAMS; the options before it must not block
};

// What a command does with its keys, in the words of COMMAND GETKEYSANDFLAGS: "RW access update",
// the flags of a key separated by blanks. How the value as Redis holds it is used (RO, RW, OW:
// overwritten, RM: removed), and what a client sees or changes of it.
struct KeyUse {
    std::string_view first;   // of the first key of the request
    std::string_view others;  // of the others
};

// What it is instead if one of two options is among the words from first_option on.
struct OptionalUse {
    std::size_t first_option;
    std::array<std::string_view, 2> options;
    std::string_view use;  // empty: no option changes it
};

struct KeyUses {
    KeyUse use;
    OptionalUse option;
};

// The categories of a command.
struct Acl {
    AclCategories categories;
    bool is_complete;  // else those of its family and of its access are to be added
};

struct Twemproxy {
    bool is_known;
    std::int32_t words_max;  // so many it takes at most; -1: as Redis
};

namespace redis_rows {

// --- Uses of keys: the key specifications of Redis 7.0 (COMMAND INFO) ---

constexpr KeyUses first_then(std::string_view first, std::string_view others) {
    return {{first, others}, {0, {}, {}}};
}
constexpr KeyUses first_then(const KeyUses& first, const KeyUses& others) {
    return first_then(first.use.first, others.use.others);
}
constexpr KeyUses every_key(std::string_view use) {
    return first_then(use, use);
}
// Of a command with one key.
constexpr KeyUses with_option(const KeyUses& use, std::size_t first_option,
                              std::array<std::string_view, 2> options, const KeyUses& otherwise) {
    return {{otherwise.use.first, {}}, {first_option, options, use.use.first}};
}

inline constexpr KeyUses kNoKeys = every_key("");
inline constexpr KeyUses kRo = every_key("RO");
inline constexpr KeyUses kRoAccess = every_key("RO access");
inline constexpr KeyUses kRwAccess = every_key("RW access");
inline constexpr KeyUses kRwAccessDelete = every_key("RW access delete");
inline constexpr KeyUses kRwAccessInsert = every_key("RW access insert");
inline constexpr KeyUses kRwAccessUpdate = every_key("RW access update");
inline constexpr KeyUses kRwDelete = every_key("RW delete");
inline constexpr KeyUses kRwInsert = every_key("RW insert");
inline constexpr KeyUses kRwUpdate = every_key("RW update");
inline constexpr KeyUses kOwInsert = every_key("OW insert");
inline constexpr KeyUses kOwUpdate = every_key("OW update");
inline constexpr KeyUses kRmDelete = every_key("RM delete");

// --- Refusals behind which a command is served all the same ---

inline constexpr Refusals kNoRefusal{};
// What has to do neither with keys nor with the order of commands.
inline constexpr Refusals kBesideKeys{Refusal::database, Refusal::monitor};
inline constexpr Refusals kAllButTransaction{Refusal::database, Refusal::monitor, Refusal::channels,
                                             Refusal::patterns, Refusal::shard_channels};
inline constexpr Refusals kEveryRefusal{Refusal::database,       Refusal::monitor,
                                        Refusal::channels,       Refusal::patterns,
                                        Refusal::shard_channels, Refusal::transaction};

// --- ACL categories: those that Redis 7.0 gives the command ---

// Fast is what Redis calls so: constant or logarithmic time, and never held up. With it go the
// categories of the family, and "read" or "write" by the access.
inline constexpr Acl kFast{acl_categories("fast"), false};
inline constexpr Acl kSlow{acl_categories("slow"), false};
// And these.
template <typename... Names>
consteval Acl slow_with(Names... names) {
    return {acl_categories("slow", names...), false};
}
// These, and neither family nor access.
template <typename... Names>
consteval Acl slow_only(Names... names) {
    return {acl_categories("slow", names...), true};
}

// --- What may answer: reply_schema of Redis 7.2, and what 2.8 to 7.0 answer ---
//
// In RESP3 compatible servers take an array where Redis has a set or a map, or the reverse, so that
// one aggregate is as good as another.

inline constexpr AnswerRule kOk{"+", "+"};
inline constexpr AnswerRule kWord = AnswerRule("+", "+").with(StatusWords::word);

inline constexpr AnswerRule kNumber{":", ":"};
inline constexpr AnswerRule kCount = kNumber.from(0);
inline constexpr AnswerRule kFlag = kCount.up_to(1);
inline constexpr AnswerRule kKeyCount = kCount.by(Remember::key_count);
// Behind the key and what else is always there (keys, fields, members, IDs).
inline constexpr AnswerRule kArgumentCount = kCount.by(Remember::argument_count);
inline constexpr AnswerRule kPairCount = kCount.by(Remember::pair_count);
inline constexpr AnswerRule kTimeLeft = kNumber.from(-2);  // no such key; -1: for ever
inline constexpr AnswerRule kPosition = kNumber.from(-1);  // not found
inline constexpr AnswerRule kCountOrNull = AnswerRule(":$", ":_").from(0);

inline constexpr AnswerRule kString{"$", "$"};
inline constexpr AnswerRule kStringOrNull{"$", "$_"};
// Some of them are strings in RESP3 too.
inline constexpr AnswerRule kReal{"$", ",$"};
inline constexpr AnswerRule kRealOrNull{"$", ",$_"};

inline constexpr AnswerRule kArray{"*", "*~%"};
inline constexpr AnswerRule kArrayOrNull{"*", "*~%_"};
inline constexpr AnswerRule kStrings = kArray.of("$", "$");
inline constexpr AnswerRule kPairs = kStrings.with(Elements::pairs);
// With scores, which RESP3 puts into pairs.
inline constexpr AnswerRule kScored = kArray.of("$", "$,*");
// Where to go on, and what was found.
inline constexpr AnswerRule kCursor = kArray.of("$*", "$,*~%").with(Elements::two);
// Where it was taken from, and what was taken.
inline constexpr AnswerRule kPopped = kArrayOrNull.of("$*", "$,*~%").with(Elements::two);
// One, or with a count several.
inline constexpr AnswerRule kStringOrStrings =
    AnswerRule("$*", "$*~%_").of("$", "$,*").without_options("$", "$_");

// One for each, in their order: an array only.
inline constexpr AnswerRule kElements = AnswerRule("*", "*").with(Elements::remembered);
inline constexpr AnswerRule kValues = kElements.of("$", "$_");

// Of scripts and functions.
inline constexpr AnswerRule kAny =
    AnswerRule("+:$*", "+:$*_#,(=~%").of("+-:$*", "+-:$*_#,(!=~%").with(StatusWords::script);

// --- Whether nutcracker 0.5.0 takes the word for a command (nc_redis.c, redis_parse_req) ---

inline constexpr Twemproxy kTwemproxy{true, -1};
inline constexpr Twemproxy kNoTwemproxy{false, -1};
// Fewer words than Redis 7 takes (nc_redis.c, redis_arg0 ... redis_argz). 0: never let through.
constexpr Twemproxy twemproxy_up_to(std::int32_t words) {
    return {true, words};
}

}  // namespace redis_rows
}  // namespace ringside::protocol
