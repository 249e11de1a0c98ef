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

inline constexpr auto kRows =
    table_of(Family{"keys", acl_categories("keyspace"), kKeyRows},
             Family{"strings", acl_categories("string"), kStringRows},
             Family{"bitmaps", acl_categories("bitmap"), kBitmapRows},
             Family{"HyperLogLogs", acl_categories("hyperloglog"), kHyperloglogRows},
             Family{"hashes", acl_categories("hash"), kHashRows},
             Family{"lists", acl_categories("list"), kListRows},
             Family{"sets", acl_categories("set"), kSetRows},
             Family{"sorted sets", acl_categories("sortedset"), kSortedSetRows},
             Family{"places", acl_categories("geo"), kGeoRows},
             Family{"streams", acl_categories("stream"), kStreamRows},
             Family{"scripts", acl_categories("scripting"), kScriptRows},
             Family{"connection", acl_categories("connection"), kConnectionRows},
             Family{"server", acl_categories(), kServerRows},
             Family{"refused", acl_categories(), kRefusedRows});

// With what the parts of a split request are: rows of the table that is being made.
template <std::size_t kCount>
constexpr std::array<RedisRow, kCount> with_parts(std::array<RedisRow, kCount> rows,
                                                  const std::array<RedisRow, kCount>& table) {
    for (RedisRow& row : rows) {
        for (std::size_t i = 0; i < kCount; ++i) {
            if (!row.part_command.empty() && rows[i].name == row.part_command) {
                row.part = &std::get<0>(table) + i;  // its members cannot be called yet
            }
        }
    }
    return rows;
}

}  // namespace redis_rows

inline constexpr std::array<RedisRow, redis_rows::kRows.size()> kRedisCommands =
    redis_rows::with_parts(redis_rows::kRows, kRedisCommands);

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
