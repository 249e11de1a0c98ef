#include "protocol/redis/key_uses.h"

#include "protocol/redis/keys.h"
#include "protocol/redis/rows.h"

#include <algorithm>
#include <array>

namespace ringside::protocol {
namespace {

constexpr std::string_view kRead = "RO access";
constexpr std::string_view kOverwritten = "OW update";

// The key specifications of Redis 7.0 (COMMAND INFO). What is not listed reads its keys.
struct Use {
    KeyUse use;
    std::string_view commands;  // each between commas
};
constexpr std::array kUses{
    Use{{"OW insert", "OW insert"}, ",MSETNX,SETNX,"},
    Use{{kOverwritten, kOverwritten}, ",MSET,PSETEX,RESTORE,SETEX,"},
    Use{{kOverwritten, kRead},
        ",BITOP,GEOSEARCHSTORE,SDIFFSTORE,SUNIONSTORE,ZDIFFSTORE,ZINTERSTORE,ZRANGESTORE,"
        "ZUNIONSTORE,"},
    Use{{"RM delete", "RM delete"}, ",DEL,UNLINK,"},
    Use{{"RO", "RO"},
        ",EXISTS,HEXISTS,HLEN,HSTRLEN,LLEN,MEMORY USAGE,OBJECT ENCODING,OBJECT FREQ,"
        "OBJECT IDLETIME,OBJECT REFCOUNT,SCARD,SISMEMBER,STRLEN,TOUCH,TYPE,XLEN,ZCARD,"},
    Use{{kRead, kOverwritten}, ",COPY,GEORADIUS,GEORADIUSBYMEMBER,SORT,"},
    Use{{"RW access", "RW access"}, ",PFCOUNT,"},
    Use{{"RW access delete", "OW insert"}, ",RENAMENX,"},
    Use{{"RW access delete", kOverwritten}, ",RENAME,"},
    Use{{"RW access delete", "RW access delete"},
        ",GETDEL,LMPOP,LPOP,RPOP,SPOP,ZMPOP,ZPOPMAX,ZPOPMIN,"},
    Use{{"RW access delete", "RW insert"}, ",LMOVE,RPOPLPUSH,SMOVE,"},
    Use{{"RW access insert", kRead}, ",PFMERGE,"},
    Use{{"RW access update", "RW access update"},
        ",DECR,DECRBY,EVAL,EVALSHA,FCALL,GETEX,GETSET,HINCRBY,HINCRBYFLOAT,INCR,INCRBY,"
        "INCRBYFLOAT,SETBIT,ZINCRBY,"},
    Use{{"RW delete", "RW delete"},
        ",HDEL,LREM,LTRIM,SREM,XAUTOCLAIM,XDEL,XGROUP DELCONSUMER,XGROUP DESTROY,XTRIM,ZREM,"
        "ZREMRANGEBYLEX,ZREMRANGEBYRANK,ZREMRANGEBYSCORE,"},
    Use{{"RW insert", "RW insert"},
        ",APPEND,HSETNX,LINSERT,LPUSH,LPUSHX,PFADD,RPUSH,RPUSHX,SADD,XGROUP CREATE,"
        "XGROUP CREATECONSUMER,"},
    Use{{"RW update", "RW update"},
        ",EXPIRE,EXPIREAT,GEOADD,HMSET,HSET,LSET,PERSIST,PEXPIRE,PEXPIREAT,SETRANGE,XACK,XADD,"
        "XCLAIM,XGROUP SETID,XSETID,ZADD,"},
    Use{{"RW update", kRead}, ",SINTERSTORE,"},
};

// Where it depends on an option (Redis: db.c, setGetKeys and bitfieldGetKeys).
struct OptionalUse {
    std::string_view command;
    std::size_t first_option;  // among the words
    std::array<std::string_view, 2> options;
    std::string_view with;
    std::string_view without;
};
constexpr std::array kOptionalUses{
    OptionalUse{"BITFIELD", 2, {"SET", "INCRBY"}, "RW access update", kRead},
    OptionalUse{"SET", 3, {"GET", "GET"}, "RW access update", kOverwritten},
};

}  // namespace

KeyUse find_key_use(const RedisRow& command, std::string_view bytes,
                    std::span<const Slice> words) noexcept {
    for (const OptionalUse& each : kOptionalUses) {
        if (each.command == command.name) {
            const auto options = words.subspan(std::min(each.first_option, words.size()));
            const bool has_one =
                std::any_of(options.begin(), options.end(), [&](const Slice& word) {
                    return is_redis_option(word.of(bytes), each.options[0]) ||
                           is_redis_option(word.of(bytes), each.options[1]);
                });
            return {has_one ? each.with : each.without, {}};
        }
    }
    for (const Use& each : kUses) {
        if (redis_rows::is_word_among(each.commands, ',', command.name)) {
            return each.use;
        }
    }
    return {kRead, kRead};
}

}  // namespace ringside::protocol
