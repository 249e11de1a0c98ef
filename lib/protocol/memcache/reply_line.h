// The lines that a memcached node answers with.
#pragma once

#include "protocol/node_codec.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ringside::protocol {

struct ReplyLine {
    ReplyStatus status = ReplyStatus::need_more;
    std::string_view text;  // without CRLF
    std::size_t end = 0;    // where the next line or the data starts
};

// The line of `bytes` that starts at `begin`. Malformed: it does not end in CRLF, or not within the
// bytes that the longest legal answer needs; an error may have any length.
ReplyLine read_reply_line(std::string_view bytes, std::size_t begin) noexcept;

// ERROR, CLIENT_ERROR text, SERVER_ERROR text.
bool is_error_line(std::string_view text) noexcept;

// "VALUE <key> <flags> <bytes>[ <cas unique>]"
struct ValueHeader {
    std::string_view key;
    std::size_t data_bytes = 0;  // without the CRLF behind the data
};

// False if the line is not exactly that, or announces more than 1 GiB.
bool parse_value_header(std::string_view text, bool with_unique, ValueHeader& header) noexcept;

// Where the data of a value lies in the bytes that begin with its line.
struct ValueExtent {
    std::size_t begin = 0;
    std::size_t bytes = 0;  // without the CRLF behind the data
};

// The value at the start of `bytes`, if its line has come and is the one for `key` (never empty).
// Faster than parse_value_header(), and the rule for most values; nothing means no more than: look
// there.
std::optional<ValueExtent> find_value_of(std::string_view key, bool with_unique,
                                         std::string_view bytes) noexcept;

// "STAT <name> <value>", where the value may be empty or have spaces.
struct Statistic {
    std::string_view name;
    std::string_view value;
};

// False if the line is not that.
bool parse_statistic(std::string_view text, Statistic& statistic) noexcept;

}  // namespace ringside::protocol
