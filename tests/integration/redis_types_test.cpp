// What a redis-server answers, command by command, is what its row says may answer: the proxy must
// never take an answer for another one's.
#include "integration/support/resp.h"
#include "integration/support/servers.h"
#include "protocol/protocol.h"
#include "protocol/redis/commands.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>

namespace ringside::testing {
namespace {

using protocol::LinkKind;

// Every forwarded command, with each of the options that change the type of its answer, and with
// keys that do not exist. What the proxy does not forward prepares the server.
constexpr std::string_view kScript = R"(
SET s hello
SET s world NX
SET s world XX
SET s world GET
SET fresh world GET
SET fresh world NX GET
SET s hello EX 100
SET s hello KEEPTTL
SET s hello XX GET EX 100
GET s
GET none
GETSET s again
GETSET fresh2 x
GETRANGE s 1 3
GETRANGE none 1 3
SUBSTR s 0 1
SETRANGE s 1 XX
SETNX s x
SETEX e 1000 v
PSETEX p 1000000 v
STRLEN s
APPEND s !
GETEX s PERSIST
GETEX none
GETDEL s
GETDEL none
INCR n
DECR n
INCRBY n 5
DECRBY n 3
INCRBYFLOAT n 0.5
MSET a 1 b 2 c 3
MSETNX a 1 z 2
MGET a none c
MGET none
LCS a b
LCS none none2
LCS a b LEN
LCS a b IDX
LCS a b IDX WITHMATCHLEN
DEL a none
UNLINK b none
EXISTS c c none
TOUCH c none
TYPE c
TYPE none
DUMP c
DUMP none
EXPIRE c 100000 NX
PEXPIRE none 10
EXPIREAT c 4000000000
EXPIRETIME c
PEXPIREAT c 4000000000000
PEXPIRETIME c
TTL c
PTTL none
PERSIST c
PERSIST none
TTL none
TTL c
TTL e
EXPIRETIME none
EXPIRETIME c
EXPIRE none 1
DEL none none
TOUCH c c
RENAME c d
RENAMENX d c
COPY c c2
COPY none c2
OBJECT ENCODING c
OBJECT ENCODING none
OBJECT REFCOUNT c2
OBJECT REFCOUNT none
OBJECT IDLETIME c
OBJECT IDLETIME none
OBJECT FREQ none
CONFIG SET maxmemory-policy allkeys-lfu
OBJECT FREQ c
CONFIG SET maxmemory-policy noeviction
MEMORY USAGE c
MEMORY USAGE none
SETBIT bits 7 1
GETBIT bits 7
BITCOUNT bits
BITPOS bits 1
BITPOS none 1
BITPOS none 0
BITPOS bits 1 5 6
SETBIT bits 7 1
BITFIELD bits INCRBY u8 0 200
BITFIELD bits OVERFLOW FAIL INCRBY u8 0 200
BITFIELD bits
BITFIELD_RO bits GET u4 0
BITOP NOT notbits bits
PFADD h1 a b c
PFADD h2 c d
PFCOUNT h1
PFCOUNT h1 h2 none
PFMERGE h3 h1 h2
HSET h f 1 g two
HSETNX h f 2
HMSET h i 3 j 4
HGET h f
HGET h none
HMGET h f none g
HMGET none f
HMGET none f g
HGETALL h
HGETALL none
HEXISTS h f
HINCRBY h f 4
HINCRBYFLOAT h f 1.5
HKEYS h
HKEYS none
HVALS h
HVALS none
HLEN h
HSTRLEN h g
HSCAN h 0
HSCAN none 0
HRANDFIELD h
HRANDFIELD h 1
HRANDFIELD h 1 WITHVALUES
HRANDFIELD h -3 WITHVALUES
HRANDFIELD h 0
HRANDFIELD none
HRANDFIELD none 1
HDEL h g i j
RPUSH l a b c b
LPUSH l z
LPUSHX l y
RPUSHX none x
LLEN l
LRANGE l 0 -1
LRANGE none 0 -1
LINDEX l 1
LINDEX l 99
LINDEX none 0
LINSERT l BEFORE a before
LINSERT l BEFORE none x
LINSERT none BEFORE a x
LSET l 0 first
LPOS l b
LPOS l none
LPOS l b COUNT 0
LPOS none b COUNT 0
LPOS none b
LREM l 1 b
LTRIM l 0 9
LMOVE l l2 LEFT RIGHT
LMOVE none l2 LEFT RIGHT
RPOPLPUSH l2 l
RPOPLPUSH none l
LPOP l
LPOP l 2
LPOP l 0
LPOP none
LPOP none 2
LPOP none 0
RPOP l
RPOP l 1
RPOP none
RPOP none 2
RPUSH l a b c
LMPOP 2 none l RIGHT COUNT 2
LMPOP 1 none LEFT
SADD set1 1 2 3
SADD set2 2 3 4
SCARD set1
SISMEMBER set1 1
SMISMEMBER set1 1 9
SMISMEMBER none 1
SMISMEMBER none 1 2 3
SADD set1 1 1 7
SREM set1 7 8
SDIFF set1 set2
SDIFF none
SINTER set1 set2
SINTER none set1
SINTERCARD 2 set1 set2 LIMIT 1
SUNION set1 none
SDIFFSTORE set3 set1 set2
SINTERSTORE set4 set1 set2
SUNIONSTORE set5 set1 set2
SMEMBERS set3
SMEMBERS none
SMOVE set1 set2 1
SREM set1 2
SSCAN set1 0
SRANDMEMBER set2
SRANDMEMBER set2 2
SRANDMEMBER set2 -5
SRANDMEMBER none
SRANDMEMBER none 3
SRANDMEMBER set2 0
SPOP set2 0
SPOP set2
SPOP set2 1
SPOP none
SPOP none 1
RPUSH numbers 3 1 2
SORT numbers
SORT none
SORT numbers DESC LIMIT 0 2 STORE sorted
SORT none STORE sorted
SORT numbers BY nosort GET #
SORT numbers BY w_* GET none_* GET #
SORT_RO numbers GET none_*
SORT_RO numbers ALPHA
SORT_RO none
ZADD z1 1 a 2 b 3 c
ZADD z1 CH 2 a
ZADD z2 10 b 20 c 30 d
ZADD z1 INCR 1.5 a
ZADD z1 NX INCR 1.5 a
ZADD none XX INCR 1.5 a
ZADD z1 GT CH 5 a 6 b 7 new
ZREM z1 new none
ZINCRBY z1 2 fresh
ZCARD z1
ZCOUNT z1 2 +inf
ZINCRBY z1 1 b
ZSCORE z1 a
ZSCORE z1 none
ZSCORE none a
ZMSCORE z1 a none
ZMSCORE none a
ZMSCORE none a b
ZRANK z1 c
ZRANK z1 none
ZRANK none a
ZRANK z1 c WITHSCORE
ZRANK z1 none WITHSCORE
ZREVRANK z1 c
ZREVRANK z1 none
ZREVRANK z1 c WITHSCORE
ZRANGE names - + BYLEX
ZRANGE z1 10 0 BYSCORE REV
ZRANGE z1 0 -1
ZRANGE none 0 -1
ZRANGE z1 0 -1 WITHSCORES
ZRANGE z1 0 +inf BYSCORE LIMIT 0 1
ZREVRANGE z1 0 -1 WITHSCORES
ZRANGEBYSCORE z1 -inf +inf WITHSCORES LIMIT 0 1
ZRANGEBYSCORE none -inf +inf
ZREVRANGEBYSCORE z1 +inf -inf
ZADD names 0 a 0 b 0 c
ZRANGEBYLEX names [a (c
ZREVRANGEBYLEX names + -
ZLEXCOUNT names - +
ZRANGESTORE zr z1 0 1
ZDIFF 2 z1 z2
ZDIFF 2 z1 z2 WITHSCORES
ZINTER 2 z1 z2
ZINTER 2 z1 z2 WITHSCORES
ZUNION 2 z1 z2
ZUNION 2 z1 z2 WEIGHTS 1 2 WITHSCORES
ZINTERCARD 2 z1 z2
ZDIFFSTORE z3 2 z1 z2
ZINTERSTORE z4 2 z1 z2 AGGREGATE MAX
ZUNIONSTORE z5 2 z1 z2
ZSCAN z5 0
ZRANDMEMBER names
ZRANDMEMBER names 1
ZRANDMEMBER names -2 WITHSCORES
ZRANDMEMBER none
ZRANDMEMBER none 1
ZPOPMIN z5
ZPOPMIN none
ZPOPMAX z5 2
ZPOPMAX none 2
ZMPOP 1 z4 MIN
ZMPOP 1 none MAX
ZREM z1 c
ZREMRANGEBYLEX names [a [a
ZREMRANGEBYRANK names 0 0
ZREMRANGEBYSCORE z1 4 5
GEOADD geo 13.361389 38.115556 Palermo 15.087269 37.502669 Catania
GEODIST geo Palermo Catania km
GEODIST geo Palermo none
GEODIST none Palermo Catania
GEOHASH geo Palermo none
GEOHASH none Palermo
GEOPOS geo Palermo none
GEOPOS none Palermo
GEORADIUS geo 15 37 200 km WITHDIST ASC
GEORADIUS none 15 37 200 km
GEORADIUS geo 15 37 200 km STORE geo2
GEORADIUS none 15 37 200 km STORE geo2
GEORADIUS_RO geo 15 37 100 km
GEORADIUSBYMEMBER geo Palermo 200 km ASC
GEORADIUSBYMEMBER geo Palermo 200 km STOREDIST geo2
GEORADIUSBYMEMBER_RO geo Palermo 10 km
GEOSEARCH geo FROMLONLAT 15 37 BYRADIUS 200 km ASC WITHCOORD
GEOSEARCH none FROMLONLAT 15 37 BYRADIUS 200 km
GEOSEARCH geo FROMLONLAT 15 37 BYRADIUS 200 km WITHDIST WITHHASH
GEOHASH none Palermo Catania
GEOPOS none Palermo Catania
GEOSEARCHSTORE geo3 geo FROMMEMBER Palermo BYBOX 400 400 km
XADD x 1-1 f v
XADD none NOMKSTREAM 1-1 f v
XADD x 2-1 f w g x
XADD x 3-1 f v
XLEN x
XRANGE x - +
XRANGE none - +
XREVRANGE x + - COUNT 1
XREAD COUNT 1 STREAMS x 0
XREAD STREAMS none 0
XGROUP CREATE x g 0
XGROUP CREATE made g $ MKSTREAM
XGROUP CREATECONSUMER x g c
XREADGROUP GROUP g c COUNT 2 STREAMS x >
XREADGROUP GROUP g c STREAMS x 0
XREADGROUP GROUP g c STREAMS made >
XPENDING x g
XPENDING x g - + 10
XPENDING made g
XACK x g 1-1
XCLAIM x g d 0 2-1
XCLAIM x g d 0 2-1 JUSTID
XAUTOCLAIM x g c 0 0
XAUTOCLAIM x g c 0 0 JUSTID
XGROUP SETID x g 3-1
XINFO GROUPS x
XINFO CONSUMERS x g
XINFO STREAM x
XINFO STREAM x FULL
XGROUP DELCONSUMER x g c
XGROUP DESTROY x g
XGROUP CREATE x h 0
XREADGROUP GROUP h c STREAMS x >
XDEL x 1-1 7-7
XREADGROUP GROUP h c STREAMS x 0
XINFO STREAM x FULL
XPENDING x h
XPENDING x h - + 10
XAUTOCLAIM x h d 0 0 COUNT 1
XCLAIM x h d 0 3-1
XACK x h 3-1 9-9
XGROUP DELCONSUMER x h none
XGROUP DESTROY x none
XDEL x 2-1
XTRIM x MAXLEN 1
XSETID x 9-9
EVAL return{KEYS[1],ARGV[1]} 1 k v
EVAL return{ok='fine'} 1 k
EVAL return{err='wrong'} 1 k
EVAL return{ok='QUEUED'} 1 k
EVAL return{{err='inside'}} 1 k
EVAL return(1) 1 k
EVAL return(true) 1 k
EVAL return(nil) 1 k
EVAL return('text') 1 k
EVAL return{double=3.5} 1 k
EVAL return{map={a=1}} 1 k
EVAL return{set={a=true}} 1 k
EVAL return{big_number='12345678901234567890'} 1 k
EVAL return{verbatim_string={format='txt',string='x'}} 1 k
EVAL redis.setresp(3);return(true) 1 k
EVAL_RO return(1) 1 k
LOLWUT
LOLWUT VERSION 5
)";

// A library of functions, with blanks and lines, which the script above cannot have.
constexpr std::string_view kLibrary =
    "#!lua name=tests\n"
    "redis.register_function{function_name='one', callback=function() return 1 end, "
    "flags={'no-writes'}}";

class RedisTypes : public ::testing::TestWithParam<LinkKind> {
  protected:
    void SetUp() override {
        if (GetParam() == LinkKind::resp3) {
            ASSERT_FALSE(ask(node_, {"HELLO", "3"}).is_error());
        }
    }

    // The answer of the server, which must be one that the codec takes for the answer to these
    // words.
    RespAnswer expect_fitting(const Words& words) {
        const std::string request = resp(words);
        protocol::Resume resume;
        protocol::RequestFrame frame;
        protocol::redis().client.frame_request(request, {.value_bytes_max = 1 << 20}, resume,
                                               frame);
        const RespAnswer answer = ask(node_, words);
        if (frame.status != protocol::RequestStatus::complete ||
            redis_row(*frame.command).answer != nullptr) {
            EXPECT_FALSE(answer.is_error()) << request << answer.raw;
            return answer;  // not forwarded
        }
        const protocol::NodeCodec& codec = protocol::redis().node(GetParam());
        base::ByteBuffer expectation;
        codec.append_expectation(frame, request, {}, expectation);
        resume = {};
        const protocol::ReplyFrame reply =
            codec.frame_reply(*frame.command, expectation.view(), answer.raw, resume);
        EXPECT_EQ(reply.status, protocol::ReplyStatus::complete) << reply.problem << "\n"
                                                                 << request << answer.raw;
        EXPECT_EQ(reply.size, answer.raw.size()) << request;
        EXPECT_EQ(reply.is_error(), answer.is_error()) << request;
        if (!answer.is_error()) {
            answered_.insert(frame.command->name);
        }
        return answer;
    }

    RedisNode server_;
    Client node_ = server_.client();
    std::set<std::string_view> answered_;
};

INSTANTIATE_TEST_SUITE_P(Links, RedisTypes, ::testing::Values(LinkKind::standard, LinkKind::resp3),
                         [](const auto& kind) {
                             return kind.param == LinkKind::resp3 ? "resp3" : "resp2";
                         });

TEST_P(RedisTypes, of_every_forwarded_row_are_those_of_the_server) {
    for (std::size_t begin = 1; begin < kScript.size();) {
        const std::size_t end = kScript.find('\n', begin);
        expect_fitting(words_of(kScript.substr(begin, end - begin)));
        begin = end + 1;
    }
    expect_fitting({"RESTORE", "restored", "0", expect_fitting({"DUMP", "c"}).text});
    const std::string sha = expect_fitting({"SCRIPT", "LOAD", "return 1"}).text;
    expect_fitting({"SCRIPT", "EXISTS", sha, "none"});
    expect_fitting({"EVALSHA", sha, "1", "k"});
    expect_fitting({"EVALSHA_RO", sha, "1", "k"});
    expect_fitting({"FUNCTION", "LOAD", std::string(kLibrary)});
    expect_fitting({"FCALL", "one", "1", "k"});
    expect_fitting({"FCALL_RO", "one", "1", "k"});
    expect_fitting({"SCRIPT", "FLUSH"});

    for (const protocol::RedisRow& row : protocol::kRedisCommands) {
        if (row.answer == nullptr) {
            EXPECT_EQ(answered_.count(row.name), 1U) << row.name << ": no request has succeeded";
        }
    }
}

}  // namespace
}  // namespace ringside::testing
