// The Redis commands that the proxy knows. Arity and key positions are those of Redis 7 (COMMAND
// INFO); adding a command that one node can answer is adding a row.
//
// A command without a row is answered as Redis answers what it does not know.
#pragma once

#include "protocol/command.h"
#include "protocol/command_index.h"

#include <array>
#include <cstdint>

namespace ringside::protocol {

// Only the commands that the proxy answers itself need to be told apart.
enum class RedisCommand : std::uint8_t { ping, quit, auth, forwarded };

namespace redis_rows {

constexpr CommandSpec local(std::string_view name, RedisCommand id, std::int32_t words_min,
                            std::int32_t words_max, std::string_view doc) {
    return {name,
            Route::local,
            Merge::none,
            Access::none,
            ReplyShape::any,
            words_min,
            words_max,
            0,
            0,
            0,
            static_cast<std::uint8_t>(id),
            doc};
}
constexpr CommandSpec one_key(std::string_view name, Access access, std::int32_t words_min,
                              std::int32_t words_max, std::string_view doc) {
    return {name,
            Route::by_key,
            Merge::none,
            access,
            ReplyShape::any,
            words_min,
            words_max,
            1,
            1,
            1,
            static_cast<std::uint8_t>(RedisCommand::forwarded),
            doc};
}
constexpr CommandSpec each_key(std::string_view name, Access access, Merge merge,
                               std::string_view doc) {
    return {name,
            Route::by_each_key,
            merge,
            access,
            ReplyShape::any,
            2,
            -1,
            1,
            -1,
            1,
            static_cast<std::uint8_t>(RedisCommand::forwarded),
            doc};
}

}  // namespace redis_rows

inline constexpr std::array<CommandSpec, 14> kRedisCommands{{
    redis_rows::local("PING", RedisCommand::ping, 1, 2,
                      "Answered by the proxy, whatever the state of the nodes."),
    redis_rows::local("QUIT", RedisCommand::quit, 1, -1,
                      "Closes the connection after the answers that are under way."),
    redis_rows::local("AUTH", RedisCommand::auth, 2, 3,
                      "Checked against redis_auth of the pool; the only user is default."),
    redis_rows::one_key("GET", Access::read, 2, 2, "The value of a key."),
    redis_rows::one_key("SET", Access::write, 3, -1, "Stores a value."),
    redis_rows::one_key("INCR", Access::write, 2, 2, "Adds one to a number."),
    redis_rows::one_key("EXPIRE", Access::write, 3, -1, "Sets the time after which a key goes."),
    redis_rows::one_key("TTL", Access::read, 2, 2, "The time that a key has left."),
    redis_rows::each_key("MGET", Access::read, Merge::array,
                         "Values of several keys, split over their nodes."),
    redis_rows::each_key("DEL", Access::write, Merge::sum, "Removes keys, split over their nodes."),
    redis_rows::each_key("UNLINK", Access::write, Merge::sum,
                         "Removes keys, split over their nodes."),
    redis_rows::each_key("EXISTS", Access::read, Merge::sum,
                         "Counts keys, split over their nodes."),
    redis_rows::each_key("TOUCH", Access::read, Merge::sum,
                         "Counts and refreshes keys, split over their nodes."),
    {"MSET", Route::by_each_key, Merge::all_ok, Access::write, ReplyShape::any, 3, -1, 1, -1, 2,
     static_cast<std::uint8_t>(RedisCommand::forwarded),
     "Stores several values, split over their nodes; not atomic."},
}};

inline constexpr CommandIndex<kRedisCommands.size(), NameCase::ignored> kRedisIndex(kRedisCommands);

}  // namespace ringside::protocol
