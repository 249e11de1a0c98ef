// The ACL categories of the Redis commands: clients ask by them which commands there are.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ringside::protocol {

// In the order of Redis 7.0 (acl.c, ACLCommandCategories).
inline constexpr auto kAclCategories = std::to_array<std::string_view>({
    "keyspace", "read",   "write",       "set",       "sortedset",  "list",        "hash",
    "string",   "bitmap", "hyperloglog", "geo",       "stream",     "pubsub",      "admin",
    "fast",     "slow",   "blocking",    "dangerous", "connection", "transaction", "scripting",
});

// Bit i stands for kAclCategories[i].
using AclCategories = std::uint32_t;

// Several categories. Not of a name that is none: then it does not compile.
template <typename... Names>
consteval AclCategories acl_categories(Names... names) {
    AclCategories all = 0;
    [[maybe_unused]] const auto add = [&all](std::string_view name) {
        std::size_t index = 0;
        while (kAclCategories.at(index) != name) {
            ++index;
        }
        all |= AclCategories{1} << index;
    };
    (add(names), ...);
    return all;
}

// None for a name that is not a category; compared without case.
AclCategories find_acl_category(std::string_view name) noexcept;

}  // namespace ringside::protocol
