// Short forms for the rows of the Redis command table.
//
// All that there is to know of a command stands in its row. No column has a default: what is left
// out does not compile.
#pragma once

#include "protocol/command.h"
#include "protocol/redis/columns.h"
#include "protocol/redis/local.h"

#include <cstdint>
#include <string_view>

namespace ringside::protocol {

// What only the Redis codecs must know of a command.
struct RedisColumns {
    AnswerLocally answer;  // local and refused only; null: forwarded
    bool closes;           // the connection is closed behind the answer
    Refusals served_behind;
    KeyRule key_rule;
    AnswerRule answers;             // what else comes is not the answer to this command
    std::string_view part_command;  // the name of `part`; empty: none
    KeyUses key_uses;
    Acl acl;
    // The second word belongs to the name: "OBJECT ENCODING" has a row of its own.
    bool has_subcommands;
    bool is_subcommand;
};

// A row of the table: all that there is to know of a command.
struct RedisRow : CommandSpec, RedisColumns {};

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

// What is asked, by Redis's own arity (COMMAND INFO): the number of words with the command's name,
// negative if more may follow.
struct Form {
    std::string_view name;
    std::int32_t arity;
    Access access;
};

// Where the keys stand: first, last (negative: counted from the end) and the distance between two.
struct Keys {
    std::int8_t first;
    std::int8_t last;
    std::int8_t step;
};

// Of a command that nodes answer.
struct Columns {
    KeyUses key_uses;
    Acl acl;
    AnswerRule answers;
    Twemproxy twemproxy;
};

// A key that is removed as a whole is said to be: "RM" (columns.h).
constexpr CommandClass class_of(Access access, const KeyUses& uses) {
    switch (access) {
        case Access::read:
            return CommandClass::read;
        case Access::write:
            return uses.use.first.starts_with("RM") ? CommandClass::remove : CommandClass::write;
        case Access::none:
            return CommandClass::other;
    }
    return CommandClass::other;
}

constexpr bool is_name_of_subcommand(std::string_view name) {
    return name.find(' ') != std::string_view::npos;
}

constexpr RedisRow forwarded(const Form& form, Route route, const Columns& columns,
                             std::string_view doc) {
    return {{.name = form.name,
             .route = route,
             .merge = Merge::none,
             .part_per_key = false,
             .part = nullptr,
             .access = form.access,
             .command_class = class_of(form.access, columns.key_uses),
             .permission = Permission::always,
             .needs_authentication = true,
             .may_change_links = false,
             .needs_facts = false,
             .speaks_for_node = true,
             .words_min = form.arity < 0 ? -form.arity : form.arity,
             .words_max = form.arity < 0 ? -1 : form.arity,
             .first_key = 0,
             .last_key = 0,
             .key_step = 0,
             .in_twemproxy = columns.twemproxy.is_known,
             .twemproxy_words_max = columns.twemproxy.words_max,
             .doc = doc,
             .family = {}},
            {.answer = nullptr,
             .closes = false,
             .served_behind = kNoRefusal,
             .key_rule = KeyRule::range,
             .answers = columns.answers,
             .part_command = {},
             .key_uses = columns.key_uses,
             .acl = columns.acl,
             .has_subcommands = false,
             .is_subcommand = is_name_of_subcommand(form.name)}};
}

constexpr RedisRow with_keys(RedisRow command, Keys keys, KeyRule rule) {
    command.first_key = keys.first;
    command.last_key = keys.last;
    command.key_step = keys.step;
    command.key_rule = rule;
    return command;
}

// To the owner of its one key, the word behind the name.
constexpr RedisRow one_key(const Form& form, const Columns& columns, std::string_view doc) {
    const std::int8_t key = is_name_of_subcommand(form.name) ? 2 : 1;
    return with_keys(forwarded(form, Route::by_key, columns, doc), {key, key, 1}, KeyRule::range);
}

// How a request is split whose keys live apart, and what becomes of the answers.
struct Split {
    Merge merge;
    std::string_view part_command;  // what the nodes are asked instead of the command; empty: that
    bool part_per_key;
};

inline constexpr Split kSum{.merge = Merge::sum, .part_command = {}, .part_per_key = false};
inline constexpr Split kAllOk{.merge = Merge::all_ok, .part_command = {}, .part_per_key = false};
inline constexpr Split kInOrder{.merge = Merge::array, .part_command = {}, .part_per_key = false};
// No node has all HyperLogLogs of the request: their values are fetched and counted here.
inline constexpr Split kUnion{
    .merge = Merge::hyperloglog, .part_command = "GET", .part_per_key = true};

// Split over the owners of its keys.
constexpr RedisRow each_key(const Form& form, const Split& split, const Columns& columns,
                            std::string_view doc) {
    RedisRow command =
        with_keys(forwarded(form, Route::by_each_key, columns, doc), {1, -1, 1}, KeyRule::range);
    command.merge = split.merge;
    command.part_command = split.part_command;
    command.part_per_key = split.part_per_key;
    return command;
}

// To the one owner of all its keys.
constexpr RedisRow together(const Form& form, Keys keys, const Columns& columns,
                            std::string_view doc) {
    return with_keys(forwarded(form, Route::same_node, columns, doc), keys, KeyRule::range);
}

// Where the number of keys stands, which they follow, and a key before it (0: none).
struct Count {
    std::int8_t at;
    std::int8_t key_before;
};

// Likewise; one of its arguments says how many keys there are.
constexpr RedisRow counted(const Form& form, Count count, const Columns& columns,
                           std::string_view doc) {
    return with_keys(forwarded(form, Route::same_node, columns, doc),
                     {count.at, count.key_before, 1}, KeyRule::counted);
}

// Likewise; a script, which the same argument may say to have no key at all.
constexpr RedisRow script(std::string_view name, Access access, const Columns& columns,
                          std::string_view doc) {
    RedisRow command = with_keys(forwarded({name, -3, access}, Route::same_node, columns, doc),
                                 {2, 0, 1}, KeyRule::scripted);
    command.speaks_for_node = false;
    return command;
}

// Likewise; options among its arguments decide about the keys.
constexpr RedisRow by_options(const Form& form, KeyRule rule, const Columns& columns,
                              std::string_view doc) {
    const Keys first = rule == KeyRule::streams ? Keys{0, 0, 0} : Keys{1, 1, 1};
    return with_keys(forwarded(form, Route::same_node, columns, doc), first, rule);
}

// No key: to any node.
constexpr RedisRow any_node(const Form& form, const Columns& columns, std::string_view doc) {
    return forwarded(form, Route::any_node, columns, doc);
}

// What becomes of the answers of all nodes, and whether the pool must allow the command.
struct ToAll {
    Merge merge;
    Permission permission;
};

// A copy to each node.
constexpr RedisRow every_node(const Form& form, const ToAll& to_all, const Columns& columns,
                              std::string_view doc) {
    RedisRow command = forwarded(form, Route::every_node, columns, doc);
    command.merge = to_all.merge;
    command.permission = to_all.permission;
    command.needs_facts = to_all.permission != Permission::always;  // its refusal names the pool
    return command;
}

// How many words it may have with its name; most -1: any number.
struct Words {
    std::int32_t least;
    std::int32_t most;
};

// What a command does to the session, or needs of it.
struct Traits {
    bool needs_authentication;
    bool may_change_links;
    bool needs_facts;
    bool closes;
    Refusals served_behind;
};

inline constexpr Traits kPlain{.needs_authentication = true,
                               .may_change_links = false,
                               .needs_facts = false,
                               .closes = false,
                               .served_behind = kBesideKeys};
// Tells something of the proxy and the pool.
inline constexpr Traits kTellsFacts{.needs_authentication = true,
                                    .may_change_links = false,
                                    .needs_facts = true,
                                    .closes = false,
                                    .served_behind = kBesideKeys};
// Also among subscriptions: PING, and more of them.
inline constexpr Traits kSubscribes{.needs_authentication = true,
                                    .may_change_links = false,
                                    .needs_facts = false,
                                    .closes = false,
                                    .served_behind = kAllButTransaction};
// Begins or ends a transaction.
inline constexpr Traits kTransacts{.needs_authentication = true,
                                   .may_change_links = false,
                                   .needs_facts = false,
                                   .closes = false,
                                   .served_behind = kEveryRefusal};
// Allowed before the session has authenticated, as Redis's flag no_auth: what it takes to
// authenticate, or to start again, or to go.
inline constexpr Traits kUnlocked{.needs_authentication = false,
                                  .may_change_links = false,
                                  .needs_facts = false,
                                  .closes = false,
                                  .served_behind = kBesideKeys};
// Chooses between RESP2 and RESP3, which have links of their own.
inline constexpr Traits kChoosesLinks{.needs_authentication = false,
                                      .may_change_links = true,
                                      .needs_facts = false,
                                      .closes = false,
                                      .served_behind = kBesideKeys};
// Likewise, and takes back all that the session has changed.
inline constexpr Traits kResets{.needs_authentication = false,
                                .may_change_links = true,
                                .needs_facts = false,
                                .closes = false,
                                .served_behind = kEveryRefusal};
inline constexpr Traits kCloses{.needs_authentication = false,
                                .may_change_links = false,
                                .needs_facts = false,
                                .closes = true,
                                .served_behind = kEveryRefusal};

// Of a command that the proxy answers itself.
struct LocalColumns {
    AnswerLocally answer;
    Acl acl;
    Traits traits;
    Twemproxy twemproxy;
};

// Answered by the proxy.
constexpr RedisRow local(std::string_view name, Words words, const LocalColumns& columns,
                         std::string_view doc) {
    RedisRow command = forwarded(
        {name, -words.least, Access::none}, Route::local,
        {.key_uses = kNoKeys, .acl = columns.acl, .answers = {}, .twemproxy = columns.twemproxy},
        doc);
    command.words_max = words.most;
    command.needs_authentication = columns.traits.needs_authentication;
    command.may_change_links = columns.traits.may_change_links;
    command.needs_facts = columns.traits.needs_facts;
    command.closes = columns.traits.closes;
    command.served_behind = columns.traits.served_behind;
    command.answer = columns.answer;
    return command;
}

constexpr RedisRow with_subcommands(RedisRow command) {
    command.has_subcommands = true;
    return command;
}

// Only its subcommands have a meaning.
constexpr RedisRow container(std::string_view name) {
    return with_subcommands(local(name, {2, -1}, {answer_help, slow_only(), kPlain, kNoTwemproxy},
                                  "Has a meaning only with a subcommand."));
}

constexpr RedisRow help(std::string_view name, Acl acl) {
    return local(name, {2, 2}, {answer_help, acl, kPlain, kNoTwemproxy},
                 "The subcommands that the proxy knows.");
}

// Never reaches a node. `why` is a sentence, without its full stop, that ends the error.
constexpr RedisRow refused(std::string_view name, Twemproxy twemproxy, std::string_view why) {
    RedisRow command = local(name, {1, -1}, {answer_refused, slow_only(), kPlain, twemproxy}, why);
    command.route = Route::refused;
    return command;
}

// Likewise, and the refusal changes what the commands behind it mean, or ends that.
constexpr RedisRow refused_with(std::string_view name, Words words, AnswerLocally answer,
                                const Traits& traits, std::string_view why) {
    RedisRow command = local(name, words, {answer, slow_only(), traits, kNoTwemproxy}, why);
    command.route = Route::refused;
    return command;
}

}  // namespace redis_rows
}  // namespace ringside::protocol
