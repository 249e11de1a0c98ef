// The lines that a memcached node answers with.
#pragma once

#include "protocol/codec.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ringside::protocol {

struct ReplyLine {
    ReplyStatus status = ReplyStatus::need_more;
    std::string_view text;  // without CRLF
    std::size_t end = 0;    // where the next line or the data starts
};

// The line of `bytes` that starts at `begin`. Malformed: it does not end in CRLF, or not within the
// bytes that the longest legal answer needs.
ReplyLine read_reply_line(std::string_view bytes, std::size_t begin) noexcept;

// ERROR, CLIENT_ERROR text, SERVER_ERROR text.
bool is_error_line(std::string_view text) noexcept;

// "VALUE <key> <flags> <bytes>[ <cas unique>]"
struct ValueHeader {
    std::string_view key;
    std::size_t data_bytes = 0;  // without the CRLF behind the data
};

// False if the line is not exactly that, or announces more than 1 GiB.
bool parse_value_header(std::string_view text, bool with_cas, ValueHeader& header) noexcept;

// "STAT <name> <value>", where the value may be empty or have spaces.
struct Statistic {
    std::string_view name;
    std::string_view value;
};

// False if the line is not that.
bool parse_statistic(std::string_view text, Statistic& statistic) noexcept;

}  // namespace ringside::protocol
