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
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace ringside::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Stores and reads values of its own until told to stop, and compares every byte.
class Bystander {
  public:
    Bystander(std::uint16_t port, int number, const std::atomic<bool>& stop)
        : client_(port), number_(number), stop_(stop), thread_([this] { run(); }) {}

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
                one_round();
            }
        } catch (const std::exception& lost) {
            complaint_ = lost.what();
        }
    }

    void one_round() {
        const int round = ++rounds_;
        const std::string first = fmt::format("bystander-{}-{}", number_, round % 50);
        const std::string second = fmt::format("bystander-{}-{}", number_, round % 50 + 50);
        const std::string value = fmt::format("secret {} {:09}", number_, round);
        std::string requests;
        for (const std::string& key : {first, second}) {
            requests += fmt::format("set {} 0 0 {}\r\n{}\r\n", key, value.size(), value);
        }
        requests += fmt::format("get {} {}\r\nget {}\r\n", first, second, second);
        const auto found = [&value](const std::string& key) {
            return fmt::format("VALUE {} 0 {}\r\n{}\r\n", key, value.size(), value);
        };
        const std::string expected = "STORED\r\nSTORED\r\n" + found(first) + found(second) +
                                     "END\r\n" + found(second) + "END\r\n";
        const std::string answer = client_.ask(requests, expected.size());
        if (answer != expected) {
            complaint_ = fmt::format("wanted '{}', got '{}'", expected, answer);
        }
    }

    Client client_;
    const int number_;
    const std::atomic<bool>& stop_;
    std::string complaint_;
    int rounds_ = 0;
    std::thread thread_;
};

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

long long statistic(const MemcachedNode& node, std::string_view name) {
    Client client = node.client();
    const std::string statistics = client.ask("stats\r\n", "END\r\n");
    const std::string begin = fmt::format("STAT {} ", name);
    return std::stoll(statistics.substr(statistics.find(begin) + begin.size()));
}

TEST(DataPlaneAttack, no_byte_in_a_key_reaches_other_clients_or_smuggles_a_command) {
    constexpr int kBystanders = 4;
    constexpr int kTriesEach = 3;
    std::array<MemcachedNode, 3> nodes;
    const std::uint16_t port = free_port();
    Proxy proxy({.pools = pool_before(nodes, port)});
    std::atomic<bool> stop{false};
    std::vector<std::unique_ptr<Bystander>> bystanders;
    for (int i = 0; i < kBystanders; ++i) {
        bystanders.push_back(std::make_unique<Bystander>(port, i, stop));
    }

    int tries = 0;
    for (int i = 0; i < kTriesEach; ++i) {
        for (const char byte : suspicious_bytes()) {
            for (const std::string& attack : attacks_with(byte)) {
                Client attacker(port);
                attacker.send(attack);
                attacker.finish_sending();
                EXPECT_THAT(attacker.read_to_end(), Not(HasSubstr("secret "))) << attack;
                ++tries;
            }
        }
    }
    stop = true;

    EXPECT_GT(tries, 3000);
    for (const auto& bystander : bystanders) {
        EXPECT_EQ(bystander->complaint(), "");
        EXPECT_GT(bystander->rounds(), 100);
    }
    for (const MemcachedNode& node : nodes) {
        EXPECT_EQ(statistic(node, "cmd_flush"), 0);
        EXPECT_GT(statistic(node, "cmd_get"), 0);
    }
}

TEST(DataPlaneAttack, a_line_feed_is_the_end_of_the_attackers_own_request_and_nothing_else) {
    std::array<MemcachedNode, 3> nodes;
    const std::uint16_t port = free_port();
    Proxy proxy({.pools = pool_before(nodes, port)});
    Client client(port);
    client.ask("set secret 0 0 1\r\ns\r\n", "\r\n");

    client.send("get x\nget secret\r\nget x\nflush_all\r\nquit\r\n");

    EXPECT_EQ(client.read_to_end(), "END\r\nVALUE secret 0 1\r\ns\r\nEND\r\nEND\r\nERROR\r\n");
    EXPECT_EQ(Client(port).ask("get secret\r\n", "END\r\n"), "VALUE secret 0 1\r\ns\r\nEND\r\n");
}

}  // namespace
}  // namespace ringside::testing
