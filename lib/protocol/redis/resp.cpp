#include "protocol/redis/resp.h"

#include "protocol/wire_text.h"

#include <algorithm>
#include <charconv>

namespace ringside::protocol {

RespNumber read_any_resp_number(std::string_view bytes, std::size_t begin) noexcept {
    constexpr RespNumber kMalformed{ReplyStatus::malformed, 0, 0};
    std::size_t at = begin;
    const bool negative = at < bytes.size() && bytes[at] == '-';
    if (negative) {
        ++at;
    }
    const std::size_t digits_begin = at;
    const std::uint64_t magnitude_max = static_cast<std::uint64_t>(INT64_MAX) + (negative ? 1 : 0);
    std::uint64_t magnitude = 0;
    for (; at < bytes.size() && bytes[at] >= '0' && bytes[at] <= '9'; ++at) {
        const auto digit = static_cast<std::uint64_t>(bytes[at] - '0');
        const bool leading_zero = at > digits_begin && magnitude == 0;
        if (leading_zero || magnitude > (magnitude_max - digit) / 10) {
            return kMalformed;
        }
        magnitude = magnitude * 10 + digit;
    }
    if (at == bytes.size()) {
        return {};
    }
    if (at == digits_begin || bytes[at] != '\r' || (negative && magnitude == 0)) {
        return kMalformed;
    }
    if (at + 1 == bytes.size()) {
        return {};
    }
    if (bytes[at + 1] != '\n') {
        return kMalformed;
    }
    // Negated as unsigned: the least number has no positive counterpart.
    const std::uint64_t value = negative ? std::uint64_t{0} - magnitude : magnitude;
    return {ReplyStatus::complete, static_cast<std::int64_t>(value), at + kCrlf.size()};
}

namespace {

// The type, up to 20 digits and CRLF.
constexpr std::size_t kHeaderBytesMax = 24;

void append_header(char type, std::size_t count, base::ByteBuffer& out) {
    out.push_back(type);
    append_decimal(count, out);
    out.append(kCrlf);
}

void append_line(char type, std::string_view text, base::ByteBuffer& out) {
    out.push_back(type);
    append_printable(text, out);
    out.append(kCrlf);
}

}  // namespace

void append_array_header(std::size_t count, base::ByteBuffer& out) {
    append_header('*', count, out);
}

void append_bulk(std::string_view text, base::ByteBuffer& out) {
    // Room for all of it at once: this is written for each key of a split request.
    const std::span<char> room = out.prepare(kHeaderBytesMax + text.size() + kCrlf.size());
    char* at = room.data();
    *at++ = '$';
    at = std::to_chars(at, at + kHeaderBytesMax, text.size()).ptr;
    at = std::copy(kCrlf.begin(), kCrlf.end(), at);
    at = std::copy(text.begin(), text.end(), at);
    at = std::copy(kCrlf.begin(), kCrlf.end(), at);
    out.commit(static_cast<std::size_t>(at - room.data()));
}

void append_number(std::uint64_t number, base::ByteBuffer& out) {
    append_header(':', number, out);
}

void append_status(std::string_view text, base::ByteBuffer& out) {
    append_line('+', text, out);
}

void append_error_reply(std::string_view text, base::ByteBuffer& out) {
    append_line('-', text, out);
}

void append_null(Dialect dialect, base::ByteBuffer& out) {
    out.append(dialect == Dialect::resp3 ? "_\r\n" : "$-1\r\n");
}

void append_map_header(std::size_t pairs, Dialect dialect, base::ByteBuffer& out) {
    if (dialect == Dialect::resp3) {
        append_header('%', pairs, out);
    } else {
        append_header('*', pairs * 2, out);
    }
}

void append_set_header(std::size_t count, Dialect dialect, base::ByteBuffer& out) {
    append_header(dialect == Dialect::resp3 ? '~' : '*', count, out);
}

void append_verbatim(std::string_view text, Dialect dialect, base::ByteBuffer& out) {
    constexpr std::string_view kFormat = "txt:";
    if (dialect != Dialect::resp3) {
        append_bulk(text, out);
        return;
    }
    append_header('=', kFormat.size() + text.size(), out);
    out.append(kFormat);
    out.append(text);
    out.append(kCrlf);
}

}  // namespace ringside::protocol
