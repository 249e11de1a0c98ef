// The Redis commands that the proxy knows: their table, and how a request finds its row in it.
//
// Arity, key positions and the rest are those of Redis 7 (COMMAND INFO); adding a command that one
// node can answer is adding a row. A command without a row is answered as Redis answers what it
// does not know.
#pragma once

#include "protocol/command_index.h"
#include "protocol/framing.h"
#include "protocol/redis/rows_collections.h"
#include "protocol/redis/rows_local.h"
#include "protocol/redis/rows_values.h"

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace ringside::protocol {
namespace redis_rows {

// Rows under one heading of docs/COMMANDS.md, and the ACL categories that they share.
template <std::size_t kRows>
struct Family {
    std::string_view name;
    AclCategories categories;
    const std::array<RedisRow, kRows>& rows;
};
// For clang 14, the fuzzers' compiler: it does not deduce the arguments of an aggregate (P1816).
template <std::size_t kRows>
Family(std::string_view, AclCategories, const std::array<RedisRow, kRows>&) -> Family<kRows>;

constexpr AclCategories acl_categories_of(Access access) {
    switch (access) {
        case Access::read:
            return acl_categories("read");
        case Access::write:
            return acl_categories("write");
        case Access::none:
            return acl_categories();
    }
    return acl_categories();
}

constexpr Acl completed(Acl acl, AclCategories of_family, Access access) {
    return acl.is_complete ? acl
                           : Acl{acl.categories | of_family | acl_categories_of(access), true};
}

template <std::size_t... kRows>
constexpr auto table_of(const Family<kRows>&... families) {
    std::array<RedisRow, (kRows + ...)> table{};
    std::size_t next = 0;
    const auto add = [&table, &next](const auto& family) {
        for (const RedisRow& each : family.rows) {
            table[next] = each;
            table[next].family = family.name;
            table[next].acl = completed(each.acl, family.categories, each.access);
            ++next;
        }
    };
    (add(families), ...);
    return table;
}

}  // namespace redis_rows

inline constexpr auto kRedisCommands = redis_rows::table_of(
    redis_rows::Family{"keys", acl_categories("keyspace"), redis_rows::kKeyRows},
    redis_rows::Family{"strings", acl_categories("string"), redis_rows::kStringRows},
    redis_rows::Family{"bitmaps", acl_categories("bitmap"), redis_rows::kBitmapRows},
    redis_rows::Family{"HyperLogLogs", acl_categories("hyperloglog"), redis_rows::kHyperloglogRows},
    redis_rows::Family{"hashes", acl_categories("hash"), redis_rows::kHashRows},
    redis_rows::Family{"lists", acl_categories("list"), redis_rows::kListRows},
    redis_rows::Family{"sets", acl_categories("set"), redis_rows::kSetRows},
    redis_rows::Family{"sorted sets", acl_categories("sortedset"), redis_rows::kSortedSetRows},
    redis_rows::Family{"places", acl_categories("geo"), redis_rows::kGeoRows},
    redis_rows::Family{"streams", acl_categories("stream"), redis_rows::kStreamRows},
    redis_rows::Family{"scripts", acl_categories("scripting"), redis_rows::kScriptRows},
    redis_rows::Family{"connection", acl_categories("connection"), redis_rows::kConnectionRows},
    redis_rows::Family{"server", acl_categories(), redis_rows::kServerRows},
    redis_rows::Family{"refused", acl_categories(), redis_rows::kRefusedRows});

inline constexpr CommandIndex<RedisRow, kRedisCommands.size(), NameCase::ignored> kRedisIndex(
    kRedisCommands);

// The row of a request. With an unknown subcommand it is the row of the command that has it, which
// has_subcommands; null if the command itself is unknown.
// Requires: at least one word.
const RedisRow* find_redis_command(std::span<const Slice> words, std::string_view bytes) noexcept;

// True if the request has more or fewer words than its command allows.
constexpr bool has_wrong_arity(const RedisRow& command, std::size_t words) noexcept {
    const auto count = static_cast<std::int32_t>(words);
    const bool whole_steps =
        command.key_step <= 1 || (count - command.first_key) % command.key_step == 0;
    return count < command.words_min || (command.words_max >= 0 && count > command.words_max) ||
           !whole_steps;
}

// The name as Redis's errors write it: "object|encoding".
void append_redis_name(const RedisRow& command, std::string& out);

}  // namespace ringside::protocol
