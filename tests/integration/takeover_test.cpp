// A process takes the place of another one (`ringside --takeover`) while clients ask: nobody is
// refused, and no answer is missing, whatever becomes of either.
#include "integration/support/pool_text.h"
#include "integration/support/process.h"
#include "integration/support/servers.h"
#include "integration/support/temporary_directory.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace ringside::testing {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kMemcachedGet = "get k\r\n";
constexpr std::string_view kMemcachedMiss = "END\r\n";
constexpr std::string_view kRedisGet = "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n";
constexpr std::string_view kRedisMiss = "$-1\r\n";

struct Place {
    std::uint16_t port;
    std::string path;  // or empty
    bool is_redis;

    Client connect() const { return path.empty() ? Client(port) : Client(path); }
    std::string_view request() const { return is_redis ? kRedisGet : kMemcachedGet; }
    std::string_view answer() const { return is_redis ? kRedisMiss : kMemcachedMiss; }
};

// Clients of one place. Each request has to be answered, unless who stays was told the end instead,
// in order and without a byte of an answer.
class Asking {
  public:
    enum class Kind { connects_anew, stays };
    Asking(const Place& place, Kind kind)
        : place_(place), kind_(kind), thread_([this] { run(); }) {}
    ~Asking() { stop(); }

    void stop() {
        is_over_ = true;
        if (thread_.joinable()) {
            thread_.join();
        }
    }
    std::size_t answered() const { return answered_; }
    std::size_t ends() const { return ends_; }  // of connections of who stays
    // Of these, with a request under way: a proxy cannot know of it (decision 030).
    std::size_t raced() const { return raced_; }
    std::size_t failed() const { return failed_; }  // refused, cut off, unanswered, wrong

  private:
    void run() {
        while (!is_over_) {
            try {
                Client client = place_.connect();
                while (ask(client) && kind_ == Kind::stays && !is_over_) {
                }
            } catch (const std::runtime_error&) {
                ++failed_;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
    }
    // False: the proxy has told the end.
    bool ask(Client& client) {
        if (client.is_closed_by_peer()) {
            ++ends_;
            failed_ += kind_ == Kind::connects_anew ? 1 : 0;
            return false;
        }
        client.send(place_.request());
        std::string answer;
        try {
            answer = client.read_exactly(place_.answer().size());
        } catch (const std::runtime_error&) {
            if (kind_ == Kind::connects_anew || !client.read_to_end().empty()) {
                throw;
            }
            ++ends_;
            ++raced_;
            return false;
        }
        failed_ += answer == place_.answer() ? 0 : 1;
        ++answered_;
        // Longer pauses than a network's are when the end is told.
        if (kind_ == Kind::stays && answered_ % 16 == 0) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        return true;
    }

    const Place place_;
    const Kind kind_;
    std::atomic<bool> is_over_{false};
    std::atomic<std::size_t> answered_{0};
    std::atomic<std::size_t> ends_{0};
    std::atomic<std::size_t> raced_{0};
    std::atomic<std::size_t> failed_{0};
    std::thread thread_;
};

std::string text_of(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

class Takeover : public ::testing::Test {
  protected:
    std::string pool(std::string_view name, const Place& place) const {
        const Server& node = place.is_redis ? static_cast<const Server&>(redis_) : memcached_;
        return to_yaml(
            {.name = std::string(name),
             .listen = place.path.empty() ? fmt::format("127.0.0.1:{}", place.port) : place.path,
             .servers = {server_line(node.address(), 1, "node")},
             .settings = {fmt::format("redis: {}", place.is_redis)}});
    }
    std::string all_pools() const {
        std::string text;
        for (std::size_t i = 0; i < places_.size(); ++i) {
            text += pool(fmt::format("pool-{}", i), places_[i]);
        }
        return text;
    }
    void write_config(const std::string& pools) const {
        directory_.write("ringside.yml",
                         fmt::format("ringside:\n  admin: 127.0.0.1:{}\n  stats: 127.0.0.1:{}\n"
                                     "  workers: 2\n  watch_config: false\n  state_dir: {}\n"
                                     "  drain: {{grace: 300ms, limit: 2s}}\n{}",
                                     admin_port_, stats_port_, directory_.file(""), pools));
    }
    std::unique_ptr<Process> start(std::vector<std::string> environment = {}) const {
        return std::make_unique<Process>(
            std::vector<std::string>{program("ringside"), "--takeover", "-c",
                                     directory_.file("ringside.yml"), "-p", pid_file()},
            std::move(environment));
    }
    std::unique_ptr<Process> start_first() const {
        auto process = start();
        process->wait_until([&] { return is_served_by(*process); }, "the first process");
        return process;
    }
    std::string pid_file() const { return directory_.file("pid"); }
    // By the word of its pid file, which comes last.
    bool is_served_by(Process& process) const {
        return text_of(pid_file()) == std::to_string(process.pid()) && accepts(admin_port_);
    }
    bool all_answer() const {
        for (const Place& place : places_) {
            if (place.connect().ask(place.request(), place.answer().size()) != place.answer()) {
                return false;
            }
        }
        return true;
    }
    HttpAnswer post(std::string_view target) const { return http(admin_port_, "POST", target); }

    TemporaryDirectory directory_;
    MemcachedNode memcached_;
    RedisNode redis_;
    const std::uint16_t admin_port_ = free_port();
    const std::uint16_t stats_port_ = free_port();
    const std::vector<Place> places_{{free_port(), "", false},
                                     {0, directory_.file("memcached.sock"), false},
                                     {free_port(), "", true},
                                     {0, directory_.file("redis.sock"), true}};
};

TEST_F(Takeover, five_in_a_row_refuse_nobody_and_leave_no_request_unanswered) {
    // Given a process with clients that stay and others that connect each millisecond
    write_config(all_pools());
    auto process = start_first();
    std::vector<std::unique_ptr<Asking>> asking;
    for (const Place& place : places_) {
        asking.push_back(std::make_unique<Asking>(place, Asking::Kind::connects_anew));
        asking.push_back(std::make_unique<Asking>(place, Asking::Kind::stays));
    }

    for (int i = 0; i < 5; ++i) {
        // When another one takes its place
        auto next = start();
        next->wait_until([&] { return is_served_by(*next); }, "its turn");
        EXPECT_EQ(process->wait_for_exit(), 0);
        EXPECT_THAT(process->errors(),
                    HasSubstr(fmt::format("process {} serves from now on", next->pid())));

        // Then all addresses are its own, the HTTP ones too.
        EXPECT_EQ(http(stats_port_, "GET", "/stats").status, 200);
        EXPECT_EQ(http(admin_port_, "GET", "/readyz").status, 200);
        EXPECT_EQ(text_of(pid_file()), std::to_string(next->pid()));
        const std::size_t before = asking.back()->answered();
        next->wait_until([&] { return asking.back()->answered() > before + 100; }, "answers");
        process = std::move(next);
    }

    std::size_t ends = 0;
    std::size_t raced = 0;
    for (const auto& each : asking) {
        each->stop();
        EXPECT_GT(each->answered(), 100U);
        EXPECT_EQ(each->failed(), 0U);
        ends += each->ends();
        raced += each->raced();
    }
    EXPECT_EQ(ends, 5U * places_.size());
    EXPECT_LT(raced, ends);
    RecordProperty("raced", std::to_string(raced));
    EXPECT_EQ(process->stop(), 0);
    EXPECT_FALSE(accepts(places_[1].path));
    EXPECT_NE(::access(places_[1].path.c_str(), F_OK), 0);  // removed by the last one
    EXPECT_NE(::access(pid_file().c_str(), F_OK), 0);
}

TEST_F(Takeover, without_a_process_starts_as_ever) {
    write_config(all_pools());
    auto process = start_first();
    process->wait_for_text("there is no process to take over from");
    EXPECT_EQ(process->stop(), 0);
}

TEST_F(Takeover, what_is_killed_on_its_way_leaves_everything_as_it_was) {
    write_config(all_pools());
    auto process = start_first();
    Asking fresh(places_[0], Asking::Kind::connects_anew);
    Asking at_path(places_[1], Asking::Kind::connects_anew);
    for (int i = 0; i < 3; ++i) {
        // Given one that waits for a pool without nodes
        write_config(all_pools() + fmt::format("waiting: {{listen: {}, discovery: {{dns: {{name: "
                                               "\"nobody.invalid:1\"}}}}}}\n",
                                               directory_.file("waiting.sock")));
        auto next = start();
        process->wait_until(
            [&] {
                return process->errors().find(fmt::format("process {} is about to take over",
                                                          next->pid())) != std::string::npos;
            },
            "its question");

        // When a second one comes, and the first one is killed
        EXPECT_EQ(post("/takeover").status, 409);
        next->signal(SIGKILL);
        EXPECT_EQ(next->wait_for_exit(), 128 + SIGKILL);

        // Then the old one goes on, and may be asked again.
        process->wait_until(
            [&] {
                return process->errors().find(fmt::format("process {} does not take over",
                                                          next->pid())) != std::string::npos;
            },
            "a word of it");
        EXPECT_TRUE(all_answer());
    }
    fresh.stop();
    at_path.stop();
    EXPECT_EQ(fresh.failed() + at_path.failed(), 0U);

    // And it can be taken over from, or be stopped: it removes its sockets by itself.
    EXPECT_EQ(process->stop(), 0);
    EXPECT_NE(::access(places_[1].path.c_str(), F_OK), 0);
}

TEST_F(Takeover, goes_with_another_configuration) {
    // Given a process, and a file that has lost a pool and got another one
    write_config(all_pools());
    auto process = start_first();
    const Place added{0, directory_.file("added.sock"), false};
    std::string pools = pool("added", added);
    for (std::size_t i = 0; i < places_.size(); ++i) {
        pools += i == 1 ? "" : pool(fmt::format("pool-{}", i), places_[i]);
    }
    write_config(pools);

    auto next = start();
    next->wait_until([&] { return is_served_by(*next); }, "its turn");
    EXPECT_EQ(process->wait_for_exit(), 0);

    EXPECT_EQ(added.connect().ask(kMemcachedGet, kMemcachedMiss), "END\r\n");
    EXPECT_EQ(places_[0].connect().ask(kMemcachedGet, kMemcachedMiss), "END\r\n");
    EXPECT_NE(::access(places_[1].path.c_str(), F_OK), 0);  // by the one that it belonged to
    EXPECT_EQ(next->stop(), 0);
}

TEST_F(Takeover, what_the_operator_has_ejected_stays_out) {
    MemcachedNode second;
    write_config(to_yaml({.name = "cache",
                          .listen = fmt::format("127.0.0.1:{}", places_[0].port),
                          .servers = {server_line(memcached_.address(), 1, "a"),
                                      server_line(second.address(), 1, "b")}}));
    auto process = start_first();
    ASSERT_EQ(post("/pools/cache/nodes/b/eject?reason=test").status, 200);

    auto next = start();
    next->wait_until([&] { return is_served_by(*next); }, "its turn");
    EXPECT_EQ(process->wait_for_exit(), 0);

    EXPECT_THAT(http(admin_port_, "GET", "/pools").body, HasSubstr("\"nodes_in_ring\": 1"));
    EXPECT_EQ(next->stop(), 0);
}

TEST_F(Takeover, another_user_gets_nothing) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "needs root, to be another user";
    }
    write_config(all_pools());
    auto process = start_first();
    const std::string body = post("/takeover").body;
    const std::size_t begin = body.find('@');
    ASSERT_NE(begin, std::string::npos);
    const std::string name = body.substr(begin, body.find('"', begin) - begin);

    // When another user connects to the name, which has got out somehow
    const Outcome outcome = run({"/usr/bin/python3", "-c",
                                 fmt::format("import os, socket\n"
                                             "os.setuid(65534)\n"
                                             "s = socket.socket(socket.AF_UNIX, "
                                             "socket.SOCK_SEQPACKET)\n"
                                             "s.settimeout(3)\n"
                                             "s.connect('\\0{}')\n"
                                             "print(len(s.recvmsg(99, 9999)[0]))\n",
                                             name.substr(1))});

    EXPECT_EQ(outcome.output, "0\n");
    EXPECT_TRUE(all_answer());
    EXPECT_EQ(process->stop(), 0);
}

}  // namespace
}  // namespace ringside::testing
