// What the words of a memcached request must be, by the rule of its row. The number of the words,
// `noreply` and keys are no business of these rules (request.cpp).
#pragma once

#include "protocol/framing.h"
#include "protocol/memcache/rows.h"
#include "protocol/request_frame.h"

#include <cstddef>
#include <span>
#include <string_view>

namespace ringside::protocol {

struct ArgumentCheck {
    Reject reject;            // none: nothing is wrong
    std::string_view answer;  // to what is wrong; static text
    bool answered_if_strict;  // as in RequestFrame
    std::size_t words_sent;   // so many of the words a node is to see, the command's name included
};

// `words` are parts of `bytes`, without `noreply`. Requires: as many as the row demands, or, with
// Route::by_each_key, those in front of the first key.
ArgumentCheck check_arguments(const MemcacheRow& command, std::span<const Slice> words,
                              std::string_view bytes, bool strict_twemproxy) noexcept;

}  // namespace ringside::protocol
