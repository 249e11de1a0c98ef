// What a Redis command does with its keys, in the words of COMMAND GETKEYSANDFLAGS.
#pragma once

#include "protocol/framing.h"
#include "protocol/redis/rows.h"

#include <span>
#include <string_view>

namespace ringside::protocol {

// How the request uses its keys: what its row says, or with an option the other.
// Requires: the words of a request with keys that satisfies its row.
KeyUse find_key_use(const RedisRow& command, std::string_view bytes,
                    std::span<const Slice> words) noexcept;

}  // namespace ringside::protocol
