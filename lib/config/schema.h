// The only lists of configuration keys; those of sources are in config/source_rows.h. They drive
// loading, docs/CONFIG.md and the tests: a key that has no row does not exist, and what a row says
// of its range and default is what happens.
#pragma once

#include "base/expected.h"
#include "config/config.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace ringside::config {

enum class Type : std::uint8_t {
    number,    // decimal digits, min..max in `unit`; or one of `choices`
    boolean,   // true, false
    share,     // a number of at most max, or a share of all: "50%"
    duration,  // min..max milliseconds; "400", "400ms", "2s", "5m", "1h"
    choice,    // one of `choices`
    text,      // min..max bytes
    path,      // an absolute one; min..max bytes
    address,   // HOST:PORT
    names,     // HOST:PORT of host names, min..max of them, with commas or as a list
    hosts,     // host names without a port, likewise
    ranges,    // of IP addresses, several with commas between them; min..max bytes
    ips,       // IP:PORT, several with commas between them; min..max bytes
    listen,    // HOST:PORT, /PATH, /PATH MODE; or one of `choices`
    listens,   // the same without choices, several with commas between them or as a list
    servers,   // list of nodes, min..max of them
    map,       // keys of its own
};

// Whether a list may stand for a text with commas.
constexpr bool may_be_list(Type type) noexcept {
    return type == Type::ips || type == Type::ranges || type == Type::names ||
           type == Type::hosts || type == Type::listens;
}

// What a change of the key takes.
enum class Change : std::uint8_t {
    live,     // a reload: clients stay
    clients,  // a reload, which closes the pool's clients once they are answered
    restart,  // a new process
};

struct Key {
    std::string_view name;
    Type type;
    bool required = false;
    std::string_view default_text = {};  // as one would write it; empty: none
    std::uint64_t min = 0;
    std::uint64_t max = 0;
    std::string_view unit = {};
    std::string_view choices = {};  // "a, b, c"
    Change change = Change::live;
    bool secret = false;   // nobody is shown the value
    std::string_view doc;  // one sentence or two
};

// A key and how its value gets into `Target`. `set` checks the value against the key; its error
// holds the reason and the rule, without the place. Null for servers and maps: the loader's work.
template <typename Target>
struct Row {
    Key key;
    base::Status (*set)(Target& target, const Key& key, std::string_view text);
};

// For a static_assert: each row has its text, a sensible range, and a name of its own.
template <typename Target>
constexpr bool is_well_formed(std::span<const Row<Target>> rows) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Key& key = rows[i].key;
        const bool is_structure = key.type == Type::servers || key.type == Type::map;
        if (key.doc.empty() || key.min > key.max || is_structure != (rows[i].set == nullptr)) {
            return false;
        }
        for (std::size_t j = 0; j < i; ++j) {
            if (rows[j].key.name == key.name) {
                return false;
            }
        }
    }
    return true;
}

std::span<const Row<PoolConfig>> pool_rows() noexcept;        // NAME: KEY
std::span<const Row<PoolConfig>> rule_rows() noexcept;        // those for `discovery` only
std::span<const Row<ProcessConfig>> process_rows() noexcept;  // ringside: KEY
std::span<const Row<DrainConfig>> drain_rows() noexcept;      // ringside: drain: KEY

// Sets one key of `ringside:` from text, for the command line. Requires: a row has this name.
base::Status set_process_key(ProcessConfig& process, std::string_view name, std::string_view text);

// What may be written: "0..65535", "true or false", "one of ketama, modula, random".
std::string rule_of(const Key& key);

// A top-level map of such a name and without `listen` is no pool: others are made of it.
inline constexpr std::string_view kTemplatePrefix = "x-";

// The top-level name that is no pool.
inline constexpr std::string_view kProcessMapName = "ringside";

// Larger files are refused: no sensible configuration comes near.
inline constexpr std::size_t kFileBytesMax = std::size_t{1} << 20;
inline constexpr std::size_t kPoolsMax = 1024;

}  // namespace ringside::config
