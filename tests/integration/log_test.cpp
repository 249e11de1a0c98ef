// The log stands in nobody's way: not when nobody reads it, not when it cannot be written.
#include "integration/support/network.h"
#include "integration/support/pool_text.h"
#include "integration/support/process.h"
#include "integration/support/servers.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ringside::testing {
namespace {

using ::testing::HasSubstr;

// A named pipe that is held open at both ends, so that its writers never get an error.
class Pipe {
  public:
    explicit Pipe(const std::string& path) {
        EXPECT_EQ(::mkfifo(path.c_str(), 0600), 0);
        fd_ = ::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    }
    ~Pipe() { close(); }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    void close() {
        if (fd_ >= 0) {
            ::close(std::exchange(fd_, -1));
        }
    }

    void fill() const {
        const std::string block(4096, '.');
        while (::write(fd_, block.data(), block.size()) > 0) {
        }
        EXPECT_EQ(errno, EAGAIN);
    }

    std::string read() const {
        std::string text;
        std::array<char, 4096> block{};
        for (ssize_t size = 0; (size = ::read(fd_, block.data(), block.size())) > 0;) {
            text.append(block.data(), static_cast<std::size_t>(size));
        }
        return text;
    }

  private:
    int fd_ = -1;
};

// A proxy that logs each request, in front of one node.
class LogTest : public ::testing::Test {
  protected:
    std::unique_ptr<Process> start(const std::vector<std::string>& more,
                                   const std::string& standard_error) {
        const std::string config = directory_.write(
            "ringside.yml",
            fmt::format("ringside: {{admin: 127.0.0.1:{}, stats: off, workers: 2}}\n", admin_) +
                to_yaml({.listen = fmt::format("127.0.0.1:{}", port_),
                         .servers = {server_line(node_.address())}}));
        std::vector<std::string> command{
            "sh", "-c", "exec \"$@\" 2>>" + standard_error, "sh", program("ringside"), "-c", config,
            "-v", "11"};
        command.insert(command.end(), more.begin(), more.end());
        auto process = std::make_unique<Process>(command);
        process->wait_until([this] { return accepts(admin_) && accepts(port_); }, "the proxy");
        return process;
    }

    // More lines than the queue and the pipe hold, from several clients.
    void log_much() const {
        for (int round = 0; round < 4; ++round) {
            Client client(port_);
            for (int i = 0; i < 1500; ++i) {
                const std::string key = fmt::format("{:0>240}", i);
                ASSERT_EQ(client.ask("get " + key + "\r\n", 5), "END\r\n");
            }
        }
    }

    std::uint64_t lines_dropped() const {
        const auto body = nlohmann::json::parse(http(admin_, "GET", "/snapshot").body);
        return body.at("log").at("lines_dropped").get<std::uint64_t>();
    }

    void expect_all_is_well(Process& process) const {
        EXPECT_EQ(http(admin_, "GET", "/livez").status, 200);
        EXPECT_EQ(Client(port_).ask("set a 0 0 1\r\nb\r\n", 8), "STORED\r\n");
        process.signal(SIGHUP);
        process.wait_until(
            [this] {
                return http(admin_, "GET", "/config").body.find("\"generation\": 2") !=
                       std::string::npos;
            },
            "the reload");
        EXPECT_EQ(process.stop(), 0);
    }

    TemporaryDirectory directory_;
    MemcachedNode node_;
    const std::uint16_t admin_ = free_port();
    const std::uint16_t port_ = free_port();
};

TEST_F(LogTest, a_line_of_json_says_what_it_is_about) {
    const std::string log = directory_.file("log");
    const auto process = start({"--log-format", "json", "-v", "6"}, log);
    Client client(port_);
    client.ask("get a\r\n", "END\r\n");
    node_.kill();
    client.ask("get a\r\n", "SERVER_ERROR");
    const auto about = [&log](std::string_view event) {
        std::ifstream file(log);
        for (std::string line; std::getline(file, line);) {
            const auto fields = nlohmann::json::parse(line);
            if (fields.at("event") == event) {
                return fields;
            }
        }
        return nlohmann::json();
    };
    process->wait_until([&about] { return !about("node_lost").is_null(); }, "the line");

    const nlohmann::json lost = about("node_lost");
    EXPECT_EQ(lost.at("level"), "warning");
    EXPECT_EQ(lost.at("pool"), "pool");
    EXPECT_EQ(lost.at("node"), node_.address());
    EXPECT_THAT(lost.at("message").get<std::string>(),
                HasSubstr("lost: " + lost.at("cause").get<std::string>()));
    EXPECT_EQ(about("pool_configured").at("source"), "static");
}

TEST_F(LogTest, a_pipe_that_nobody_reads_stops_nobody) {
    const Pipe pipe(directory_.file("pipe"));
    pipe.fill();
    const auto process = start({}, directory_.file("pipe"));

    log_much();

    EXPECT_GT(lines_dropped(), 0U);
    expect_all_is_well(*process);
}

TEST_F(LogTest, a_gap_is_told_as_soon_as_the_pipe_is_read_again) {
    const Pipe pipe(directory_.file("pipe"));
    pipe.fill();
    const auto process = start({}, directory_.file("pipe"));
    log_much();
    const std::uint64_t dropped = lines_dropped();

    std::string text;
    const std::string told =
        fmt::format("log: {} lines dropped: it is written more slowly", dropped);
    process->wait_until(
        [&text, &pipe, &told] {
            text += pipe.read();
            return text.find(told) != std::string::npos;
        },
        told);

    EXPECT_THAT(text, HasSubstr("ringside"));
    EXPECT_THAT(text, HasSubstr("starts: configuration"));
    EXPECT_EQ(process->stop(), 0);
}

TEST_F(LogTest, a_named_pipe_as_log_file_needs_no_reader) {
    const Pipe pipe(directory_.file("pipe"));
    pipe.fill();
    const auto process = start({"-o", directory_.file("pipe")}, "/dev/null");

    log_much();

    EXPECT_GT(lines_dropped(), 0U);
    expect_all_is_well(*process);
}

TEST_F(LogTest, a_crash_with_a_blocked_log_ends_the_process) {
    const Pipe pipe(directory_.file("pipe"));
    pipe.fill();
    const auto process = start({}, directory_.file("pipe"));

    process->signal(SIGABRT);

    EXPECT_EQ(process->wait_for_exit(), 128 + SIGABRT);
}

TEST_F(LogTest, a_pipe_whose_reader_has_gone_stops_nobody) {
    Pipe pipe(directory_.file("pipe"));
    const auto process = start({}, directory_.file("pipe"));
    pipe.close();

    log_much();

    EXPECT_GT(lines_dropped(), 0U);
    expect_all_is_well(*process);
}

TEST_F(LogTest, a_full_disk_stops_nobody) {
    const auto process = start({"-o", "/dev/full"}, "/dev/null");

    log_much();

    EXPECT_GT(lines_dropped(), 6000U);
    expect_all_is_well(*process);
}

}  // namespace
}  // namespace ringside::testing
