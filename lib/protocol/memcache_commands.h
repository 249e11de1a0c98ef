// The memcached text commands that the proxy knows: doc/protocol.txt of memcached 1.6.18.
//
// A command without a row is answered with ERROR, as memcached answers what it does not know. Rows
// with the route `refused` get the same answer; they are here because their framing or the reason
// has to be known.
#pragma once

#include "protocol/command.h"
#include "protocol/command_index.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace ringside::protocol {

enum class MemcacheCommand : std::uint8_t {
    get,
    gets,
    set,
    add,
    replace,
    append,
    prepend,
    cas,
    incr,
    decr,
    touch,
    delete_key,
    version,
    quit,
    meta_set,
    unsupported,
};

namespace memcache_rows {

using Id = MemcacheCommand;

// words_max counts the optional `noreply`, and the 0 that old clients send behind a delete.
constexpr CommandSpec retrieval(std::string_view name, Id id, std::string_view doc) {
    return {name,
            Route::by_each_key,
            Merge::values,
            Access::read,
            ReplyShape::values,
            2,
            -1,
            1,
            -1,
            1,
            static_cast<std::uint8_t>(id),
            doc};
}
constexpr CommandSpec storage(std::string_view name, Id id, std::int32_t words,
                              std::string_view doc) {
    return {name,
            Route::by_key,
            Merge::none,
            Access::write,
            ReplyShape::line,
            words,
            words + 1,
            1,
            1,
            1,
            static_cast<std::uint8_t>(id),
            doc};
}
constexpr CommandSpec number(std::string_view name, Id id, std::string_view doc) {
    return {name,
            Route::by_key,
            Merge::none,
            Access::write,
            ReplyShape::number,
            3,
            4,
            1,
            1,
            1,
            static_cast<std::uint8_t>(id),
            doc};
}
constexpr CommandSpec refused(std::string_view name, Id id, std::string_view doc) {
    return {name,
            Route::refused,
            Merge::none,
            Access::none,
            ReplyShape::line,
            1,
            -1,
            0,
            0,
            0,
            static_cast<std::uint8_t>(id),
            doc};
}

}  // namespace memcache_rows

inline constexpr std::array<CommandSpec, 26> kMemcacheCommands{{
    memcache_rows::retrieval("get", MemcacheCommand::get,
                             "Values of one or more keys, split over their nodes."),
    memcache_rows::retrieval("gets", MemcacheCommand::gets,
                             "As get, with the unique number that cas needs."),
    memcache_rows::storage("set", MemcacheCommand::set, 5, "Stores a value."),
    memcache_rows::storage("add", MemcacheCommand::add, 5, "Stores a value if the key has none."),
    memcache_rows::storage("replace", MemcacheCommand::replace, 5,
                           "Stores a value if the key has one."),
    memcache_rows::storage("append", MemcacheCommand::append, 5, "Adds bytes behind a value."),
    memcache_rows::storage("prepend", MemcacheCommand::prepend, 5,
                           "Adds bytes in front of a value."),
    memcache_rows::storage("cas", MemcacheCommand::cas, 6,
                           "Stores a value if nobody has changed it since gets."),
    memcache_rows::number("incr", MemcacheCommand::incr, "Adds to a number."),
    memcache_rows::number("decr", MemcacheCommand::decr, "Subtracts from a number, down to 0."),
    {"touch", Route::by_key, Merge::none, Access::write, ReplyShape::line, 3, 4, 1, 1, 1,
     static_cast<std::uint8_t>(MemcacheCommand::touch), "Changes the time a value expires."},
    {"delete", Route::by_key, Merge::none, Access::write, ReplyShape::line, 2, 4, 1, 1, 1,
     static_cast<std::uint8_t>(MemcacheCommand::delete_key), "Removes a value."},
    {"version", Route::any_node, Merge::none, Access::none, ReplyShape::line, 1, 1, 0, 0, 0,
     static_cast<std::uint8_t>(MemcacheCommand::version), "The version of a node's memcached."},
    {"quit", Route::local, Merge::none, Access::none, ReplyShape::line, 1, -1, 0, 0, 0,
     static_cast<std::uint8_t>(MemcacheCommand::quit),
     "Closes the connection after the answers that are under way."},
    memcache_rows::refused("gat", MemcacheCommand::unsupported, "Not supported."),
    memcache_rows::refused("gats", MemcacheCommand::unsupported, "Not supported."),
    memcache_rows::refused("ms", MemcacheCommand::meta_set, "Meta commands are not supported."),
    memcache_rows::refused("mg", MemcacheCommand::unsupported, "Meta commands are not supported."),
    memcache_rows::refused("md", MemcacheCommand::unsupported, "Meta commands are not supported."),
    memcache_rows::refused("ma", MemcacheCommand::unsupported, "Meta commands are not supported."),
    memcache_rows::refused("mn", MemcacheCommand::unsupported, "Meta commands are not supported."),
    memcache_rows::refused("me", MemcacheCommand::unsupported, "Meta commands are not supported."),
    memcache_rows::refused("stats", MemcacheCommand::unsupported,
                           "Concerns one node, not a pool: see the admin API."),
    memcache_rows::refused("flush_all", MemcacheCommand::unsupported,
                           "Would empty the cache of all clients."),
    memcache_rows::refused("verbosity", MemcacheCommand::unsupported,
                           "Concerns one node, not a pool."),
    memcache_rows::refused("shutdown", MemcacheCommand::unsupported,
                           "Would end a node of all clients."),
}};

inline constexpr CommandIndex<kMemcacheCommands.size(), NameCase::exact> kMemcacheIndex(
    kMemcacheCommands);

constexpr MemcacheCommand memcache_id(const CommandSpec& command) noexcept {
    return static_cast<MemcacheCommand>(command.id);
}

// Which word of the line is the length of a data block that follows it; 0: no block follows.
constexpr std::size_t block_length_word(MemcacheCommand command) noexcept {
    switch (command) {
        case MemcacheCommand::set:
        case MemcacheCommand::add:
        case MemcacheCommand::replace:
        case MemcacheCommand::append:
        case MemcacheCommand::prepend:
        case MemcacheCommand::cas:
            return 4;
        case MemcacheCommand::meta_set:
            return 2;
        case MemcacheCommand::get:
        case MemcacheCommand::gets:
        case MemcacheCommand::incr:
        case MemcacheCommand::decr:
        case MemcacheCommand::touch:
        case MemcacheCommand::delete_key:
        case MemcacheCommand::version:
        case MemcacheCommand::quit:
        case MemcacheCommand::unsupported:
            return 0;
    }
    return 0;
}

}  // namespace ringside::protocol
