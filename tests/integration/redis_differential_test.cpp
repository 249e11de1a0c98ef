// Whatever a client asks, the answer through the proxy is byte for byte that of a redis-server, in
// RESP2 and in RESP3.
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/resp.h"
#include "integration/support/servers.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <random>
#include <set>
#include <string>
#include <string_view>

namespace ringside::testing {
namespace {

// Every forwarded command at least once, its refusals by Redis among them. Answers must not depend
// on time or chance: members of sets are numbers, which Redis keeps in order.
constexpr std::string_view kScript = R"(
SET s hello
GET s
GET none
SET s world NX
SET s world XX GET
SETNX s x
SETEX e 1000 v
PSETEX p 1000000 v
GETSET s again
GETRANGE s 1 3
SUBSTR s 0 1
SETRANGE s 1 XX
STRLEN s
APPEND s !
GETEX s PERSIST
GETDEL s
SET n 10
INCR n
INCRBY n 5
INCRBYFLOAT n 0.5
SET n 7
DECR n
DECRBY n 3
INCRBY n x
MSET a 1 b 2 c 3
MSETNX a 1 z 2
MSETNX m1 1 m2 2
MGET a none c
SET l1 ohmytext
SET l2 mynewtext
LCS l1 l2
LCS l1 l2 IDX
DEL a none
UNLINK b none
EXISTS c c none
TOUCH c none
TYPE c
DUMP c
RESTORE bad 0 nonsense
EXPIRE c 100000 NX
EXPIRE none 10
PEXPIRE none 10
EXPIREAT c 4000000000
EXPIRETIME c
PEXPIREAT c 4000000000000
PEXPIRETIME c
PERSIST c
TTL c
PTTL none
RENAME c d
RENAMENX d c
RENAME none other
COPY c c2
COPY c c2 REPLACE
OBJECT ENCODING c
OBJECT REFCOUNT c2
OBJECT IDLETIME c
OBJECT FREQ c
MEMORY USAGE c
SETBIT bits 7 1
GETBIT bits 7
BITCOUNT bits
BITPOS bits 1
BITFIELD bits INCRBY u8 0 200
BITFIELD bits GET u8 0
BITFIELD_RO bits GET u4 0
BITOP NOT notbits bits
BITOP OR either bits notbits
PFADD h1 a b c
PFADD h2 c d
PFCOUNT h1
PFCOUNT h1 h2 none
PFMERGE h3 h1 h2
PFCOUNT h3
SET text nothyperloglogatall
PFCOUNT h1 text
PFADD text x
HSET h f 1 g two
HSETNX h f 2
HMSET h i 3 j 4
HGET h f
HGET h none
HMGET h f none g
HGETALL h
HEXISTS h f
HINCRBY h f 4
HINCRBYFLOAT h f 1.5
HKEYS h
HVALS h
HLEN h
HSTRLEN h g
HSCAN h 0
HDEL h g i j
HRANDFIELD h 1 WITHVALUES
HRANDFIELD none
RPUSH l a b c b
LPUSH l z
LPUSHX l y
RPUSHX none x
LLEN l
LRANGE l 0 -1
LINDEX l 1
LINDEX l 99
LINSERT l BEFORE a before
LSET l 0 first
LSET l 99 x
LPOS l b COUNT 0
LREM l 1 b
LTRIM l 0 4
LPOP l
LPOP l 2
LPOP none 2
RPOP l
LMOVE l l2list LEFT RIGHT
RPOPLPUSH l2list l
LMPOP 2 none l RIGHT COUNT 5
LMPOP 1 none LEFT
SADD set1 1 2 3
SADD set2 2 3 4
SCARD set1
SISMEMBER set1 1
SMISMEMBER set1 1 9
SDIFF set1 set2
SINTER set1 set2
SINTERCARD 2 set1 set2 LIMIT 1
SUNION set1 none
SDIFFSTORE set3 set1 set2
SMEMBERS set3
SINTERSTORE set4 set1 set2
SUNIONSTORE set5 set1 set2
SMOVE set1 set2 1
SREM set1 2
SSCAN set1 0
SRANDMEMBER set1
SRANDMEMBER none 3
SPOP set1
SPOP none
RPUSH numbers 3 1 2
SORT numbers
SORT numbers DESC LIMIT 0 2 STORE sorted
SORT numbers BY nosort GET #
SORT numbers BY w_* GET # GET h_*->f GET none STORE sorted
SORT_RO numbers BY w_*
SORT_RO numbers ALPHA
ZADD z1 1 a 2 b 3 c
ZADD z2 10 b 20 c 30 d
ZADD z1 INCR 1.5 a
ZCARD z1
ZCOUNT z1 2 +inf
ZINCRBY z1 1 b
ZSCORE z1 a
ZSCORE z1 none
ZMSCORE z1 a none
ZRANK z1 c
ZREVRANK z1 none
ZRANGE z1 0 -1
ZRANGE z1 0 -1 WITHSCORES
ZREVRANGE z1 0 -1 WITHSCORES
ZRANGEBYSCORE z1 -inf +inf WITHSCORES LIMIT 0 1
ZREVRANGEBYSCORE z1 +inf -inf
ZADD names 0 a 0 b 0 c
ZRANGEBYLEX names [a (c
ZREVRANGEBYLEX names + -
ZLEXCOUNT names - +
ZRANGESTORE zr z1 0 1
ZDIFF 2 z1 z2 WITHSCORES
ZINTER 2 z1 z2 WITHSCORES
ZUNION 2 z1 z2 WEIGHTS 1 2 WITHSCORES
ZUNION 2 z1 z2
ZUNION 0 z1
ZINTER 3 z1 z2
SINTERCARD 0 set1
ZUNIONSTORE z9 x z1
LMPOP -1 l LEFT
ZINTERCARD 2 z1 z2
ZDIFFSTORE z3 2 z1 z2
ZINTERSTORE z4 2 z1 z2 AGGREGATE MAX
ZUNIONSTORE z5 2 z1 z2
ZSCAN z5 0
ZPOPMIN z5
ZPOPMAX z5 2
ZMPOP 1 z4 MIN
ZMPOP 1 none MAX
ZREM z1 c
ZREMRANGEBYLEX names [a [a
ZREMRANGEBYRANK names 0 0
ZREMRANGEBYSCORE z1 4 5
ZRANDMEMBER names 1
ZRANDMEMBER none
GEOADD geo 13.361389 38.115556 Palermo 15.087269 37.502669 Catania
GEODIST geo Palermo Catania km
GEODIST geo Palermo none
GEOHASH geo Palermo none
GEOPOS geo Palermo none
GEORADIUS geo 15 37 200 km WITHDIST ASC
GEORADIUS geo 15 37 200 km STORE geo2
GEORADIUS_RO geo 15 37 100 km
GEORADIUSBYMEMBER geo Palermo 200 km ASC
GEORADIUSBYMEMBER_RO geo Palermo 10 km
GEOSEARCH geo FROMLONLAT 15 37 BYRADIUS 200 km ASC WITHCOORD
GEOSEARCHSTORE geo3 geo FROMMEMBER Palermo BYBOX 400 400 km
XADD x 1-1 f v
XADD x 2-1 f w g x
XADD x 1-1 f v
XADD x 3-1 f v
XLEN x
XRANGE x - +
XREVRANGE x + - COUNT 1
XREAD COUNT 1 STREAMS x 0
XREAD STREAMS none 0
XGROUP CREATE x g 0
XGROUP CREATE x g 0
XGROUP CREATECONSUMER x g c
XREADGROUP GROUP g c COUNT 2 STREAMS x >
XPENDING x g
XACK x g 1-1
XCLAIM x g d 0 2-1 JUSTID
XAUTOCLAIM x g c 0 0 JUSTID
XGROUP SETID x g 3-1
XGROUP DELCONSUMER x g c
XINFO GROUPS x
XINFO STREAM x
XGROUP DELCONSUMER x g d
XINFO CONSUMERS x g
XGROUP DESTROY x g
XDEL x 2-1
XTRIM x MAXLEN 1
XSETID x 9-9
EVAL return{KEYS[1],ARGV[1]} 1 k v
EVAL return{double=3.5} 1 k
EVAL_RO return(1) 1 k
EVALSHA ffffffffffffffffffffffffffffffffffffffff 1 k
EVALSHA_RO ffffffffffffffffffffffffffffffffffffffff 1 k
FCALL none 1 k
FCALL_RO none 1 k
SCRIPT LOAD return(1)
SCRIPT LOAD return(
SCRIPT EXISTS 5332031c6b470dc5a0dd9b4bf2030dea6d65de91 none
SCRIPT FLUSH NOW
SCRIPT FLUSH
LOLWUT VERSION 99
GET set2
LPUSH set2 x
SET s v NONSENSE
)";

// Both ends of the comparison, in the same dialect.
class RedisDifferential : public ::testing::TestWithParam<std::string_view> {
  protected:
    void SetUp() override { greet(direct_); }

    static void greet(Client& client) {
        ASSERT_FALSE(ask(client, {"HELLO", std::string(GetParam())}).is_error());
    }

    // The same answer, or a message.
    void expect_same(Client& through_proxy, const Words& words) {
        EXPECT_EQ(ask(through_proxy, words).raw, ask(direct_, words).raw)
            << fmt::format("{} ({} words)", words.front(), words.size());
    }

    RedisNode reference_;
    Client direct_ = reference_.client();
};

INSTANTIATE_TEST_SUITE_P(Dialects, RedisDifferential, ::testing::Values("2", "3"),
                         [](const auto& dialect) { return "resp" + std::string(dialect.param); });

TEST_P(RedisDifferential, every_forwarded_command_is_answered_as_by_redis) {
    std::array<RedisNode, 1> nodes;
    const std::uint16_t port = free_port();
    Proxy proxy({.pools = pool_before(nodes, port, {"redis: true", "flush_all: true"})});
    Client client(port);
    greet(client);
    std::set<std::string> seen;

    std::size_t begin = 1;
    while (begin < kScript.size()) {
        const std::size_t end = kScript.find('\n', begin);
        const Words words = words_of(kScript.substr(begin, end - begin));
        begin = end + 1;
        expect_same(client, words);
        Words asks_for_keys{"COMMAND", "GETKEYSANDFLAGS"};
        asks_for_keys.insert(asks_for_keys.end(), words.begin(), words.end());
        expect_same(client, asks_for_keys);
        seen.insert(words[0]);
        seen.insert(words.size() > 1 ? words[0] + "|" + words[1] : words[0]);
    }

    // Nothing that the proxy forwards was left out. What it answers itself neither reads nor
    // writes.
    const auto expect_seen = [&seen](const RespAnswer& row) {
        std::string name = row.items[0].text;
        std::transform(name.begin(), name.end(), name.begin(),
                       [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
        const bool forwarded = !row.items[2].items.empty();
        EXPECT_TRUE(!forwarded || seen.count(name) == 1) << name << " is not compared";
    };
    for (const RespAnswer& row : ask(client, {"COMMAND"}).items) {
        expect_seen(row);
        for (const RespAnswer& subcommand : row.items[9].items) {
            expect_seen(subcommand);
        }
    }
}

TEST_P(RedisDifferential, split_commands_over_four_nodes_are_answered_as_by_one) {
    std::array<RedisNode, 4> nodes;
    const std::uint16_t port = free_port();
    Proxy proxy({.pools = pool_before(nodes, port, {"redis: true"})});
    Client client(port);
    greet(client);
    Words mset{"MSET"};
    Words keys;
    for (int i = 0; i < 60; ++i) {
        keys.push_back(fmt::format("{}-key", i));
        mset.insert(mset.end(), {keys.back(), fmt::format("value\r\n{}", i)});
    }
    keys.insert(keys.begin() + 7, {"none", "7-key", "7-key"});
    const auto with_keys = [&keys](std::string_view command) {
        Words words{std::string(command)};
        words.insert(words.end(), keys.begin(), keys.end());
        return words;
    };

    expect_same(client, mset);
    for (const std::string_view command : {"MGET", "EXISTS", "TOUCH"}) {
        expect_same(client, with_keys(command));
    }
    expect_same(client, {"UNLINK", "1-key", "2-key", "3-key", "none", "1-key"});
    expect_same(client, with_keys("MGET"));
    expect_same(client, with_keys("DEL"));
    expect_same(client, with_keys("MGET"));
    for (const RedisNode& node : nodes) {
        Client at_node = node.client();
        EXPECT_EQ(ask(at_node, {"DBSIZE"}).raw, ":0\r\n");
    }
}

TEST_P(RedisDifferential, hyperloglogs_of_four_nodes_count_as_on_one) {
    std::array<RedisNode, 4> nodes;
    const std::uint16_t port = free_port();
    Proxy proxy({.pools = pool_before(nodes, port, {"redis: true"})});
    Client client(port);
    greet(client);
    // Overlapping sets; the small ones are sparse at their nodes, the large ones dense.
    constexpr std::array<int, 8> kSizes{0, 1, 10, 100, 1000, 3000, 20'000, 60'000};
    Words keys;
    std::mt19937 random(20240229);
    for (const int size : kSizes) {
        const std::string key = fmt::format("{}-visitors", keys.size());
        keys.push_back(key);
        Words pfadd{"PFADD", key};
        for (int i = 0; i < size; ++i) {
            pfadd.push_back(std::to_string(random() % 100'000));
        }
        expect_same(client, pfadd);
    }

    for (std::size_t first = 0; first < keys.size(); ++first) {
        for (std::size_t size = 1; first + size <= keys.size(); ++size) {
            Words pfcount{"PFCOUNT", "none"};
            pfcount.insert(pfcount.end(), keys.begin() + static_cast<std::ptrdiff_t>(first),
                           keys.begin() + static_cast<std::ptrdiff_t>(first + size));
            expect_same(client, pfcount);
        }
    }

    for (Client* each : {&client, &direct_}) {
        ask(*each, {"SET", "text", "no HyperLogLog at all"});
        ask(*each, {"LPUSH", "list", "x"});
    }
    for (const std::string wrong : {"text", "list"}) {
        expect_same(client, {"PFCOUNT", "1-visitors", "2-visitors", "3-visitors", wrong});
    }
}

}  // namespace
}  // namespace ringside::testing
