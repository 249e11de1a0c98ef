// Random requests, whole ones and damaged ones, to nutcracker and to a strict Ringside: clients
// must not be able to tell the two apart. The requests are the same in every run.
//
// Left out is what differs on purpose (docs/from-twemproxy.md): control characters in memcached's
// keys, flags above 32 bits, requests whose keys live apart, COMMAND; and where nutcracker gets out
// of step with the node, so that a client is given the answer to something else: numbers in storage
// lines, and lengths of Redis, that the node does not accept.
#include "integration/support/strict_pair.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::testing {
namespace {

constexpr int kRequests = 500;  // of each kind

class Dice {
  public:
    explicit Dice(unsigned seed) : random_(seed) {}

    std::size_t below(std::size_t bound) { return random_() % bound; }
    bool one_in(std::size_t n) { return below(n) == 0; }

    template <std::size_t kCount>
    std::string pick(const std::array<std::string_view, kCount>& from) {
        return std::string(from[below(kCount)]);
    }

  private:
    std::mt19937 random_;  // the same numbers everywhere, unlike distributions
};

// --- memcached ---

constexpr std::array<std::string_view, 23> kWords{
    "get",   "set",   "add",    "replace", "append",  "prepend",   "cas",  "incr",
    "decr",  "touch", "delete", "quit",    "version", "gat",       "gats", "flush_all",
    "stats", "mg",    "GET",    "Set",     "ge",      "verbosity", "gett",
};
constexpr std::array<std::string_view, 6> kKeys{"k", "n", "none", "a:b", "\xc3\xa9", "12"};
constexpr std::array<std::string_view, 13> kNumbers{"0",  "0",  "0", "1",   "5",  "007", "42949672",
                                                    "-1", "-5", "x", "1.5", "+1", "1x"};
constexpr std::array<std::string_view, 7> kSizes{"0", "1", "5", "007", "-1", "x", "1x"};
constexpr std::string_view kTooLargeNumber = "18446744073709551616";

std::string storage_request(Dice& dice, const std::string& word) {
    constexpr std::array<std::string_view, 4> kValues{"", "1", "hello", "two words"};
    const std::string value = dice.pick(kValues);
    const std::string size = dice.one_in(6) ? dice.pick(kSizes) : std::to_string(value.size());
    const std::string flags = dice.one_in(4) ? dice.pick(kNumbers) : "0";
    const std::string expiry = dice.one_in(4) ? dice.pick(kNumbers) : "0";
    std::string line = fmt::format("{} {} {} {} {}", word, dice.pick(kKeys), flags, expiry, size);
    line += word == "cas" ? " " + (dice.one_in(4) ? dice.pick(kNumbers) : "999999") : "";
    line += dice.one_in(6) ? " noreply" : "";
    line += dice.one_in(12) ? " maybe" : "";
    return line + "\r\n" + value + "\r\n";
}

std::string memcached_request(Dice& dice) {
    const std::string word = dice.pick(kWords);
    if (word == "set" || word == "add" || word == "replace" || word == "append" ||
        word == "prepend" || word == "cas") {
        return storage_request(dice, word);
    }
    const std::string gap = dice.one_in(8) ? "  " : " ";
    std::string line = (dice.one_in(8) ? gap : "") + word;
    for (std::size_t keys = word == "get" ? dice.below(5) : dice.below(2); keys > 0; --keys) {
        line += gap + dice.pick(kKeys);
    }
    if (word == "incr" || word == "decr" || word == "touch" || dice.one_in(8)) {
        line += gap + (dice.one_in(8) ? std::string(kTooLargeNumber) : dice.pick(kNumbers));
    }
    line += dice.one_in(8) ? gap + "noreply" : "";
    return line + (dice.one_in(8) ? " " : "") + "\r\n";
}

// --- Redis ---

constexpr std::array<std::string_view, 70> kCommands{
    "GET",   "SET",    "MGET",    "MSET",      "DEL",    "UNLINK",      "TOUCH",    "EXISTS",
    "PING",  "INCR",   "INCRBY",  "DECRBY",    "EXPIRE", "PERSIST",     "HSET",     "HGET",
    "HMGET", "HDEL",   "HLEN",    "LPUSH",     "LRANGE", "LPOP",        "RPOP",     "LINSERT",
    "LREM",  "LSET",   "LTRIM",   "SADD",      "SREM",   "SCARD",       "ZADD",     "ZRANGE",
    "ZREM",  "ZCARD",  "ZSCORE",  "ZINCRBY",   "ZUNION", "ZUNIONSTORE", "EVAL",     "SORT",
    "AUTH",  "PFADD",  "PFCOUNT", "SETEX",     "APPEND", "GETRANGE",    "SETRANGE", "BITCOUNT",
    "TYPE",  "STRLEN", "COPY",    "RPOPLPUSH", "SMOVE",  "SETNX",       "GETSET",   "GETDEL",
    "QUIT",  "get",    "mSet",    "ECHO",      "SELECT", "HELLO",       "MULTI",    "RENAME",
    "XADD",  "OBJECT", "MOVE",    "LMPOP",     "KEYS",   "nonsense",
};
constexpr std::array<std::string_view, 16> kArguments{"k",      "n",    "h",  "l",    "1",   "2",
                                                      "0",      "-1",   "",   "x",    "a b", "1.5",
                                                      "\r\n*1", "LEFT", "BY", "STORE"};

std::string redis_request(Dice& dice) {
    const std::string command = dice.pick(kCommands);
    std::size_t words = dice.below(6);
    std::string request = fmt::format("*{}\r\n${}\r\n{}\r\n", words + 1, command.size(), command);
    for (; words > 0; --words) {
        const std::string argument = dice.pick(kArguments);
        request += fmt::format("${}\r\n{}\r\n", argument.size(), argument);
    }
    return request;
}

// --- both ---

// One byte replaced, removed or added, but for line ends: what follows one could be a request of
// its own. No zeros in front of a length and no empty length: nutcracker accepts them and a node
// does not.
std::string damaged(Dice& dice, std::string request) {
    constexpr std::string_view kBytes = " x159-$*:+";
    std::size_t at = dice.below(request.size());
    while (request[at] == '\r' || request[at] == '\n') {
        at = dice.below(request.size());
    }
    const char byte = kBytes[dice.below(kBytes.size())];
    const bool is_length = at > 0 && request[at - 1] == '$';
    switch (is_length ? 0 : dice.below(3)) {
        case 0:
            request[at] = byte;
            break;
        case 1:
            request.erase(at, 1);
            break;
        default:
            request.insert(at, 1, byte);
    }
    return request;
}

// A damaged request may become two, of which the second is bad. Then nutcracker loses the answer to
// the first one, and Ringside gives it before it closes.
bool same_but_for_lost_answers(const std::string& ours, const std::string& theirs,
                               std::string_view answer_to_marker) {
    const bool closed_early = ours.find(answer_to_marker) == std::string::npos &&
                              theirs.find(answer_to_marker) == std::string::npos;
    return ours == theirs || (closed_early && ours.compare(0, theirs.size(), theirs) == 0);
}

// More than a damaged length can swallow.
std::string many(std::string_view quit) {
    std::string all;
    for (int i = 0; i < 200; ++i) {
        all += quit;
    }
    return all;
}

template <typename Node>
class Probe {
  public:
    Probe(std::vector<std::string> settings, std::string marker, std::string_view marker_answer)
        : pair_(std::move(settings)), marker_(std::move(marker)), marker_answer_(marker_answer) {}

    void expect_same(const std::string& request) {
        SCOPED_TRACE(request);
        pair_.expect_same(request, marker_);
    }

    void expect_same_but_for_lost_answers(const std::string& request) {
        SCOPED_TRACE(request);
        const std::string ours = answers_to(pair_.ringside_path(), request, marker_);
        const std::string theirs = answers_to(pair_.nutcracker_path(), request, marker_);
        EXPECT_TRUE(same_but_for_lost_answers(ours, theirs, marker_answer_))
            << request << "\nringside: " << ours << "\nnutcracker: " << theirs;
    }

  private:
    StrictPair<Node, 1> pair_;
    const std::string marker_;
    const std::string_view marker_answer_;
};

TEST(StrictProbe, memcached_requests_have_the_same_answers) {
    Probe<MemcachedNode> probe({}, "get marker\r\n" + many("quit\r\n"), "THE MARKER");
    Dice dice(1);
    probe.expect_same("set marker 0 0 10\r\nTHE MARKER\r\n");

    for (int i = 0; i < kRequests && !HasFailure(); ++i) {
        probe.expect_same(memcached_request(dice));
    }
    for (int i = 0; i < kRequests && !HasFailure(); ++i) {
        probe.expect_same_but_for_lost_answers(damaged(dice, memcached_request(dice)));
    }
}

TEST(StrictProbe, redis_requests_have_the_same_answers) {
    Probe<RedisNode> probe({"redis: true"},
                           "*2\r\n$3\r\nGET\r\n$6\r\nmarker\r\n" + many("*1\r\n$4\r\nQUIT\r\n"),
                           "THE MARKER");
    Dice dice(2);
    probe.expect_same("*3\r\n$3\r\nSET\r\n$6\r\nmarker\r\n$10\r\nTHE MARKER\r\n");

    for (int i = 0; i < kRequests && !HasFailure(); ++i) {
        probe.expect_same(redis_request(dice));
    }
    for (int i = 0; i < kRequests && !HasFailure(); ++i) {
        probe.expect_same_but_for_lost_answers(damaged(dice, redis_request(dice)));
    }
}

}  // namespace
}  // namespace ringside::testing
