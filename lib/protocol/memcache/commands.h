// The memcached text commands that the proxy knows: doc/protocol.txt of memcached 1.6.18.
//
// A command without a row is answered with ERROR, as memcached answers what it does not know. Rows
// with the route `refused` are here because their framing or the reason has to be known.
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
    gat,
    gats,
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
    flush_all,
    stats,
    verbosity,
    version,
    quit,
    meta_set,
    meta,
    shutdown,
    one_node,  // administers a single node
};

// What an answer of the node looks like.
enum class ReplyShape : std::uint8_t {
    line,    // exactly one line
    values,  // VALUE blocks and END
    number,  // a decimal number or a status line
    stats,   // STAT lines and END
};

// A row of the table: all that there is to know of a command.
struct MemcacheRow : CommandSpec {
    ReplyShape reply;
    MemcacheCommand id;
};

constexpr const MemcacheRow& memcache_row(const CommandSpec& command) noexcept {
    return static_cast<const MemcacheRow&>(command);
}

namespace memcache_rows {

using Id = MemcacheCommand;

// The least words, the most, and whether the last of those is optional: `noreply`, or a word that
// memcached ignores.
struct Words {
    std::int32_t least;
    std::int32_t most;
};
constexpr Words with_noreply(std::int32_t words) {
    return {words, words + 1};
}
inline constexpr std::int32_t kAnyNumber = -1;

constexpr MemcacheRow keyless(std::string_view name, Id id, Route route, Words words,
                              std::string_view doc) {
    return {{.name = name,
             .route = route,
             .merge = Merge::none,
             .part_per_key = false,
             .access = Access::none,
             .permission = Permission::always,
             .needs_authentication = false,
             .may_change_links = false,
             .needs_facts = false,
             .words_min = words.least,
             .words_max = words.most,
             .first_key = 0,
             .last_key = 0,
             .key_step = 0,
             .in_twemproxy = false,
             .twemproxy_words_max = -1,
             .doc = doc,
             .family = {}},
            ReplyShape::line,
            id};
}

constexpr MemcacheRow keyed(std::string_view name, Id id, Words words, std::string_view doc) {
    MemcacheRow row = keyless(name, id, Route::by_key, words, doc);
    row.access = Access::write;
    row.first_key = row.last_key = row.key_step = 1;
    return row;
}

constexpr MemcacheRow number(std::string_view name, Id id, std::string_view doc) {
    MemcacheRow row = keyed(name, id, with_noreply(3), doc);
    row.reply = ReplyShape::number;
    return row;
}

// The keys are all words from `first_key` on.
constexpr MemcacheRow retrieval(std::string_view name, Id id, std::int8_t first_key,
                                std::string_view doc) {
    MemcacheRow row = keyless(name, id, Route::by_each_key, {first_key + 1, kAnyNumber}, doc);
    row.merge = Merge::values;
    row.access = Access::read;
    row.reply = ReplyShape::values;
    row.first_key = first_key;
    row.last_key = -1;
    row.key_step = 1;
    return row;
}

constexpr MemcacheRow refused(std::string_view name, Id id, std::string_view doc) {
    return keyless(name, id, Route::refused, {1, kAnyNumber}, doc);
}

constexpr MemcacheRow stats() {
    MemcacheRow row =
        keyless("stats", Id::stats, Route::every_node, {1, kAnyNumber},
                "The statistics of all nodes together, and rows of the proxy's own. Refused with "
                "arguments: those concern one node.");
    row.merge = Merge::stats;
    row.reply = ReplyShape::stats;
    row.needs_facts = true;
    return row;
}

constexpr MemcacheRow flush_all() {
    MemcacheRow row = keyless("flush_all", Id::flush_all, Route::every_node, {1, 3},
                              "Empties all nodes, at once or after a delay. Only with `flush_all: "
                              "true` in the pool; refused otherwise.");
    row.merge = Merge::all_ok;
    row.access = Access::write;
    row.permission = Permission::flush_all;
    row.needs_facts = true;  // the refusal names the pool
    return row;
}

constexpr MemcacheRow in_twemproxy(MemcacheRow row) {
    row.in_twemproxy = true;
    return row;
}

inline constexpr std::string_view kMetaDoc = "Meta commands are not supported.";
inline constexpr std::string_view kOneNodeDoc = "Concerns one node, not a pool: ask the node.";

inline constexpr auto kMemcacheCommands = std::to_array<MemcacheRow>({
    in_twemproxy(
        retrieval("get", Id::get, 1, "Values of one or more keys, split over their nodes.")),
    in_twemproxy(retrieval("gets", Id::gets, 1, "As get, with the unique number that cas needs.")),
    retrieval("gat", Id::gat, 2, "As get, and changes the time the values expire."),
    retrieval("gats", Id::gats, 2, "As gets, and changes the time the values expire."),
    in_twemproxy(keyed("set", Id::set, with_noreply(5), "Stores a value.")),
    in_twemproxy(keyed("add", Id::add, with_noreply(5), "Stores a value if the key has none.")),
    in_twemproxy(
        keyed("replace", Id::replace, with_noreply(5), "Stores a value if the key has one.")),
    in_twemproxy(keyed("append", Id::append, with_noreply(5), "Adds bytes behind a value.")),
    in_twemproxy(keyed("prepend", Id::prepend, with_noreply(5), "Adds bytes in front of a value.")),
    in_twemproxy(keyed("cas", Id::cas, with_noreply(6),
                       "Stores a value if nobody has changed it since gets.")),
    in_twemproxy(number("incr", Id::incr, "Adds to a number.")),
    in_twemproxy(number("decr", Id::decr, "Subtracts from a number, down to 0.")),
    in_twemproxy(keyed("touch", Id::touch, with_noreply(3), "Changes the time a value expires.")),
    // The fourth word: the 0 that old clients send.
    in_twemproxy(keyed("delete", Id::delete_key, {2, 4}, "Removes a value.")),
    in_twemproxy(keyless("version", Id::version, Route::any_node, {1, kAnyNumber},
                         "The version of a node's memcached.")),
    in_twemproxy(keyless("quit", Id::quit, Route::local, {1, kAnyNumber},
                         "Closes the connection after the answers that are under way.")),
    flush_all(),
    stats(),
    keyless("verbosity", Id::verbosity, Route::local, with_noreply(2),
            "Answered with OK and nothing else: how much a node logs is no client's business."),
    refused("ms", Id::meta_set, kMetaDoc),
    refused("mg", Id::meta, kMetaDoc),
    refused("md", Id::meta, kMetaDoc),
    refused("ma", Id::meta, kMetaDoc),
    refused("mn", Id::meta, kMetaDoc),
    refused("me", Id::meta, kMetaDoc),
    refused("shutdown", Id::shutdown, "Would end a node of all clients."),
    refused("slabs", Id::one_node, kOneNodeDoc),
    refused("lru", Id::one_node, kOneNodeDoc),
    refused("lru_crawler", Id::one_node, kOneNodeDoc),
    refused("watch", Id::one_node, kOneNodeDoc),
    refused("cache_memlimit", Id::one_node, kOneNodeDoc),
    refused("extstore", Id::one_node, kOneNodeDoc),
    refused("misbehave", Id::one_node, kOneNodeDoc),
    refused("refresh_certs", Id::one_node, kOneNodeDoc),
});

}  // namespace memcache_rows

using memcache_rows::kMemcacheCommands;

inline constexpr CommandIndex<MemcacheRow, kMemcacheCommands.size(), NameCase::exact>
    kMemcacheIndex(kMemcacheCommands);

constexpr MemcacheCommand memcache_id(const CommandSpec& command) noexcept {
    return memcache_row(command).id;
}

// Whether its VALUE lines have the unique number that cas needs.
constexpr bool answers_with_cas(MemcacheCommand command) noexcept {
    return command == MemcacheCommand::gets || command == MemcacheCommand::gats;
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
        case MemcacheCommand::gat:
        case MemcacheCommand::gats:
        case MemcacheCommand::incr:
        case MemcacheCommand::decr:
        case MemcacheCommand::touch:
        case MemcacheCommand::delete_key:
        case MemcacheCommand::flush_all:
        case MemcacheCommand::stats:
        case MemcacheCommand::verbosity:
        case MemcacheCommand::version:
        case MemcacheCommand::quit:
        case MemcacheCommand::meta:
        case MemcacheCommand::shutdown:
        case MemcacheCommand::one_node:
            return 0;
    }
    return 0;
}

}  // namespace ringside::protocol
