// What clients had sent when Ringside was told to end, against what was answered: sent minus
// answered is 0. What a client sends later may race with the end that it is told, and is counted
// apart.
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"
#include "integration/support/temporary_directory.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <signal.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace ringside::testing {
namespace {

constexpr int kDrains = 20;
constexpr base::seconds kDrainMax{10};

struct Tally {
    std::size_t before = 0;      // sent before the signal
    std::size_t after = 0;       // sent later, by those who ask on and on
    std::size_t answered = 0;    // of both
    std::size_t unanswered = 0;  // of those from before
};

// How the clients of a pool speak.
struct Words {
    std::string_view request;
    std::string_view answer;
};
constexpr Words kMemcached{"get k\r\n", "END\r\n"};
constexpr Words kRedis{"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n", "$-1\r\n"};

// Sends so many at once and reads when everything is over.
struct Burst {
    Client client;
    Words words;
    std::size_t sent;
};

// Asks one after the other until it is told the end.
class Asking {
  public:
    Asking(Client client, Words words, const std::atomic<bool>& is_told)
        : thread_([this, words, &is_told, client = std::move(client)]() mutable {
              try {
                  while (!is_over_) {
                      client.send(words.request);
                      ++(is_told ? tally_.after : tally_.before);
                      client.read_until(words.answer);
                      ++tally_.answered;
                  }
              } catch (const std::runtime_error&) {  // the end
              }
          }) {}

    ~Asking() {  // of a test that has failed
        is_over_ = true;
        if (thread_.joinable()) {
            thread_.join();
        }
    }

    Tally join() {
        thread_.join();
        tally_.unanswered = tally_.before > tally_.answered ? tally_.before - tally_.answered : 0;
        return tally_;
    }

  private:
    Tally tally_;
    std::atomic<bool> is_over_ = false;
    std::thread thread_;
};

class DrainLedger : public ::testing::Test {
  protected:
    std::string pools() const {
        std::string text;
        const auto add = [&text](std::string listen, const Server& server, bool is_redis) {
            PoolText pool{.name = fmt::format("pool-{}", text.size()), .listen = std::move(listen)};
            pool.servers = {server_line(server.address())};
            if (is_redis) {
                pool.settings = {"redis: true"};
            }
            text += to_yaml(pool);
        };
        add(fmt::format("127.0.0.1:{}", port_), node_, false);
        add(directory_.file("memcached.sock"), node_, false);
        add(fmt::format("127.0.0.1:{}", redis_port_), redis_, true);
        add(directory_.file("redis.sock"), redis_, true);
        return text;
    }
    // One of each kind.
    std::vector<std::pair<Client, Words>> connect() const {
        std::vector<std::pair<Client, Words>> clients;
        clients.emplace_back(Client(port_), kMemcached);
        clients.emplace_back(Client(directory_.file("memcached.sock")), kMemcached);
        clients.emplace_back(Client(redis_port_), kRedis);
        clients.emplace_back(Client(directory_.file("redis.sock")), kRedis);
        return clients;
    }
    void add(const Tally& more) {
        sum_.before += more.before;
        sum_.after += more.after;
        sum_.answered += more.answered;
        sum_.unanswered += more.unanswered;
    }
    void drain_once();

    TemporaryDirectory directory_;
    MemcachedNode node_;
    RedisNode redis_;
    const std::uint16_t port_ = free_port();
    const std::uint16_t redis_port_ = free_port();
    Tally sum_;
};

void DrainLedger::drain_once() {
    Proxy proxy({.pools = pools(), .settings = "  workers: 2\n"});
    std::atomic<bool> is_told = false;
    std::vector<std::unique_ptr<Asking>> asking;
    for (auto& [client, words] : connect()) {
        asking.push_back(std::make_unique<Asking>(std::move(client), words, is_told));
    }
    std::vector<Burst> bursts;
    for (const std::size_t count : {std::size_t{1}, std::size_t{50}, std::size_t{3'000}}) {
        for (auto& [client, words] : connect()) {
            std::string requests;
            for (std::size_t i = 0; i < count; ++i) {
                requests += words.request;
            }
            client.send(requests);
            bursts.push_back({std::move(client), words, count});
        }
    }

    proxy.process().signal(SIGTERM);
    is_told = true;

    for (Burst& burst : bursts) {
        const std::size_t bytes = burst.client.read_to_end().size();
        const std::size_t answered = bytes / burst.words.answer.size();
        add({burst.sent, 0, answered, burst.sent - answered});
    }
    for (const auto& each : asking) {
        add(each->join());
    }
    bursts.clear();
    EXPECT_EQ(proxy.process().wait_for_exit(kDrainMax), 0);
}

TEST_F(DrainLedger, sent_minus_answered_is_nothing) {
    for (int i = 0; i < kDrains && !HasFailure(); ++i) {
        drain_once();
    }

    EXPECT_EQ(sum_.unanswered, 0U) << "of " << sum_.before;
    // Who asks one after the other has at most one request that races with the end.
    EXPECT_LE(sum_.before + sum_.after - sum_.answered, std::size_t{4} * kDrains);
    RecordProperty("sent", std::to_string(sum_.before + sum_.after));
    RecordProperty("raced", std::to_string(sum_.before + sum_.after - sum_.answered));
}

}  // namespace
}  // namespace ringside::testing
