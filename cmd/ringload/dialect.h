// What ringload says and expects to hear, in one protocol.
//
// A reply is compared with the only bytes it may have, instead of being parsed: that is the
// cheapest check, and nothing gets past it.
#pragma once

#include "options.h"
#include "workload.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ringside::load {

enum class Verdict {
    need_more,
    right,
    error,  // an error reply in the protocol's words
    wrong,  // anything else: the connection is out of step
};

// How far the check of one reply has got, so that it is linear in the bytes however they arrive.
// Value-initialised for each reply.
struct ReplyCheck {
    std::size_t checked_bytes = 0;  // when the verdict is in: the size of the reply
    std::uint32_t next_key = 0;     // of the keys asked for
    std::uint32_t hits = 0;
    bool header_seen = false;     // Redis: the array's length
    std::string_view error_text;  // error: into the reply, without the line end
};

struct Dialect {
    void (*append_request)(const Workload& workload, const Operation& operation, std::string& out);

    // `bytes` begin with the reply to `operation`; `scratch` is memory to work with.
    Verdict (*check_reply)(const Workload& workload, const Operation& operation,
                           std::string_view bytes, ReplyCheck& check, std::string& scratch);
};

const Dialect& memcached_dialect() noexcept;
const Dialect& redis_dialect() noexcept;

// Shared by the dialects.

// An error line is at most this long; more is not one.
inline constexpr std::size_t kErrorLineBytesMax = 4096;

// `right` if `bytes` begin with `expected` at check.checked_bytes, which then moves on; `need_more`
// if they may still do so; `wrong` if they cannot.
Verdict expect_bytes(std::string_view bytes, std::string_view expected, ReplyCheck& check) noexcept;

// The verdict on a line that begins like an error: `error`, or `need_more` of it.
Verdict read_error_line(std::string_view bytes, ReplyCheck& check) noexcept;

// True if `bytes` begin with `prefix`, as far as they go.
bool agrees(std::string_view bytes, std::string_view prefix) noexcept;

}  // namespace ringside::load
