#include "protocol/redis/acl.h"

#include "protocol/redis/commands.h"

#include <algorithm>

namespace ringside::protocol {
namespace {

// The bits of several categories. Not of a name that is none: then it does not compile.
template <typename... Names>
consteval AclCategories bits(Names... names) {
    AclCategories all = 0;
    [[maybe_unused]] const auto add = [&all](std::string_view name) {
        std::size_t index = 0;
        while (kAclCategories.at(index) != name) {
            ++index;
        }
        all |= AclCategories{1} << index;
    };
    (add(names), ...);
    return all;
}

// What a command has by its family, beside "read" or "write".
struct OfFamily {
    std::string_view family;
    AclCategories categories;
    bool and_access = true;
};
constexpr std::array kFamilies{
    OfFamily{"keys", bits("keyspace")},
    OfFamily{"strings", bits("string")},
    OfFamily{"bitmaps", bits("bitmap")},
    OfFamily{"HyperLogLogs", bits("hyperloglog")},
    OfFamily{"hashes", bits("hash")},
    OfFamily{"lists", bits("list")},
    OfFamily{"sets", bits("set")},
    OfFamily{"sorted sets", bits("sortedset")},
    OfFamily{"places", bits("geo")},
    OfFamily{"streams", bits("stream")},
    OfFamily{"scripts", bits("scripting"), false},
    OfFamily{"connection", bits("connection")},
    OfFamily{"server", bits()},
};
static_assert(std::all_of(kRedisCommands.begin(), kRedisCommands.end(), [](const auto& row) {
    return row.route == Route::refused ||
           std::any_of(kFamilies.begin(), kFamilies.end(),
                       [&row](const OfFamily& each) { return each.family == row.family; });
}));

// Where Redis departs from that.
struct Exception {
    std::string_view name;
    AclCategories categories;
};
constexpr std::array kExceptions{
    Exception{"CLIENT NO-EVICT", bits("admin", "dangerous", "connection")},
    Exception{"COMMAND", bits("connection")},
    Exception{"COMMAND COUNT", bits("connection")},
    Exception{"COMMAND DOCS", bits("connection")},
    Exception{"COMMAND GETKEYS", bits("connection")},
    Exception{"COMMAND GETKEYSANDFLAGS", bits("connection")},
    Exception{"COMMAND HELP", bits("connection")},
    Exception{"COMMAND INFO", bits("connection")},
    Exception{"COMMAND LIST", bits("connection")},
    Exception{"INFO", bits("dangerous")},
    Exception{"MEMORY HELP", bits()},
    Exception{"MEMORY USAGE", bits("read")},
    Exception{"RESTORE", bits("keyspace", "write", "dangerous")},
    Exception{"SORT", bits("write", "set", "sortedset", "list", "dangerous")},
    Exception{"SORT_RO", bits("read", "set", "sortedset", "list", "dangerous")},
    Exception{"XREAD", bits("read", "stream", "blocking")},
    Exception{"XREADGROUP", bits("write", "stream", "blocking")},
};

// Those that Redis calls fast: constant or logarithmic time, and never held up.
constexpr std::string_view kFast =
    " APPEND AUTH BITFIELD_RO DECR DECRBY ECHO EXISTS EXPIRE EXPIREAT EXPIRETIME GET GETBIT GETDEL "
    "GETEX GETSET HDEL HELLO HEXISTS HGET HINCRBY HINCRBYFLOAT HLEN HMGET HMSET HSET HSETNX "
    "HSTRLEN INCR INCRBY INCRBYFLOAT LLEN LOLWUT LPOP LPUSH LPUSHX MGET PERSIST PEXPIRE PEXPIREAT "
    "PEXPIRETIME PFADD PING PTTL QUIT RENAMENX RESET RPOP RPUSH RPUSHX SADD SCARD SELECT SETNX "
    "SISMEMBER SMISMEMBER SMOVE SPOP SREM STRLEN TIME TOUCH TTL TYPE UNLINK XACK XADD XAUTOCLAIM "
    "XCLAIM XDEL XLEN XSETID ZADD ZCARD ZCOUNT ZINCRBY ZLEXCOUNT ZMSCORE ZPOPMAX ZPOPMIN ZRANK "
    "ZREM ZREVRANK ZSCORE ";

AclCategories of_access(Access access) noexcept {
    switch (access) {
        case Access::read:
            return bits("read");
        case Access::write:
            return bits("write");
        case Access::none:
            return bits();
    }
    return bits();
}

AclCategories by_kind(const RedisRow& command) noexcept {
    const auto has_its_name = [&command](const Exception& each) {
        return each.name == command.name;
    };
    const auto exception = std::find_if(kExceptions.begin(), kExceptions.end(), has_its_name);
    if (exception != kExceptions.end()) {
        return exception->categories;
    }
    if (is_mere_container(command)) {
        return bits();
    }
    const auto of_family =
        std::find_if(kFamilies.begin(), kFamilies.end(),
                     [&command](const OfFamily& each) { return each.family == command.family; });
    return of_family->categories | (of_family->and_access ? of_access(command.access) : bits());
}

}  // namespace

AclCategories acl_categories_of(const RedisRow& command) noexcept {
    const bool fast = redis_rows::is_word_among(kFast, ' ', command.name);
    return by_kind(command) | (fast ? bits("fast") : bits("slow"));
}

AclCategories find_acl_category(std::string_view name) noexcept {
    for (std::size_t i = 0; i < kAclCategories.size(); ++i) {
        if (same_without_case(name, kAclCategories[i])) {
            return AclCategories{1} << i;
        }
    }
    return 0;
}

}  // namespace ringside::protocol
