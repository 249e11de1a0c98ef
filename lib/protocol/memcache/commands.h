// The memcached text commands that the proxy knows: doc/protocol.txt of memcached 1.6.18.
//
// A command without a row is answered with ERROR, as memcached answers what it does not know. Rows
// with the route `refused` are here because their framing or the reason has to be known. The
// columns are explained in rows.h; commands.cpp has what must hold of every row.
#pragma once

#include "protocol/command_index.h"
#include "protocol/memcache/rows.h"
#include "protocol/memcache/texts.h"

#include <array>
#include <string_view>

namespace ringside::protocol {
namespace memcache_rows {

inline constexpr Answers kValues = many_lines(ReplyShape::values, false);
inline constexpr Answers kValuesWithUnique = many_lines(ReplyShape::values, true);
// Of all storage commands alike, though not each has a use for each.
inline constexpr Answers kStored =
    one_of({text("STORED", Outcome::stored), text("NOT_STORED", Outcome::not_stored),
            text("EXISTS", Outcome::exists), text("NOT_FOUND", Outcome::miss)});

inline constexpr std::string_view kMetaDoc = "Meta commands are not supported.";
inline constexpr std::string_view kOneNodeDoc = "Concerns one node, not a pool: ask the node.";

inline constexpr auto kMemcacheCommands = std::to_array<MemcacheRow>({
    retrieval({.name = "get",
               .access = Access::read,
               .first_key = 1,
               .arguments = Arguments::keys,
               .answers = kValues,
               .in_twemproxy = true,
               .doc = "Values of one or more keys, split over their nodes."}),
    retrieval({.name = "gets",
               .access = Access::read,
               .first_key = 1,
               .arguments = Arguments::keys,
               .answers = kValuesWithUnique,
               .in_twemproxy = true,
               .doc = "As get, with the unique number that cas needs."}),
    retrieval({.name = "gat",
               .access = Access::write,  // of the time they expire
               .first_key = 2,
               .arguments = Arguments::exptime_and_keys,
               .answers = kValues,
               .in_twemproxy = false,
               .doc = "As get, and changes the time the values expire."}),
    retrieval({.name = "gats",
               .access = Access::write,  // of the time they expire
               .first_key = 2,
               .arguments = Arguments::exptime_and_keys,
               .answers = kValuesWithUnique,
               .in_twemproxy = false,
               .doc = "As gets, and changes the time the values expire."}),
    // memcached removes the old value when the new one of a set is too large (proto_text.c,
    // process_update_command: "Avoid stale data persisting in cache"), and so does the pool. The
    // other storage commands leave it.
    keyed({.name = "set",
           .command_class = CommandClass::write,
           .words = with_noreply(5),
           .arguments = Arguments::storage,
           .block_length_word = 4,
           .too_large_entails = "delete",
           .answers = kStored,
           .in_twemproxy = true,
           .doc = "Stores a value."}),
    keyed({.name = "add",
           .command_class = CommandClass::write,
           .words = with_noreply(5),
           .arguments = Arguments::storage,
           .block_length_word = 4,
           .too_large_entails = {},
           .answers = kStored,
           .in_twemproxy = true,
           .doc = "Stores a value if the key has none."}),
    keyed({.name = "replace",
           .command_class = CommandClass::write,
           .words = with_noreply(5),
           .arguments = Arguments::storage,
           .block_length_word = 4,
           .too_large_entails = {},
           .answers = kStored,
           .in_twemproxy = true,
           .doc = "Stores a value if the key has one."}),
    keyed({.name = "append",
           .command_class = CommandClass::write,
           .words = with_noreply(5),
           .arguments = Arguments::storage,
           .block_length_word = 4,
           .too_large_entails = {},
           .answers = kStored,
           .in_twemproxy = true,
           .doc = "Adds bytes behind a value."}),
    keyed({.name = "prepend",
           .command_class = CommandClass::write,
           .words = with_noreply(5),
           .arguments = Arguments::storage,
           .block_length_word = 4,
           .too_large_entails = {},
           .answers = kStored,
           .in_twemproxy = true,
           .doc = "Adds bytes in front of a value."}),
    keyed({.name = "cas",
           .command_class = CommandClass::write,
           .words = with_noreply(6),
           .arguments = Arguments::storage_unique,
           .block_length_word = 4,
           .too_large_entails = {},
           .answers = kStored,
           .in_twemproxy = true,
           .doc = "Stores a value if nobody has changed it since gets."}),
    keyed({.name = "incr",
           .command_class = CommandClass::write,
           .words = with_noreply(3),
           .arguments = Arguments::delta,
           .block_length_word = 0,
           .too_large_entails = {},
           .answers = one_of({number(Outcome::number), text("NOT_FOUND", Outcome::miss)}),
           .in_twemproxy = true,
           .doc = "Adds to a number."}),
    keyed({.name = "decr",
           .command_class = CommandClass::write,
           .words = with_noreply(3),
           .arguments = Arguments::delta,
           .block_length_word = 0,
           .too_large_entails = {},
           .answers = one_of({number(Outcome::number), text("NOT_FOUND", Outcome::miss)}),
           .in_twemproxy = true,
           .doc = "Subtracts from a number, down to 0."}),
    keyed({.name = "touch",
           .command_class = CommandClass::write,
           .words = with_noreply(3),
           .arguments = Arguments::exptime,
           .block_length_word = 0,
           .too_large_entails = {},
           .answers = one_of({text("TOUCHED", Outcome::ok), text("NOT_FOUND", Outcome::miss)}),
           .in_twemproxy = true,
           .doc = "Changes the time a value expires."}),
    keyed({.name = "delete",
           .command_class = CommandClass::remove,
           .words = {2, 4, LastWord::noreply},
           .arguments = Arguments::old_zero,
           .block_length_word = 0,
           .too_large_entails = {},
           .answers = one_of({text("DELETED", Outcome::ok), text("NOT_FOUND", Outcome::miss)}),
           .in_twemproxy = true,
           .doc = "Removes a value."}),
    keyless({.name = "version",
             .route = Route::any_node,
             .access = Access::none,
             .permission = Permission::always,
             .needs_facts = false,
             .words = at_least(1),
             .arguments = Arguments::dropped,
             .answers = one_of({prefix("VERSION ", Outcome::ok)}),
             .merge = Merge::none,
             .local = kNoLocalAnswer,
             .in_twemproxy = true,
             .doc = "The version of a node's memcached."}),
    keyless({.name = "quit",
             .route = Route::local,
             .access = Access::none,
             .permission = Permission::always,
             .needs_facts = false,
             .words = at_least(1),
             .arguments = Arguments::any,
             .answers = kNoNodeAnswers,
             .merge = Merge::none,
             .local = {.text = {}, .names_pool = false, .closes = true},
             .in_twemproxy = true,
             .doc = "Closes the connection after the answers that are under way."}),
    keyless({.name = "flush_all",
             .route = Route::every_node,
             .access = Access::write,
             .permission = Permission::flush_all,
             .needs_facts = true,
             .words = {1, 3, LastWord::noreply_or_ignored},
             .arguments = Arguments::delay,
             .answers = one_of({text("OK", Outcome::ok)}),
             .merge = Merge::all_ok,
             .local = {.text = kFlushAllNotAllowed, .names_pool = true, .closes = false},
             .in_twemproxy = false,
             .doc = "Empties all nodes, at once or after a delay. Only with `flush_all: "
                    "true` in the pool; refused otherwise."}),
    keyless({.name = "stats",
             .route = Route::every_node,
             .access = Access::none,
             .permission = Permission::always,
             .needs_facts = true,
             .words = at_least(1),
             .arguments = Arguments::refused,
             .answers = many_lines(ReplyShape::stats, false),
             .merge = Merge::stats,
             .local = says(kStatsArguments),
             .in_twemproxy = false,
             .doc =
                 "The statistics of all nodes together, and rows of the proxy's own. Refused with "
                 "arguments: those concern one node."}),
    keyless(
        {.name = "verbosity",
         .route = Route::local,
         .access = Access::none,
         .permission = Permission::always,
         .needs_facts = false,
         .words = with_noreply(2),
         .arguments = Arguments::level,
         .answers = kNoNodeAnswers,
         .merge = Merge::none,
         .local = says(kOk),
         .in_twemproxy = false,
         .doc =
             "Answered with OK and nothing else: how much a node logs is no client's business."}),
    refused({.name = "ms", .block_length_word = 2, .answer = kError, .doc = kMetaDoc}),
    refused({.name = "mg", .block_length_word = 0, .answer = kError, .doc = kMetaDoc}),
    refused({.name = "md", .block_length_word = 0, .answer = kError, .doc = kMetaDoc}),
    refused({.name = "ma", .block_length_word = 0, .answer = kError, .doc = kMetaDoc}),
    refused({.name = "mn", .block_length_word = 0, .answer = kError, .doc = kMetaDoc}),
    refused({.name = "me", .block_length_word = 0, .answer = kError, .doc = kMetaDoc}),
    refused({.name = "shutdown",
             .block_length_word = 0,
             .answer = kNoShutdown,
             .doc = "Would end a node of all clients."}),
    refused({.name = "slabs", .block_length_word = 0, .answer = kOneNode, .doc = kOneNodeDoc}),
    refused({.name = "lru", .block_length_word = 0, .answer = kOneNode, .doc = kOneNodeDoc}),
    refused(
        {.name = "lru_crawler", .block_length_word = 0, .answer = kOneNode, .doc = kOneNodeDoc}),
    refused({.name = "watch", .block_length_word = 0, .answer = kOneNode, .doc = kOneNodeDoc}),
    refused(
        {.name = "cache_memlimit", .block_length_word = 0, .answer = kOneNode, .doc = kOneNodeDoc}),
    refused({.name = "extstore", .block_length_word = 0, .answer = kOneNode, .doc = kOneNodeDoc}),
    refused({.name = "misbehave", .block_length_word = 0, .answer = kOneNode, .doc = kOneNodeDoc}),
    refused(
        {.name = "refresh_certs", .block_length_word = 0, .answer = kOneNode, .doc = kOneNodeDoc}),
});

}  // namespace memcache_rows

using memcache_rows::kMemcacheCommands;

inline constexpr CommandIndex<MemcacheRow, kMemcacheCommands.size(), NameCase::exact>
    kMemcacheIndex(kMemcacheCommands);

}  // namespace ringside::protocol
