#include "protocol/commands_doc.h"

#include "base/limits.h"
#include "protocol/memcache/commands.h"
#include "protocol/redis/commands.h"

#include <fmt/format.h>

#include <iterator>
#include <string_view>

namespace ringside::protocol {
namespace {

constexpr std::string_view kIntroduction = R"(# Commands

<!-- Generated from the tables in lib/protocol: build/dev/bin/ringside --print-docs commands -->

What a client may say to a pool, where each request goes, and how the answers of several nodes
become one. A pool speaks memcached's text protocol, or Redis (RESP2 and RESP3) with `redis: true`.

- *Arguments*: how many words may follow the command; for memcached without the data block, and
  with the optional `noreply` counted.
- *Keys*: which of the arguments are keys, counted from 1.
- *Goes to*: the owner is the node that the ring gives a key to.
- *Answers*: how those of a split request become one; empty: passed on as they are.
- *twemproxy*: whether twemproxy 0.5.0 (nutcracker) has the command. Others close the connection
  of a client without an answer if the pool says `strict_twemproxy`.
)";

constexpr std::string_view kMemcachedNotes = R"(
A command that is not in the table gets memcached's `ERROR`, one that is refused `ERROR` or a
`CLIENT_ERROR` that says why; the connection stays. Nodes see the canonical form of a request:
single blanks, CR LF, never `noreply` (the proxy takes the answer and keeps it). Differences
from memcached 1.6.18:

- Control characters and 0x7f in keys are refused, so that no key can become a second command.
- Numbers are digits, with a minus for times only: no `+`. Flags above 32 bits are refused;
  memcached cuts them.
- The data block behind a refused storage line is swallowed; memcached reads it as commands. If
  its length cannot be read the connection is closed.
- A data block that does not end in CR LF where its length says closes the connection.
- A value above `value_bytes_max` is refused in memcached's words, and a `set` of it removes the
  old value, as memcached does with a value that is too large for itself.
- `stats` adds the numbers of all nodes (`threads`, `hash_power_level` and flags: the largest);
  `pid`, `uptime`, `time` and all rows `ringside_*` are the proxy's. Nodes that do not answer
  are counted in `ringside_nodes_failed`.
- `flush_all` that fails at one node is an error, though the others are empty by then.
- `gat` without a key is an error.
- What begins like HTTP, TLS or memcached's binary protocol is closed without an answer.
- When a node fails, a get of many keys gets the values that were found and then the error in place
  of `END`; with `failure_mode: miss` the keys of that node are misses.
)";

constexpr std::string_view kRedisNotes = R"(
A command that is not in the table gets Redis's own error for what it does not know, a refused one
an error that says why; neither reaches a node, and the connection stays. Names of commands are
compared without case. Differences from Redis 7:

- Split commands are not atomic: each part is one command at its node. PFCOUNT over several nodes
  fetches the HyperLogLogs and counts their union as Redis does.
- An error from one part is the whole answer, word for word; with `strict_twemproxy` it is
  `-ERR Invalid argument`. With `failure_mode: miss` the keys of a failed node are misses in reads;
  a write that failed is never reported as done.
- A request for one node whose keys belong to several is refused with `-CROSSSLOT`, which names two
  of the keys and their nodes. Keys that must live together need a common `hash_tag`.
- SCRIPT LOAD goes to all nodes and answers with the hash if one of them has taken the script. A
  node that does not have it (it was away, or has been restarted) answers EVALSHA with `-NOSCRIPT`,
  as Redis does, and clients load the script again or send EVAL: redis-py's `register_script` and
  locks do the former. To SCRIPT EXISTS a node that does not answer has no script.
- Scripts and functions without keys are refused, unless the ring has one node or the pool says
  `scripts_without_keys: true`: they then run at the node of other commands without keys.
- There are no transactions. Behind a refused MULTI each command is refused as well, until EXEC
  (answered with `-EXECABORT`), DISCARD or RESET, so that nothing of a pipeline is done. Likewise
  behind SELECT of another database until that of the pool is selected; behind SUBSCRIBE, PSUBSCRIBE
  and SSUBSCRIBE in RESP2 (PING and more subscriptions aside) until UNSUBSCRIBE, PUNSUBSCRIBE or
  SUNSUBSCRIBE without arguments, each ending its own kind: with names Redis might keep others,
  which the proxy does not remember; behind MONITOR; and in all cases until RESET. In a pool with
  `redis_auth` a refused AUTH ends what an earlier one has allowed.
- CLIENT REPLY OFF and SKIP also silence the errors of the proxy, as those of Redis.
- A BY or GET pattern of SORT names keys that Redis makes up while it sorts. It counts as a key of
  the node that its tag gives if the tag of the pool's `hash_tag` is complete in front of the first
  asterisk; otherwise the request is refused with `-CROSSSLOT`. `GET #`, patterns without an
  asterisk and pools with one node in the ring have no such limits; with `strict_twemproxy` patterns
  are passed on as they are.
- A session that says `HELLO 3` gets RESP3, as the nodes write it; they must be Redis 6 or later.
- AUTH, HELLO, CLIENT, SELECT and RESET concern the connection to the proxy only.
- INFO is about the proxy and the pool. COMMAND is this table, with the ACL categories of Redis 7.0
  and without hints and key specifications.
- A bulk string must end in CR LF.
- An argument above `value_bytes_max`, or a request above `request_bytes_max`, is refused as soon as
  its length is known; the rest of the request is dropped as it comes, up to 1 GiB.
- An answer may be nested, and a status or an error be long, without limit; a line ends at 512 MiB.
- What begins like HTTP or TLS is closed without an answer.
)";

std::string_view goes_to(const CommandSpec& command) noexcept {
    switch (command.route) {
        case Route::by_key:
            return "owner of the key";
        case Route::by_each_key:
            return "owners of the keys, split";
        case Route::same_node:
            return "the one owner of all keys, else refused";
        case Route::every_node:
            return "every node";
        case Route::any_node:
            return "one node";
        case Route::local:
            return "answered by the proxy";
        case Route::refused:
            return "refused";
    }
    return {};
}

std::string_view merged(const CommandSpec& command) noexcept {
    switch (command.merge) {
        case Merge::none:
            return "";
        case Merge::values:
            return "values in the order of the keys, then `END`";
        case Merge::array:
            return "elements in the order of the keys";
        case Merge::sum:
            return "numbers added";
        case Merge::all_ok:
            return "`OK` if every part said so";
        case Merge::stats:
            return "numbers added";
        case Merge::hyperloglog:
            return "distinct elements of all together";
        case Merge::any:
            return "the first that is no error";
        case Merge::each:
            return "element by element: 1 if every node said so";
    }
    return {};
}

std::string_view access_text(const CommandSpec& command) noexcept {
    switch (command.access) {
        case Access::read:
            return "read";
        case Access::write:
            return "write";
        case Access::none:
            return "";
    }
    return {};
}

// "1", "1 to 3", "1 or more".
std::string arguments_text(const CommandSpec& command) {
    const std::int32_t least = command.words_min - 1;
    if (command.words_max < 0) {
        return least == 0 ? "any" : fmt::format("{} or more", least);
    }
    const std::int32_t most = command.words_max - 1;
    return least == most ? fmt::format("{}", least) : fmt::format("{} to {}", least, most);
}

// "1", "1 to last", "1 to last, step 2".
std::string key_range_text(const CommandSpec& command) {
    if (command.first_key == 0) {
        return {};
    }
    if (command.last_key == command.first_key) {
        return fmt::format("{}", command.first_key);
    }
    const std::string last =
        command.last_key == -1 ? "last" : fmt::format("{}", int{command.last_key});
    const std::string step =
        command.key_step == 1 ? "" : fmt::format(", step {}", int{command.key_step});
    return fmt::format("{} to {}{}", int{command.first_key}, last, step);
}

std::string keys_text(const MemcacheRow& command) {
    return key_range_text(command);
}

std::string keys_text(const RedisRow& command) {
    switch (command.key_rule) {
        case KeyRule::range:
            return key_range_text(command);
        case KeyRule::counted:
        case KeyRule::scripted: {
            const std::string counted = fmt::format("as many as {} says", int{command.first_key});
            return command.last_key == 0
                       ? counted
                       : fmt::format("{}, and {}", int{command.last_key}, counted);
        }
        case KeyRule::stored:
            return "1, and behind `STORE`";
        case KeyRule::sorted:
            return "1, behind `STORE`, and patterns";
        case KeyRule::streams:
            return "behind `STREAMS`";
    }
    return {};
}

void append_heading(fmt::memory_buffer& text, std::string_view protocol,
                    const CommandSpec& command) {
    const std::string_view colon = command.family.empty() ? "" : ": ";
    fmt::format_to(std::back_inserter(text),
                   "\n## {}{}{}\n\n| command | arguments | keys | access | goes to | answers "
                   "| twemproxy | meaning |\n|---|---|---|---|---|---|---|---|\n",
                   protocol, colon, command.family);
}

constexpr bool is_mere_container(const MemcacheRow&) noexcept {
    return false;
}

// One table for each family, in the order of the rows.
template <typename Rows>
void append_tables(std::string& out, std::string_view protocol, const Rows& rows) {
    fmt::memory_buffer text;
    const CommandSpec* previous = nullptr;
    for (const auto& command : rows) {
        if (previous == nullptr || previous->family != command.family) {
            append_heading(text, protocol, command);
        }
        previous = &command;
        if (!is_mere_container(command)) {
            fmt::format_to(std::back_inserter(text),
                           "| `{}` | {} | {} | {} | {} | {} | {} | {} |\n", command.name,
                           arguments_text(command), keys_text(command), access_text(command),
                           goes_to(command), merged(command), command.in_twemproxy ? "yes" : "no",
                           command.doc);
        }
    }
    out.append(text.data(), text.size());
}

}  // namespace

std::string commands_markdown() {
    std::string text(kIntroduction);
    fmt::format_to(
        std::back_inserter(text),
        "\nLimits: {} bytes for a memcached key, {} bytes for a memcached line, {} keys "
        "in a request,\n`value_bytes_max` of the pool for a value, `request_bytes_max` for a Redis "
        "request.\n",
        base::kMemcacheKeyBytesMax, base::kLineBytesMax, base::kKeysPerRequestMax);
    append_tables(text, "memcached", kMemcacheCommands);
    text += kMemcachedNotes;
    append_tables(text, "Redis", kRedisCommands);
    text += kRedisNotes;
    return text;
}

}  // namespace ringside::protocol
