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

constexpr CommandSpec row(std::string_view name, Route route, std::int32_t arity, Access access,
                          std::string_view doc) {
    return {.name = name,
            .route = route,
            .merge = Merge::none,
            .access = access,
            .reply = ReplyShape::any,
            .words_min = arity < 0 ? -arity : arity,
            .words_max = arity < 0 ? -1 : arity,
            .first_key = 0,
            .last_key = 0,
            .key_step = 0,
            .id = static_cast<std::uint8_t>(RedisCommand::forwarded),
            .doc = doc};
}

constexpr CommandSpec with_keys(CommandSpec command, Keys keys, KeyRule rule = KeyRule::range) {
    command.first_key = keys.first;
    command.last_key = keys.last;
    command.key_step = keys.step;
    command.key_rule = rule;
    return command;
}

// To the owner of its one key, the word behind the name.
constexpr CommandSpec one_key(std::string_view name, std::int32_t arity, Access access,
                              std::string_view doc) {
    const bool is_subcommand = name.find(' ') != std::string_view::npos;
    const std::int8_t key = is_subcommand ? 2 : 1;
    return with_keys(row(name, Route::by_key, arity, access, doc), {key, key});
}

// Split over the owners of its keys.
constexpr CommandSpec each_key(std::string_view name, std::int32_t arity, Access access,
                               Merge merge, std::string_view doc) {
    CommandSpec command = with_keys(row(name, Route::by_each_key, arity, access, doc), {1, -1});
    command.merge = merge;
    return command;
}

// To the one owner of all its keys.
constexpr CommandSpec together(Keys keys, std::string_view name, std::int32_t arity, Access access,
                               std::string_view doc) {
    return with_keys(row(name, Route::same_node, arity, access, doc), keys);
}

// Where the number of keys stands, which they follow, and a key before it (0: none).
struct Count {
    std::int8_t at;
    std::int8_t key_before = 0;
};

// Likewise; one of its arguments says how many keys there are.
constexpr CommandSpec counted(Count count, std::string_view name, std::int32_t arity, Access access,
                              std::string_view doc) {
    return with_keys(row(name, Route::same_node, arity, access, doc), {count.at, count.key_before},
                     KeyRule::counted);
}

// Likewise; a script, which the same argument may say to have no key at all.
constexpr CommandSpec script(std::string_view name, Access access, std::string_view doc) {
    return with_keys(row(name, Route::same_node, -3, access, doc), {2, 0}, KeyRule::scripted);
}

// Likewise; options among its arguments decide about the keys.
constexpr CommandSpec by_options(KeyRule rule, std::string_view name, std::int32_t arity,
                                 Access access, std::string_view doc) {
    const Keys first = rule == KeyRule::streams ? Keys{0, 0, 0} : Keys{1, 1};
    return with_keys(row(name, Route::same_node, arity, access, doc), first, rule);
}

// Answered by the proxy.
constexpr CommandSpec local(std::string_view name, RedisCommand id, std::int32_t words_min,
                            std::int32_t words_max, std::string_view doc) {
    CommandSpec command = row(name, Route::local, -words_min, Access::none, doc);
    command.words_max = words_max;
    command.id = static_cast<std::uint8_t>(id);
    return command;
}

constexpr CommandSpec with_facts(CommandSpec command) {
    command.needs_facts = true;
    return command;
}

constexpr CommandSpec with_subcommands(CommandSpec command) {
    command.has_subcommands = true;
    return command;
}

// Only its subcommands have a meaning.
constexpr CommandSpec container(std::string_view name) {
    return with_subcommands(
        local(name, RedisCommand::help, 2, -1, "Has a meaning only with a subcommand."));
}

constexpr CommandSpec help(std::string_view name) {
    return local(name, RedisCommand::help, 2, 2, "The subcommands that the proxy knows.");
}

// Never reaches a node. `why` is a sentence, without its full stop, that ends the error.
constexpr CommandSpec refused(std::string_view name, std::string_view why) {
    CommandSpec command = row(name, Route::refused, -1, Access::none, why);
    command.id = static_cast<std::uint8_t>(RedisCommand::refused);
    return command;
}

}  // namespace redis_rows
}  // namespace ringside::protocol
