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
    any,          // the first answer that is no error
    each,         // RESP arrays of 0 and 1, element by element: 1 if every part said so
};

// What must be remembered of a request until its answer comes: whether that is the answer to this
// request depends on it.
enum class Remember : std::uint8_t {
    nothing,
    keys,  // all of them, in order: a VALUE line must repeat one
    // Redis: how far a number may go, and how many elements an array has.
    key_count,
    argument_count,  // of the words behind the second
    pair_count,      // half of them
    options,         // Redis: whether there are more words than the fewest
};

// What may be sent to a node of a pool only if the pool's configuration says so.
enum class Permission : std::uint8_t {
    always,
    flush_all,  // empties the cache of all clients
};

enum class Access : std::uint8_t { read, write, none };

// What kind of request it is, for those who count requests.
enum class CommandClass : std::uint8_t {
    read,
    write,
    remove,  // does nothing but remove keys
    other,   // concerns no key: answered by the proxy, or by nodes as such
};

// What the core must know of a command. A protocol's own row derives from it and holds the rest, so
// that all of a command stands in one place. No member has a default: a row that leaves one out
// does not compile.
struct CommandSpec {
    std::string_view name;  // memcached: as written; Redis: upper case, compared without case
    Route route;
    Merge merge;
    // by_each_key only: a part for each key instead of one for each node, where one answer of a
    // node cannot speak for several keys.
    bool part_per_key;
    // by_each_key only: what each node is asked when the keys live apart, as the row of another
    // command with one key; the parts are answered as that one is. Null: this command itself.
    const CommandSpec* part;
    Access access;
    CommandClass command_class;
    Permission permission;
    // With a password in the pool the session must authenticate before it may use this.
    bool needs_authentication;
    // The answer may change which links the requests behind it take.
    bool may_change_links;
    bool needs_facts;  // the answer tells something of ProxyFacts
    // What a node answers it says itself. A script says what its author likes.
    bool speaks_for_node;
    // Words of the request including the command's name (memcached: without the data block).
    std::int32_t words_min;
    std::int32_t words_max;  // -1: no limit but kKeysPerRequestMax
    // Positions of the keys among the words: first, last (negative: counted from the end, -1 is the
    // last word), and the distance between two. first 0: no key. Redis has other readings as well.
    std::int8_t first_key;
    std::int8_t last_key;
    std::int8_t key_step;
    // nutcracker 0.5.0 knows the word. With strict_twemproxy others close the connection.
    bool in_twemproxy;
    std::int32_t twemproxy_words_max;  // so many it takes at most; -1: as words_max
    std::string_view doc;              // one sentence for docs/COMMANDS.md
    std::string_view family;           // heading in docs/COMMANDS.md
};

// What the parts of a request that is split ask for.
constexpr const CommandSpec& part_of(const CommandSpec& command) noexcept {
    return command.part != nullptr ? *command.part : command;
}

}  // namespace ringside::protocol
