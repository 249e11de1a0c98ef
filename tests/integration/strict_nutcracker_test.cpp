// `strict_twemproxy: true` beside nutcracker itself: the same bytes come back, and the connection
// is closed or goes on in the same cases. And the variable that makes all pools strict.
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"
#include "integration/support/strict_pair.h"
#include "integration/support/temporary_directory.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::testing {
namespace {

constexpr const char* kMemcachedMarker = "get marker\r\nquit\r\n";

std::string resp(std::string_view words) {
    std::string bytes;
    int count = 0;
    for (std::size_t at = 0; at < words.size();) {
        const std::size_t end = std::min(words.find(' ', at), words.size());
        const std::string_view word = words.substr(at, end - at);
        bytes += fmt::format("${}\r\n{}\r\n", word.size(), word == "\"\"" ? "" : word);
        ++count;
        at = end + 1;
    }
    return fmt::format("*{}\r\n{}", count, bytes);
}

std::vector<std::string> memcached_requests() {
    return {
        "set k 0 0 1\r\na\r\n",
        "set k 0 0 1 noreply\r\na\r\n",
        "add k 0 0 1\r\na\r\n",
        "replace none 0 0 1\r\na\r\n",
        "append k 0 0 1\r\nb\r\n",
        "prepend none 0 0 1\r\nb\r\n",
        "cas k 0 0 1 999\r\nb\r\n",
        "get k\r\n",
        "get k none\r\n",
        "  get  k \r\n",
        "incr k 1\r\n",
        "set n 0 0 1\r\n5\r\n",
        "incr n 1\r\n",
        "decr n 1 noreply\r\n",
        "touch n 100\r\n",
        "touch n -1\r\n",
        "delete n\r\n",
        "delete n noreply\r\n",
        "version\r\n",
        "quit\r\n",
        "quit now\r\n",
        // Not known to nutcracker, or not in this form.
        "\r\n",
        "dance\r\n",
        "GET k\r\n",
        "get\r\n",
        "gat 0 k\r\n",
        "gats 0 k\r\n",
        "flush_all\r\n",
        "stats\r\n",
        "verbosity 1\r\n",
        "shutdown\r\n",
        "mg k v\r\n",
        "mn\r\n",
        "ms k 1\r\na\r\n",
        "delete k 0\r\n",
        "delete k 1\r\n",
        "set k 0 -1 1\r\na\r\n",
        "set k x 0 1\r\na\r\n",
        "set k 0 0 x\r\n",
        "set k 0 0 1 maybe\r\na\r\n",
        "set k 0 0 1\r\nabc\r\n",
        "set k 0 0\r\n",
        "cas k 0 0 1\r\na\r\n",
        "incr k x\r\n",
        "incr k\r\n",
        "incr k 1 2\r\n",
        "touch k\r\n",
        "touch k x\r\n",
        "version x\r\n",
        "get " + std::string(250, 'k') + "\r\n",
        "get " + std::string(251, 'k') + "\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        // Numbers that are too large for a node.
        "incr n 18446744073709551616\r\n",
        "decr n -1\r\n",
        "touch n 99999999999999999999\r\n",
        // A bare LF, but for one within a key.
        "\n",
        "get\n",
        "version\n",
        "quit\n",
        "incr n 1\n",
        "set k 0 0 1\nx\r\n",
        "set k 0 0 1\r\nx\n",
    };
}

TEST(StrictBesideNutcracker, memcached_requests_are_answered_or_closed_alike) {
    StrictPair<MemcachedNode> pair({});

    for (const std::string& request : memcached_requests()) {
        pair.expect_same(request, kMemcachedMarker);
    }
}

std::vector<std::string> redis_requests() {
    return {
        resp("SET k v"),
        resp("GET k"),
        resp("get k"),
        resp("MGET k none other"),
        resp("MSET k 1 other 2"),
        resp("DEL k other none"),
        resp("UNLINK none"),
        resp("TOUCH k none"),
        resp("INCR k"),
        resp("SET \"\" v"),
        resp("HSET h f v"),
        resp("GET h"),
        resp("PING"),
        resp("QUIT"),
        resp("AUTH secret"),
        resp("EVAL return{1,{2,{3}}} 1 k"),
        resp("RPUSH l 3 1 2"),
        resp("SORT l"),
        resp("SORT l BY w_* GET # GET w_*"),
        resp("SORT l BY h_*->f"),
        // Not known to nutcracker, or not in this form.
        "PING\r\n",
        "GET k\r\n",
        resp("PING text"),
        resp("EXPIRE k 100 NX"),
        resp("AUTH default secret"),
        resp("COMMAND COUNT"),
        resp("MOVE k 1"),
        resp("ECHO x"),
        resp("SELECT 0"),
        resp("HELLO 3"),
        resp("INFO"),
        resp("TIME"),
        resp("CLIENT ID"),
        resp("CONFIG GET save"),
        resp("KEYS *"),
        resp("MULTI"),
        resp("BLPOP k 0"),
        resp("SUBSCRIBE c"),
        resp("MSETNX k 1 other 2"),
        resp("MSET k"),
        resp("MSET k 1 other"),
        resp("GET"),
        resp("GET k k"),
        resp("SETNX k"),
        resp("ZREM k"),
        resp("SET k"),
        resp("SADD"),
        resp("COPY k"),
        resp("ZUNIONSTORE k"),
        resp("ZUNION x k"),
        resp("EXPIRE k"),
        resp("EVAL s x k"),
        resp("XADD k"),
        resp("OBJECT ENCODING k"),
        resp("XADD s * f v"),
        resp("EVAL return(1) 0"),
        resp("dance"),
        "\r\n",
        "*0\r\n",
        "*-1\r\n",
        "*x\r\n",
        "*1\r\n$x\r\n",
        "*2\r\n$3\r\nGET\r\n$-1\r\n",
    };
}

TEST(StrictBesideNutcracker, redis_requests_are_answered_or_closed_alike) {
    StrictPair<RedisNode> pair({"redis: true"});

    for (const std::string& request : redis_requests()) {
        pair.expect_same(request, resp("GET marker") + resp("QUIT"));
    }
}

TEST(StrictBesideNutcracker, redis_clients_that_must_authenticate_are_answered_alike) {
    StrictPair<RedisNode> pair({"redis: true", "redis_auth: secret"});

    for (const std::string& request :
         {resp("PING"), resp("GET k"), resp("MGET k n"), resp("AUTH wrong"),
          resp("AUTH secret") + resp("PING"), resp("AUTH secret") + resp("AUTH wrong"),
          resp("dance"), resp("QUIT")}) {
        pair.expect_same(request, resp("AUTH wrong") + resp("QUIT"));
    }
}

// As a LF within a key: nutcracker takes it for a part of the key and waits for the end of the
// line, or runs what follows as a command of its own (docs/from-twemproxy.md).
TEST(StrictPool, closes_on_a_bare_lf_in_a_key) {
    const std::array<MemcachedNode, 1> nodes;
    const TemporaryDirectory directory;
    const std::string path = directory.file("ringside.sock");
    Proxy proxy({.pools = to_yaml({.listen = path,
                                   .servers = {server_line(nodes[0].address())},
                                   .settings = {"strict_twemproxy: true"}})});

    EXPECT_EQ(answers_to(path, "get k\n", kMemcachedMarker), "");
    EXPECT_EQ(answers_to(path, "delete k\n", kMemcachedMarker), "");
}

// What a client gets for a word that twemproxy does not know, and for a request behind it.
std::string answers_to_an_unknown_word(std::vector<std::string> settings) {
    const std::array<MemcachedNode, 1> nodes;
    const TemporaryDirectory directory;
    const std::string path = directory.file("ringside.sock");
    Proxy proxy({.pools = to_yaml({.listen = path,
                                   .servers = {server_line(nodes[0].address())},
                                   .settings = std::move(settings)}),
                 .environment = {"RINGSIDE_STRICT_TWEMPROXY=1"}});
    return answers_to(path, "dance\r\n", kMemcachedMarker);
}

TEST(StrictVariable, makes_strict_what_the_file_leaves_open) {
    EXPECT_EQ(answers_to_an_unknown_word({}), "");
    EXPECT_EQ(answers_to_an_unknown_word({"strict_twemproxy: false"}), "ERROR\r\nEND\r\n");
}

}  // namespace
}  // namespace ringside::testing
