// Short forms for the rows of the Redis command table.
//
// `arity` is Redis's own (COMMAND INFO): the number of words with the command's name, negative if
// more may follow.
#pragma once

#include "protocol/command.h"

#include <cstdint>
#include <string_view>

namespace ringside::protocol {

// Only the commands that the proxy answers itself need to be told apart.
enum class RedisCommand : std::uint8_t {
    forwarded,
    refused,
    auth,
    client_getname,
    client_id,
    client_info,
    client_reply,
    client_setinfo,
    client_setname,
    client_switch,
    command,
    command_count,
    command_docs,
    command_getkeys,
    command_getkeysandflags,
    command_info,
    command_list,
    echo,
    hello,
    help,
    info,
    ping,
    quit,
    reset,
    select,
    time,
};

// How first_key, last_key and key_step of a row are to be read.
enum class KeyRule : std::uint8_t {
    range,     // the words from first_key to last_key, key_step apart
    counted,   // the word at first_key says how many keys follow it; last_key is one more, unless 0
    scripted,  // as counted; there may be none, but then the proxy does not know where to go
    stored,    // as range; and the word behind the last STORE or STOREDIST among the options
    sorted,    // as stored, with the options of SORT: its patterns name further keys
    streams,   // the first half of the words behind STREAMS; the options before it must not block
};

// A row of the table: all that there is to know of a command.
struct RedisRow : CommandSpec {
    RedisCommand id;
    KeyRule key_rule;
    // The second word belongs to the name: "OBJECT ENCODING" has a row of its own.
    bool has_subcommands;
    bool is_subcommand;
};

constexpr const RedisRow& redis_row(const CommandSpec& command) noexcept {
    return static_cast<const RedisRow&>(command);
}

// Only a name for its subcommands, which have rows of their own.
constexpr bool is_mere_container(const RedisRow& command) noexcept {
    return command.has_subcommands && command.words_min > 1;
}

namespace redis_rows {

inline constexpr Access kRead = Access::read;
inline constexpr Access kWrite = Access::write;

// Whether a text that consists of names, each between two separators, has this one.
constexpr bool is_word_among(std::string_view names, char separator, std::string_view name) {
    std::size_t at = names.find(name);
    while (at != std::string_view::npos) {
        if (names[at - 1] == separator && names[at + name.size()] == separator) {
            return true;
        }
        at = names.find(name, at + 1);
    }
    return false;
}

// Where the keys stand: first, last (negative: counted from the end) and the distance between two.
struct Keys {
    std::int8_t first;
    std::int8_t last;
    std::int8_t step = 1;
};

constexpr RedisRow row(std::string_view name, Route route, std::int32_t arity, Access access,
                       std::string_view doc) {
    return {{.name = name,
             .route = route,
             .merge = Merge::none,
             .part_per_key = false,
             .access = access,
             .permission = Permission::always,
             .needs_authentication = true,
             .may_change_links = false,
             .needs_facts = false,
             .words_min = arity < 0 ? -arity : arity,
             .words_max = arity < 0 ? -1 : arity,
             .first_key = 0,
             .last_key = 0,
             .key_step = 0,
             .in_twemproxy = false,
             .twemproxy_words_max = -1,
             .doc = doc,
             .family = {}},
            RedisCommand::forwarded,
            KeyRule::range,
            false,
            name.find(' ') != std::string_view::npos};
}

constexpr RedisRow with_keys(RedisRow command, Keys keys, KeyRule rule = KeyRule::range) {
    command.first_key = keys.first;
    command.last_key = keys.last;
    command.key_step = keys.step;
    command.key_rule = rule;
    return command;
}

// To the owner of its one key, the word behind the name.
constexpr RedisRow one_key(std::string_view name, std::int32_t arity, Access access,
                           std::string_view doc) {
    const bool is_subcommand = name.find(' ') != std::string_view::npos;
    const std::int8_t key = is_subcommand ? 2 : 1;
    return with_keys(row(name, Route::by_key, arity, access, doc), {key, key});
}

// Split over the owners of its keys.
constexpr RedisRow each_key(std::string_view name, std::int32_t arity, Access access, Merge merge,
                            std::string_view doc) {
    RedisRow command = with_keys(row(name, Route::by_each_key, arity, access, doc), {1, -1});
    command.merge = merge;
    return command;
}

// To the one owner of all its keys.
constexpr RedisRow together(Keys keys, std::string_view name, std::int32_t arity, Access access,
                            std::string_view doc) {
    return with_keys(row(name, Route::same_node, arity, access, doc), keys);
}

// Where the number of keys stands, which they follow, and a key before it (0: none).
struct Count {
    std::int8_t at;
    std::int8_t key_before = 0;
};

// Likewise; one of its arguments says how many keys there are.
constexpr RedisRow counted(Count count, std::string_view name, std::int32_t arity, Access access,
                           std::string_view doc) {
    return with_keys(row(name, Route::same_node, arity, access, doc), {count.at, count.key_before},
                     KeyRule::counted);
}

// Likewise; a script, which the same argument may say to have no key at all.
constexpr RedisRow script(std::string_view name, Access access, std::string_view doc) {
    return with_keys(row(name, Route::same_node, -3, access, doc), {2, 0}, KeyRule::scripted);
}

// Likewise; options among its arguments decide about the keys.
constexpr RedisRow by_options(KeyRule rule, std::string_view name, std::int32_t arity,
                              Access access, std::string_view doc) {
    const Keys first = rule == KeyRule::streams ? Keys{0, 0, 0} : Keys{1, 1};
    return with_keys(row(name, Route::same_node, arity, access, doc), first, rule);
}

// Answered by the proxy.
constexpr RedisRow local(std::string_view name, RedisCommand id, std::int32_t words_min,
                         std::int32_t words_max, std::string_view doc) {
    RedisRow command = row(name, Route::local, -words_min, Access::none, doc);
    command.words_max = words_max;
    command.id = id;
    return command;
}

constexpr RedisRow with_facts(RedisRow command) {
    command.needs_facts = true;
    return command;
}

constexpr RedisRow with_subcommands(RedisRow command) {
    command.has_subcommands = true;
    return command;
}

// Allowed before the session has authenticated, as Redis's flag no_auth: what it takes to
// authenticate, or to start again, or to go.
constexpr RedisRow without_authentication(RedisRow command) {
    command.needs_authentication = false;
    return command;
}

// Chooses between RESP2 and RESP3, which have links of their own.
constexpr RedisRow changing_links(RedisRow command) {
    command.may_change_links = true;
    return command;
}

// Only its subcommands have a meaning.
constexpr RedisRow container(std::string_view name) {
    return with_subcommands(
        local(name, RedisCommand::help, 2, -1, "Has a meaning only with a subcommand."));
}

constexpr RedisRow help(std::string_view name) {
    return local(name, RedisCommand::help, 2, 2, "The subcommands that the proxy knows.");
}

// Never reaches a node. `why` is a sentence, without its full stop, that ends the error.
constexpr RedisRow refused(std::string_view name, std::string_view why) {
    RedisRow command = row(name, Route::refused, -1, Access::none, why);
    command.id = RedisCommand::refused;
    return command;
}

}  // namespace redis_rows
}  // namespace ringside::protocol
