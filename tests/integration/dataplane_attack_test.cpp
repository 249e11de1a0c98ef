// A hostile client beside honest ones. nutcracker 0.5.0 lets a line feed inside a key through: the
// second half becomes a command of its own, whose answer reaches somebody else.
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace ringside::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// What an honest client says in one round, and the only answer it may get.
struct Exchange {
    std::string requests;
    std::string answers;
};
using Talk = std::function<Exchange(int number, int round)>;

// Talks in rounds until told to stop, and compares every byte.
class Bystander {
  public:
    Bystander(std::uint16_t port, int number, Talk talk, const std::atomic<bool>& stop)
        : client_(port), number_(number), talk_(std::move(talk)), stop_(stop), thread_([this] {
              run();
          }) {}

    // Its complaint, or nothing. To be called once, after `stop` was set.
    std::string complaint() {
        thread_.join();
        return complaint_;
    }
    int rounds() const noexcept { return rounds_; }  // after complaint()

  private:
    void run() {
        try {
            while (!stop_ && complaint_.empty()) {
                const Exchange wanted = talk_(number_, ++rounds_);
                const std::string answers = client_.ask(wanted.requests, wanted.answers.size());
                if (answers != wanted.answers) {
                    complaint_ = fmt::format("wanted '{}', got '{}'", wanted.answers, answers);
                }
            }
        } catch (const std::exception& lost) {
            complaint_ = lost.what();
        }
    }

    Client client_;
    const int number_;
    const Talk talk_;
    const std::atomic<bool>& stop_;
    std::string complaint_;
    int rounds_ = 0;
    std::thread thread_;
};

// Several of them, for as long as a test attacks.
class Bystanders {
  public:
    Bystanders(std::uint16_t port, const Talk& talk) {
        constexpr int kCount = 4;
        for (int i = 0; i < kCount; ++i) {
            all_.push_back(std::make_unique<Bystander>(port, i, talk, stop_));
        }
    }

    void expect_no_complaints() {
        stop_ = true;
        for (const auto& each : all_) {
            EXPECT_EQ(each->complaint(), "");
            EXPECT_GT(each->rounds(), 100);
        }
    }

  private:
    std::atomic<bool> stop_{false};
    std::vector<std::unique_ptr<Bystander>> all_;
};

Exchange memcached_round(int number, int round) {
    const std::string first = fmt::format("bystander-{}-{}", number, round % 50);
    const std::string second = fmt::format("bystander-{}-{}", number, round % 50 + 50);
    const std::string value = fmt::format("secret {} {:09}", number, round);
    std::string requests;
    for (const std::string& key : {first, second}) {
        requests += fmt::format("set {} 0 0 {}\r\n{}\r\n", key, value.size(), value);
    }
    requests += fmt::format("get {} {}\r\nget {}\r\n", first, second, second);
    const auto found = [&value](const std::string& key) {
        return fmt::format("VALUE {} 0 {}\r\n{}\r\n", key, value.size(), value);
    };
    return {requests, "STORED\r\nSTORED\r\n" + found(first) + found(second) + "END\r\n" +
                          found(second) + "END\r\n"};
}

std::string resp(const std::vector<std::string>& words) {
    std::string bytes = fmt::format("*{}\r\n", words.size());
    for (const std::string& word : words) {
        bytes += fmt::format("${}\r\n{}\r\n", word.size(), word);
    }
    return bytes;
}

Exchange redis_round(int number, int round) {
    const std::string first = fmt::format("bystander-{}-{}", number, round % 50);
    const std::string second = fmt::format("bystander-{}-{}", number, round % 50 + 50);
    const std::string value = fmt::format("secret {} {:09}", number, round);
    const std::string found = fmt::format("${}\r\n{}\r\n", value.size(), value);
    return {resp({"SET", first, value}) + resp({"SET", second, value}) +
                resp({"MGET", first, second}) + resp({"GET", second}),
            "+OK\r\n+OK\r\n*2\r\n" + found + found + found};
}

// What may end a word or a line for one parser and not for another.
std::vector<char> suspicious_bytes() {
    std::vector<char> bytes;
    for (int byte = 0; byte <= 0x20; ++byte) {
        bytes.push_back(static_cast<char>(byte));
    }
    bytes.push_back(0x7f);
    return bytes;
}

std::vector<std::string> attacks_with(char byte) {
    const std::string_view between(&byte, 1);
    std::vector<std::string> attacks;
    for (const std::string_view smuggled :
         {"get secret", "flush_all", "set evil 0 0 4", "set evil 0 0 4\r\nevil", "quit"}) {
        for (const std::string_view command : {"get x", "gets y x", "delete x", "touch x"}) {
            attacks.push_back(fmt::format("{}{}{}\r\n", command, between, smuggled));
        }
        attacks.push_back(fmt::format("incr x{}{} 1\r\n", between, smuggled));
        attacks.push_back(fmt::format("set x{}{} 0 0 1\r\nv\r\n", between, smuggled));
        attacks.push_back(fmt::format("set x 0 0 1{}\r\nv\r\n{}\r\n", between, smuggled));
    }
    // A length that wraps in 32 or 64 bits, and blocks that are longer or shorter than they say.
    for (const std::string_view length :
         {"18446744073709551625", "4294967305", "-1", "0x9", "1e1", "09", "2"}) {
        attacks.push_back(fmt::format("set x{} 0 0 {}\r\nflush_all\r\n", between, length));
        attacks.push_back(fmt::format("set x 0 0 {}\r\nflush_all\r\n", length));
    }
    return attacks;
}

// Pieces of requests in any order: what a parser has to find its way through, whatever comes next.
class RandomAttacks {
  public:
    explicit RandomAttacks(std::uint32_t seed) : random_(seed) {}

    std::string next() {
        std::string attack = std::string(pick(kCommands));
        const std::uint32_t pieces = 2 + below(10);
        for (std::uint32_t i = 0; i < pieces; ++i) {
            attack += piece();
        }
        return attack + "\r\n";
    }

  private:
    static constexpr std::array<std::string_view, 12> kCommands{
        "get ",    "gets ",   "gat 0 ", "set ",  "add ",     "cas ",
        "append ", "delete ", "touch ", "incr ", "version ", "ms "};
    static constexpr std::array<std::string_view, 9> kSmuggled{
        "get secret",  "flush_all", "mg secret v", "ms evil 4\r\nevil", "shutdown",
        "stats reset", "watch",     "quit",        "cache_memlimit 8"};
    static constexpr std::array<std::string_view, 12> kNumbers{" 0",
                                                               " 1",
                                                               " 9",
                                                               " -1",
                                                               " 0 0 1",
                                                               " 0 0 9",
                                                               " 0 0 4294967305",
                                                               " 0 0 -1",
                                                               " 0 0 18446744073709551625",
                                                               " 1e1",
                                                               " 0x9",
                                                               " 0 0 1 noreply"};

    std::uint32_t below(std::uint32_t bound) {
        return static_cast<std::uint32_t>(random_()) % bound;
    }

    template <std::size_t N>
    std::string_view pick(const std::array<std::string_view, N>& choices) {
        return choices[below(N)];
    }

    std::string piece() {
        switch (below(8)) {
            case 0:
                return "x";
            case 1:
                return std::string(1, static_cast<char>(below(0x21)));  // control characters
            case 2:
                return std::string(1 + below(3), static_cast<char>(0x7f + below(0x81)));
            case 3:
                return std::string(245 + below(400), 'k');
            case 4:
                return std::string(pick(kNumbers));
            case 5:
                return "\n" + std::string(pick(kSmuggled));
            case 6:
                return "\r\n" + std::string(pick(kSmuggled)) + "\r\n";
            default:
                return std::string(pick(kSmuggled));
        }
    }

    std::mt19937 random_;
};

long long statistic(const MemcachedNode& node, std::string_view name) {
    Client client = node.client();
    const std::string statistics = client.ask("stats\r\n", "END\r\n");
    const std::string begin = fmt::format("STAT {} ", name);
    return std::stoll(statistics.substr(statistics.find(begin) + begin.size()));
}

// Everything that the proxy answers; the attacker leaves first, so that nothing is waited for.
std::string answers_to(std::uint16_t port, std::string_view attack) {
    Client attacker(port);
    attacker.send(attack);
    attacker.finish_sending();
    return attacker.read_to_end();
}

constexpr int kCanaries = 60;  // on all of three nodes

void store_canaries(std::uint16_t port) {
    Client client(port);
    for (int i = 0; i < kCanaries; ++i) {
        ASSERT_EQ(client.ask(fmt::format("set {}-canary 0 0 4\r\nlive\r\n", i), "\r\n"),
                  "STORED\r\n");
    }
}

void expect_canaries(std::uint16_t port) {
    Client client(port);
    for (int i = 0; i < kCanaries; ++i) {
        EXPECT_EQ(client.ask(fmt::format("get {}-canary\r\n", i), "END\r\n"),
                  fmt::format("VALUE {}-canary 0 4\r\nlive\r\nEND\r\n", i));
    }
}

TEST(DataPlaneAttack, nothing_in_ten_thousand_tries_reaches_others_or_smuggles_a_command) {
    constexpr int kTries = 10'000;
    constexpr std::uint32_t kSeed = 20121;
    std::array<MemcachedNode, 3> nodes;
    const std::uint16_t port = free_port();
    Proxy proxy({.pools = pool_before(nodes, port)});
    store_canaries(port);
    Bystanders bystanders(port, memcached_round);

    int tries = 0;
    for (const char byte : suspicious_bytes()) {
        for (const std::string& attack : attacks_with(byte)) {
            EXPECT_THAT(answers_to(port, attack), Not(HasSubstr("secret "))) << attack;
            ++tries;
        }
    }
    RandomAttacks random(kSeed);
    for (; tries < kTries; ++tries) {
        const std::string attack = random.next();
        EXPECT_THAT(answers_to(port, attack), Not(HasSubstr("secret "))) << attack;
    }

    bystanders.expect_no_complaints();
    expect_canaries(port);
    for (MemcachedNode& node : nodes) {
        EXPECT_TRUE(node.process().running());
        EXPECT_EQ(statistic(node, "cmd_flush"), 0);
        EXPECT_EQ(statistic(node, "cmd_meta"), 0);
        EXPECT_EQ(statistic(node, "limit_maxbytes"), 64LL << 20);
        EXPECT_EQ(statistic(node, "log_watchers"), 0);
        EXPECT_GT(statistic(node, "cmd_get"), 0);
    }
}

// Any byte is legal in a Redis key, and none of them may be more than that.
TEST(DataPlaneAttack, line_ends_in_a_redis_key_are_data) {
    constexpr int kTries = 2'000;
    constexpr std::uint32_t kSeed = 20122;
    std::array<RedisNode, 2> nodes;
    const std::uint16_t port = free_port();
    Proxy proxy({.pools = pool_before(nodes, port, {"redis: true"})});
    Bystanders bystanders(port, redis_round);

    RandomAttacks random(kSeed);
    for (int i = 0; i < kTries; ++i) {
        const std::string key =
            random.next() + "*1\r\n$8\r\nFLUSHALL\r\n" + std::string(1, static_cast<char>(i));
        const std::string answers =
            answers_to(port, resp({"SET", key, "mine"}) + resp({"GET", key}) +
                                 resp({"MGET", key, "none"}) + resp({"DEL", key}));
        EXPECT_EQ(answers, "+OK\r\n$4\r\nmine\r\n*2\r\n$4\r\nmine\r\n$-1\r\n:1\r\n") << key;
    }

    bystanders.expect_no_complaints();
    for (const RedisNode& node : nodes) {
        const std::string commands =
            node.client().ask("*2\r\n$4\r\nINFO\r\n$12\r\ncommandstats\r\n", "\r\n\r\n");
        EXPECT_THAT(commands, HasSubstr("cmdstat_get:"));
        EXPECT_THAT(commands, Not(HasSubstr("flushall")));
    }
}

TEST(DataPlaneAttack, a_line_feed_is_the_end_of_the_attackers_own_request_and_nothing_else) {
    std::array<MemcachedNode, 3> nodes;
    const std::uint16_t port = free_port();
    Proxy proxy({.pools = pool_before(nodes, port)});
    Client client(port);
    client.ask("set secret 0 0 1\r\ns\r\n", "\r\n");

    client.send("get x\nget secret\r\nget x\nflush_all\r\nquit\r\n");

    EXPECT_EQ(
        client.read_to_end(),
        "END\r\nVALUE secret 0 1\r\ns\r\nEND\r\nEND\r\n"
        "CLIENT_ERROR flush_all is not allowed: it needs \"flush_all: true\" in pool pool\r\n");
    EXPECT_EQ(Client(port).ask("get secret\r\n", "END\r\n"), "VALUE secret 0 1\r\ns\r\nEND\r\n");
}

}  // namespace
}  // namespace ringside::testing
