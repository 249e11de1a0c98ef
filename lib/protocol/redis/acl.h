// The ACL categories of the Redis commands: clients ask by them which commands there are.
#pragma once

#include "protocol/redis/rows.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace ringside::protocol {

// In the order of Redis 7.0 (acl.c, ACLCommandCategories).
inline constexpr std::array<std::string_view, 21> kAclCategories{
    "keyspace", "read",   "write",       "set",       "sortedset",  "list",        "hash",
    "string",   "bitmap", "hyperloglog", "geo",       "stream",     "pubsub",      "admin",
    "fast",     "slow",   "blocking",    "dangerous", "connection", "transaction", "scripting",
};

// Bit i stands for kAclCategories[i].
using AclCategories = std::uint32_t;

// Those that Redis 7 gives the command. Requires: a row of kRedisCommands that is not refused.
AclCategories acl_categories_of(const RedisRow& command) noexcept;

// None for a name that is not a category; compared without case.
AclCategories find_acl_category(std::string_view name) noexcept;

}  // namespace ringside::protocol
