// Processes and pools that go while clients ask on and on and reconnect where they are told the
// end: no request that had arrived before the end was told is without its answer.
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"
#include "integration/support/temporary_directory.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <signal.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace ringside::testing {
namespace {

constexpr base::milliseconds kGrace{200};
constexpr base::seconds kDrainMax{10};
constexpr std::size_t kKinds = 4;  // of addresses: memcached and Redis, each on TCP and unix

struct Words {
    std::string_view request;
    std::string_view answer;
};
constexpr Words kMemcached{"get k\r\n", "END\r\n"};
constexpr Words kRedis{"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n", "$-1\r\n"};

constexpr bool is_redis(std::size_t kind) {
    return kind >= 2;
}
constexpr const Words& words_of(std::size_t kind) {
    return is_redis(kind) ? kRedis : kMemcached;
}
std::string repeated(std::string_view text, std::size_t count) {
    std::string all;
    for (std::size_t i = 0; i < count; ++i) {
        all += text;
    }
    return all;
}

// Where pools of all kinds are, and no connection of theirs ends before a time that is known.
class Site {
  public:
    std::string pools(const Server& memcached, const Server& redis) const {
        std::string text;
        for (std::size_t kind = 0; kind < kKinds; ++kind) {
            const Server& node = is_redis(kind) ? redis : memcached;
            text += to_yaml({.name = fmt::format("pool-{}", kind),
                             .listen = kind % 2 == 0 ? fmt::format("127.0.0.1:{}", ports_[kind / 2])
                                                     : path(kind),
                             .servers = {server_line(node.address(), 1, "node")},
                             .settings = {fmt::format("redis: {}", is_redis(kind))}});
        }
        return text;
    }
    // Throws if nobody listens.
    Client connect(std::size_t kind) const {
        return kind % 2 == 0 ? Client(ports_[kind / 2]) : Client(path(kind));
    }
    void ends_after(base::TimePoint time) { ends_after_ = time; }
    bool may_have_ended(base::TimePoint time) const { return time >= ends_after_.load(); }

  private:
    std::string path(std::size_t kind) const {
        return directory_.file(fmt::format("{}.sock", kind));
    }

    TemporaryDirectory directory_;
    std::array<std::uint16_t, kKinds / 2> ports_{free_port(), free_port()};
    std::atomic<base::TimePoint> ends_after_{base::TimePoint::max()};
};

struct Tally {
    std::size_t answered = 0;
    std::size_t ends = 0;   // of connections
    std::size_t raced = 0;  // bursts that may have come too late
    std::size_t lost = 0;   // requests that came in time, without an answer
    std::size_t wrong = 0;  // bursts with other answers

    Tally& operator+=(const Tally& more) {
        answered += more.answered;
        ends += more.ends;
        raced += more.raced;
        lost += more.lost;
        wrong += more.wrong;
        return *this;
    }
};

// Sends a burst, reads its answers and so on, and goes to the next site when it is told the end.
class Asking {
  public:
    struct Aim {
        std::size_t kind;
        std::size_t first_site;
        std::size_t burst;  // requests; sent in one piece, so that they arrive together
    };
    Asking(const std::vector<std::unique_ptr<Site>>& sites, Aim aim)
        : sites_(sites), aim_(aim), thread_([this] { run(); }) {}

    ~Asking() {  // a test that has failed stops nobody
        is_over_ = true;
        if (thread_.joinable()) {
            thread_.join();
        }
    }

    std::size_t answered() const { return answered_; }
    // At the next answer, or when there is no more site for it.
    Tally stop() {
        is_over_ = true;
        thread_.join();
        tally_.answered = answered_;
        return tally_;
    }
    // When all sites are gone.
    Tally join() {
        thread_.join();
        tally_.answered = answered_;
        return tally_;
    }

  private:
    void run() {
        std::size_t refusals = 0;
        for (std::size_t at = aim_.first_site; !is_over_ && refusals < sites_.size(); ++at) {
            const Site& site = *sites_[at % sites_.size()];
            std::optional<Client> client;
            try {
                client.emplace(site.connect(aim_.kind));
            } catch (const std::runtime_error&) {
                ++refusals;
                continue;
            }
            refusals = 0;
            while (!is_over_ && ask(site, *client)) {
            }
        }
    }
    // False at the end of the connection.
    bool ask(const Site& site, Client& client) {
        const Words& words = words_of(aim_.kind);
        const std::string answers = repeated(words.answer, aim_.burst);
        if (client.is_closed_by_peer()) {
            ++tally_.ends;
            return false;
        }
        try {
            client.send(repeated(words.request, aim_.burst));
        } catch (const std::runtime_error&) {  // it was told the end before
            ++tally_.ends;
            return false;
        }
        const base::TimePoint sent = base::Clock::now();
        try {
            tally_.wrong += client.read_exactly(answers.size()) == answers ? 0 : 1;
            answered_ += aim_.burst;
            return true;
        } catch (const std::runtime_error&) {
            ++tally_.ends;
        }
        // All of a burst arrives, or nothing.
        const std::size_t answered = client.read_to_end().size() / words.answer.size();
        answered_ += answered;
        if (answered == 0 && site.may_have_ended(sent)) {
            ++tally_.raced;
        } else {
            tally_.lost += aim_.burst - answered;
        }
        return false;
    }

    const std::vector<std::unique_ptr<Site>>& sites_;
    const Aim aim_;
    std::atomic<bool> is_over_{false};
    std::atomic<std::size_t> answered_{0};  // requests
    Tally tally_;                           // of the thread, until it has ended
    std::thread thread_;
};

class Ledger : public ::testing::Test {
  protected:
    // Of each kind and each burst one for each site.
    void start_asking() {
        for (std::size_t site = 0; site < sites_.size(); ++site) {
            for (std::size_t kind = 0; kind < kKinds; ++kind) {
                for (const std::size_t burst : {std::size_t{1}, std::size_t{100}}) {
                    asking_.push_back(
                        std::make_unique<Asking>(sites_, Asking::Aim{kind, site, burst}));
                }
            }
        }
    }
    // All have got more answers than before.
    void wait_for_answers(Proxy& proxy) {
        std::vector<std::size_t> before;
        for (const auto& each : asking_) {
            before.push_back(each->answered());
        }
        for (std::size_t i = 0; i < asking_.size(); ++i) {
            proxy.wait_until([&] { return asking_[i]->answered() > before[i]; }, "answers");
        }
    }
    void expect_nothing_lost() {
        EXPECT_EQ(sum_.lost, 0U);
        EXPECT_EQ(sum_.wrong, 0U);
        EXPECT_GT(sum_.answered, 0U);
        EXPECT_LE(sum_.raced, sum_.ends);
        RecordProperty("answered", std::to_string(sum_.answered));
        RecordProperty("ends", std::to_string(sum_.ends));
        RecordProperty("raced", std::to_string(sum_.raced));
    }

    MemcachedNode memcached_;
    RedisNode redis_;
    std::vector<std::unique_ptr<Site>> sites_;
    std::vector<std::unique_ptr<Asking>> asking_;
    Tally sum_;
};

TEST_F(Ledger, processes_that_are_restarted_one_after_the_other_lose_nothing) {
    // Given processes that all have clients
    constexpr std::size_t kProcesses = 20;
    std::array<std::optional<Proxy>, kProcesses> proxies;
    const auto start = [&](std::size_t i) {
        proxies[i].emplace(ProxyOptions{
            .pools = sites_[i]->pools(memcached_, redis_),
            .settings = fmt::format("  workers: 2\n  drain: {{grace: {}ms}}\n", kGrace.count())});
    };
    for (std::size_t i = 0; i < kProcesses; ++i) {
        sites_.push_back(std::make_unique<Site>());
        start(i);
    }
    start_asking();
    wait_for_answers(*proxies[0]);

    // When each is told to end, and started anew at the same addresses once it has
    for (std::size_t i = 0; i < kProcesses; ++i) {
        sites_[i]->ends_after(base::Clock::now() + kGrace);
        proxies[i]->process().signal(SIGTERM);
        EXPECT_EQ(proxies[i]->process().wait_for_exit(kDrainMax), 0);
        start(i);
        wait_for_answers(*proxies[i]);
    }

    // Then those who were told the end have all their answers.
    for (const auto& each : asking_) {
        sum_ += each->stop();
    }
    EXPECT_GE(sum_.ends, asking_.size());
    expect_nothing_lost();
}

TEST_F(Ledger, pools_that_a_reload_removes_lose_nothing) {
    constexpr int kRemovals = 6;
    constexpr std::size_t kBurst = 3'000;
    const std::string kept = to_yaml({.name = "kept",
                                      .listen = fmt::format("127.0.0.1:{}", free_port()),
                                      .servers = {server_line(memcached_.address(), 1, "node")}});
    Proxy proxy({.pools = kept, .settings = "  workers: 2\n"});
    for (int i = 0; i < kRemovals && !HasFailure(); ++i) {
        // Given pools whose clients ask on and on, and others that have sent much at once
        sites_.clear();
        sites_.push_back(std::make_unique<Site>());
        Site& site = *sites_.front();
        proxy.reload(kept + site.pools(memcached_, redis_));
        start_asking();
        wait_for_answers(proxy);
        std::vector<Client> bursts;
        for (std::size_t kind = 0; kind < kKinds; ++kind) {
            bursts.push_back(site.connect(kind));
            bursts.back().send(repeated(words_of(kind).request, kBurst));
        }

        // When the pools are removed
        site.ends_after(base::Clock::now());
        proxy.reload(kept);

        // Then all of these have their answers before the end.
        for (std::size_t kind = 0; kind < kKinds; ++kind) {
            EXPECT_EQ(bursts[kind].read_to_end(), repeated(words_of(kind).answer, kBurst));
        }
        for (const auto& each : asking_) {
            sum_ += each->join();
        }
        asking_.clear();
    }
    EXPECT_GE(sum_.ends, 8U * kRemovals);
    expect_nothing_lost();
}

}  // namespace
}  // namespace ringside::testing
