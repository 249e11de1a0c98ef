// What a Redis command does with its keys, in the words of COMMAND GETKEYSANDFLAGS.
#pragma once

#include "protocol/framing.h"
#include "protocol/redis/rows.h"

#include <span>
#include <string_view>

namespace ringside::protocol {

// "RW access update", the flags of a key separated by blanks: how the value as Redis holds it is
// used (RO, RW, OW: overwritten, RM: removed), and what a client sees or changes of it.
struct KeyUse {
    std::string_view first;   // of the first key of the request
    std::string_view others;  // of the others
};

// Requires: the words of a request with keys that satisfies its row.
KeyUse find_key_use(const RedisRow& command, std::string_view bytes,
                    std::span<const Slice> words) noexcept;

}  // namespace ringside::protocol
