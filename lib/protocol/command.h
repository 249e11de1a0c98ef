// A row of a command table: the single truth about a command for code, documents and tests.
#pragma once

#include <cstdint>
#include <string_view>

namespace ringside::protocol {

// Where a request goes.
enum class Route : std::uint8_t {
    by_key,       // whole, to the owner of its first key
    by_each_key,  // split over the owners of its keys; the answers are merged
    same_node,    // whole, to the one owner of all its keys; refused if they have several
    every_node,   // a copy to each node in the ring; the answers are merged
    any_node,     // no key: to the owner of the literal key "placeholder", as twemproxy does
    local,        // answered by the proxy
    refused,      // a known word that never reaches a node: answered with an error
};

// How the answers of a split request become one.
enum class Merge : std::uint8_t {
    none,
    values,       // memcached VALUE blocks, in the order of the request's keys, then END
    array,        // RESP array elements, in the order of the request's keys
    sum,          // RESP integers, added
    all_ok,       // +OK, or OK, if every part said so
    stats,        // memcached STAT lines: numbers are added
    hyperloglog,  // how many distinct elements the Redis HyperLogLogs of all parts have together
};

// What may be sent to a node of a pool only if the pool's configuration says so.
enum class Permission : std::uint8_t {
    always,
    flush_all,  // empties the cache of all clients
};

enum class Access : std::uint8_t { read, write, none };

// What an answer of the node looks like; RESP answers say so themselves and are all `any`.
enum class ReplyShape : std::uint8_t {
    any,
    line,    // exactly one line
    values,  // VALUE blocks and END
    number,  // a decimal number or a status line
    stats,   // STAT lines and END
};

// How first_key, last_key and key_step of a row are to be read.
enum class KeyRule : std::uint8_t {
    range,     // the words from first_key to last_key, key_step apart
    counted,   // the word at first_key says how many keys follow it; last_key is one more, unless 0
    scripted,  // as counted; there may be none, but then the proxy does not know where to go
    stored,    // as range; and the word behind the last STORE or STOREDIST among the options
    sorted,    // as stored, with the options of SORT: its patterns name further keys
    streams,   // the first half of the words behind STREAMS; the options before it must not block
};

struct CommandSpec {
    std::string_view name;  // memcached: as written; Redis: upper case, compared without case
    Route route;
    Merge merge;
    Access access;
    ReplyShape reply;
    // Words of the request including the command's name (memcached: without the data block).
    std::int32_t words_min;
    std::int32_t words_max;  // -1: no limit but kKeysPerRequestMax
    // Positions of the keys among the words: first, last (negative: counted from the end, -1 is the
    // last word), and the distance between two. first 0: no key. See key_rule for other readings.
    std::int8_t first_key;
    std::int8_t last_key;
    std::int8_t key_step;
    std::uint8_t id;       // for the codec's own switch: an enum of its protocol
    std::string_view doc;  // one sentence for docs/COMMANDS.md
    // by_each_key only: a part for each key instead of one for each node, where one answer of a
    // node cannot speak for several keys.
    bool part_per_key = false;
    // nutcracker 0.5.0 knows the word. With strict_twemproxy others close the connection.
    bool in_twemproxy = false;
    std::int32_t twemproxy_words_max = -1;  // so many it takes at most; -1: as words_max
    Permission permission = Permission::always;
    bool needs_facts = false;  // the answer tells something of ProxyFacts
    KeyRule key_rule = KeyRule::range;
    // The second word belongs to the name: "OBJECT ENCODING" has a row of its own.
    bool has_subcommands = false;
    bool is_subcommand = false;
    std::string_view family{};  // heading in docs/COMMANDS.md
};

// Only a name for its subcommands, which have rows of their own.
constexpr bool is_mere_container(const CommandSpec& command) noexcept {
    return command.has_subcommands && command.words_min > 1;
}

}  // namespace ringside::protocol
