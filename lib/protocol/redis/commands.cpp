#include "protocol/redis/commands.h"

#include <algorithm>

namespace ringside::protocol {
namespace {

// Of a command with its subcommand; a longer one is in no row.
constexpr std::size_t kNameBytesMax = 32;

// What each row must be, whoever adds it.

constexpr bool every_row(bool (*holds)(const RedisRow& row)) {
    return std::all_of(kRedisCommands.begin(), kRedisCommands.end(), holds);
}

constexpr const RedisRow* row_named(std::string_view name) {
    const auto row = std::find_if(kRedisCommands.begin(), kRedisCommands.end(),
                                  [name](const RedisRow& each) { return each.name == name; });
    return row == kRedisCommands.end() ? nullptr : &*row;
}

constexpr bool is_forwarded(const RedisRow& row) {
    return row.route != Route::local && row.route != Route::refused;
}

[[maybe_unused]] constexpr bool has_keys(const RedisRow& row) {
    return row.first_key != 0 || row.key_rule != KeyRule::range;
}

// What must hold of every row. With sanitizers GCC 12 compares no pointers while it compiles.
#ifndef __SANITIZE_ADDRESS__
static_assert(every_row([](const RedisRow& row) {
    return !row.name.empty() && row.name.size() <= kNameBytesMax &&
           std::all_of(row.name.begin(), row.name.end(), [](char c) { return c == upper(c); });
}));
// The first of a name is the only one.
static_assert(every_row([](const RedisRow& row) { return row_named(row.name) == &row; }));
static_assert(every_row([](const RedisRow& row) {
    return !row.doc.empty() && !row.family.empty();
}));
static_assert(every_row([](const RedisRow& row) {
    const std::size_t blank = row.name.find(' ');
    if (blank == std::string_view::npos) {
        return !row.is_subcommand;
    }
    const RedisRow* command = row_named(row.name.substr(0, blank));
    return row.is_subcommand && command != nullptr && command->has_subcommands;
}));
// Who answers: a node, with certain types, or a function.
static_assert(every_row([](const RedisRow& row) {
    return is_forwarded(row) == (row.answer == nullptr) &&
           is_forwarded(row) != row.answers.resp2.outer.empty() &&
           is_forwarded(row) != row.answers.resp3.outer.empty();
}));
static_assert(every_row([](const RedisRow& row) {
    return is_forwarded(row) ? row.access != Access::none : row.access == Access::none;
}));
// Where the route says that there are keys there are some, and they are used somehow.
static_assert(every_row([](const RedisRow& row) {
    switch (row.route) {
        case Route::by_key:
        case Route::by_each_key:
        case Route::same_node:
            return has_keys(row) && row.words_min > row.first_key &&
                   !row.key_uses.use.first.empty();
        case Route::every_node:
        case Route::any_node:
        case Route::local:
        case Route::refused:
            return !has_keys(row) && row.key_uses.use.first.empty();
    }
    return false;
}));
static_assert(every_row([](const RedisRow& row) {
    const bool is_fast = (row.acl.categories & acl_categories("fast")) != 0;
    const bool is_slow = (row.acl.categories & acl_categories("slow")) != 0;
    return row.acl.is_complete && is_fast != is_slow;
}));
static_assert(every_row([](const RedisRow& row) {
    return row.in_twemproxy || row.twemproxy_words_max == -1;
}));
static_assert(every_row([](const RedisRow& row) {
    const bool is_split = row.route == Route::by_each_key;
    const bool is_merged = is_split || row.route == Route::every_node;
    return is_merged == (row.merge != Merge::none) &&
           (is_split || (!row.part_per_key && row.part_command.empty()));
}));
// The parts of another command are that command, each with one key and nothing else.
static_assert(every_row([](const RedisRow& row) {
    if (row.part == nullptr) {
        return row.part_command.empty();
    }
    return row.part == row_named(row.part_command) && row.part->route == Route::by_key &&
           row.part->words_min == 2 && row.part_per_key && row.key_step == 1 &&
           row.access == row.part->access;
}));
#endif

}  // namespace

const RedisRow* find_redis_command(std::span<const Slice> words, std::string_view bytes) noexcept {
    const std::string_view name = words[0].of(bytes);
    const RedisRow* command = kRedisIndex.find(name);
    if (command == nullptr || command->is_subcommand) {
        return nullptr;  // a subcommand is a word of its own
    }
    if (!command->has_subcommands || words.size() == 1) {
        return command;
    }
    const std::string_view second = words[1].of(bytes);
    if (name.size() + 1 + second.size() > kNameBytesMax) {
        return command;
    }
    std::array<char, kNameBytesMax> joined;
    char* end = std::copy(name.begin(), name.end(), joined.begin());
    *end++ = ' ';
    end = std::copy(second.begin(), second.end(), end);
    const RedisRow* subcommand =
        kRedisIndex.find({joined.data(), static_cast<std::size_t>(end - joined.data())});
    return subcommand != nullptr ? subcommand : command;
}

void append_redis_name(const RedisRow& command, std::string& out) {
    for (const char c : command.name) {
        out += c == ' ' ? '|' : lower(c);
    }
}

}  // namespace ringside::protocol
