// What the proxy itself says to clients of memcached, each with its line end.
#pragma once

#include <string_view>

namespace ringside::protocol {

// memcached's own words (memcached.c, proto_text.c), which clients match on.
inline constexpr std::string_view kOk = "OK\r\n";
inline constexpr std::string_view kError = "ERROR\r\n";
inline constexpr std::string_view kBadFormat = "CLIENT_ERROR bad command line format\r\n";
inline constexpr std::string_view kBadDelete =
    "CLIENT_ERROR bad command line format.  Usage: delete <key> [noreply]\r\n";
inline constexpr std::string_view kBadDelta = "CLIENT_ERROR invalid numeric delta argument\r\n";
inline constexpr std::string_view kBadExptime = "CLIENT_ERROR invalid exptime argument\r\n";
inline constexpr std::string_view kBadData = "CLIENT_ERROR bad data chunk\r\n";
inline constexpr std::string_view kNoShutdown = "ERROR: shutdown not enabled\r\n";
inline constexpr std::string_view kTooLarge = "SERVER_ERROR object too large for cache\r\n";
// memcached has no words for these two: it closes without any.
inline constexpr std::string_view kLineTooLong = "CLIENT_ERROR line too long\r\n";
inline constexpr std::string_view kTooManyKeys = "CLIENT_ERROR too many keys\r\n";
// What memcached would do, but a pool cannot.
inline constexpr std::string_view kOneNode =
    "CLIENT_ERROR this command concerns one node of the pool: send it to the node itself\r\n";
inline constexpr std::string_view kStatsArguments =
    "CLIENT_ERROR stats with arguments concerns one node of the pool: ask the node itself, or the "
    "admin API of the proxy (GET /pools)\r\n";
// The name of the pool follows, and the line end.
inline constexpr std::string_view kFlushAllNotAllowed =
    "CLIENT_ERROR flush_all is not allowed: it needs \"flush_all: true\" in pool ";

}  // namespace ringside::protocol
