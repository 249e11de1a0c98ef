// The grammar of RESP that requests and answers share, and writing it
// (https://redis.io/docs/reference/protocol-spec).
#pragma once

#include "base/byte_buffer.h"
#include "protocol/client_codec.h"
#include "protocol/node_codec.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ringside::protocol {

// A number up to its CRLF.
struct RespNumber {
    ReplyStatus status = ReplyStatus::need_more;
    std::int64_t value = 0;
    std::size_t end = 0;  // behind the CRLF
};

// The number whose first character is at `begin`. As strict as Redis (string2ll): no plus, no
// leading zeros, nothing beyond 64 bits. What is wrong is malformed at its first wrong byte.
inline RespNumber read_resp_number(std::string_view bytes, std::size_t begin) noexcept;

// "*<count>" CRLF
void append_array_header(std::size_t count, base::ByteBuffer& out);
// "$<size>" CRLF text CRLF
void append_bulk(std::string_view text, base::ByteBuffer& out);
// ":<number>" CRLF
void append_number(std::uint64_t number, base::ByteBuffer& out);
// "+<text>" CRLF; control characters in the text are replaced.
void append_status(std::string_view text, base::ByteBuffer& out);
// "-<text>" CRLF; likewise. The text begins with the code: "ERR", "NOAUTH".
void append_error_reply(std::string_view text, base::ByteBuffer& out);

// What RESP3 has types for and RESP2 writes otherwise.
void append_null(Dialect dialect, base::ByteBuffer& out);
void append_map_header(std::size_t pairs, Dialect dialect, base::ByteBuffer& out);
void append_set_header(std::size_t count, Dialect dialect, base::ByteBuffer& out);
// Text for people, of several lines.
void append_verbatim(std::string_view text, Dialect dialect, base::ByteBuffer& out);

// One complete value of RESP2 or RESP3, with all that is nested in it.
struct RespValue {
    ReplyStatus status = ReplyStatus::need_more;
    std::size_t end = 0;  // complete: behind the value
    std::string_view problem;
};

// Passes over the value at the start of `bytes` without building it: neither recursion nor memory,
// whatever it declares. Malformed are push data and attributes too: no node sends them unasked.
// `resume` as in Codec::frame_reply().
RespValue skip_resp_value(std::string_view bytes, Resume& resume) noexcept;

// As read_resp_number(), for whatever stands there.
RespNumber read_any_resp_number(std::string_view bytes, std::size_t begin) noexcept;

// Several for each key of a request: nearly all are lengths of up to four digits that have come.
inline RespNumber read_resp_number(std::string_view bytes, std::size_t begin) noexcept {
    constexpr std::size_t kDigitsMax = 4;
    const auto digit_at = [bytes, begin](std::size_t i) {
        return static_cast<std::uint32_t>(bytes[begin + i]) - std::uint32_t{'0'};
    };
    if (begin + kDigitsMax + 2 <= bytes.size()) {
        std::uint32_t value = digit_at(0);
        if (value >= 1 && value <= 9) {
            std::size_t digits = 1;
            for (; digits < kDigitsMax && digit_at(digits) <= 9; ++digits) {
                value = value * 10 + digit_at(digits);
            }
            if (bytes[begin + digits] == '\r' && bytes[begin + digits + 1] == '\n') {
                return {ReplyStatus::complete, value, begin + digits + 2};
            }
        }
    }
    return read_any_resp_number(bytes, begin);
}

}  // namespace ringside::protocol
