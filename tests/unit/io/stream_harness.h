// What the tests of the I/O layer share: real sockets on loopback, and a StreamEvents that writes
// down what it is told.
#pragma once

#include "io/event_loop.h"
#include "io/file_descriptor.h"
#include "io/socket.h"
#include "io/stream_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::io::test {

// Far beyond what any step takes; reached only by a test that fails.
inline constexpr base::seconds kPatience{10};

inline std::uint16_t port_of(int fd) {
    sockaddr_in bound{};
    socklen_t size = sizeof(bound);
    EXPECT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size), 0);
    return ntohs(bound.sin_port);
}

// A listening socket on a free loopback port.
inline FileDescriptor listening_socket() {
    auto fd = listen_on(*numeric_address({"127.0.0.1", 0}), 16);
    EXPECT_TRUE(fd);
    return std::move(*fd);
}

struct SocketPair {
    FileDescriptor ours;    // non-blocking
    FileDescriptor theirs;  // blocking
};

inline SocketPair unix_pair() {
    std::array<int, 2> fds{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()), 0);
    EXPECT_EQ(::fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
    return {FileDescriptor(fds[0]), FileDescriptor(fds[1])};
}

inline SocketPair tcp_pair() {
    const FileDescriptor listening = listening_socket();
    EXPECT_EQ(::fcntl(listening.get(), F_SETFL, 0), 0);
    FileDescriptor theirs =
        start_connect(*numeric_address({"127.0.0.1", port_of(listening.get())}));
    EXPECT_EQ(::fcntl(theirs.get(), F_SETFL, 0), 0);
    FileDescriptor ours(::accept4(listening.get(), nullptr, nullptr, SOCK_NONBLOCK));
    EXPECT_TRUE(ours);
    return {std::move(ours), std::move(theirs)};
}

inline void send_all(const FileDescriptor& fd, std::string_view bytes) {
    EXPECT_EQ(::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
}

// Closes so that the other side sees a reset.
inline void reset_connection(FileDescriptor& fd) {
    const linger at_once{1, 0};
    EXPECT_EQ(::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), 0);
    fd.reset();
}

// Logs every event as a word and the index of the stream's cookie: "bytes 1: hello".
class Recorder : public StreamEvents {
  public:
    std::vector<std::string> log;
    std::size_t turns = 0;
    bool in_turn = false;
    base::TimePoint now{};
    base::TimePoint deadline = base::kNever;  // of the next turn
    std::function<void(Cookie, std::string_view)> when_bytes;
    std::function<void(Cookie)> when_connected;
    std::function<void(Cookie)> when_writable;
    std::function<void(Cookie, StreamFailure)> when_ended;
    int last_error = 0;  // of the last on_end()
    std::function<void()> when_turn_ends;

    // Runs turns until `done` holds at the end of one; false if it never does.
    [[nodiscard]] bool run_until(EventLoop& loop, StreamLoop& streams, std::function<bool()> done) {
        const auto limit = base::Clock::now() + kPatience;
        bool was_done = false;
        deadline = std::min(deadline, limit);
        at_end_ = [&] {
            was_done = done();
            if (was_done || now >= limit) {
                loop.stop();
            }
        };
        streams.run();
        at_end_ = nullptr;
        return was_done;
    }

    void begin_turn(base::TimePoint time) override {
        now = time;
        ++turns;
        in_turn = true;
    }
    base::TimePoint end_of_turn() override {
        if (when_turn_ends) {
            when_turn_ends();
        }
        if (at_end_) {
            at_end_();
        }
        in_turn = false;
        return deadline;
    }
    std::span<char> read_target(Cookie) override { return buffer_; }
    void on_bytes(Cookie cookie, std::size_t size) override {
        const std::string_view bytes(buffer_.data(), size);
        note("bytes", cookie, ": " + std::string(bytes));
        if (when_bytes) {
            when_bytes(cookie, bytes);
        }
    }
    void on_writable(Cookie cookie) override {
        note("writable", cookie);
        if (when_writable) {
            when_writable(cookie);
        }
    }
    void on_connected(Cookie cookie) override {
        note("connected", cookie);
        if (when_connected) {
            when_connected(cookie);
        }
    }
    void on_end(Cookie cookie, StreamFailure failure, int error) override {
        constexpr std::array<const char*, 5> kNames{"eof", "reset", "refused", "no_connection",
                                                    "own_shortage"};
        note(kNames[static_cast<std::size_t>(failure)], cookie);
        last_error = error;
        if (when_ended) {
            when_ended(cookie, failure);
        }
    }

  private:
    void note(const char* event, Cookie cookie, const std::string& more = "") {
        log.push_back(std::string(event) + " " + std::to_string(cookie.index) + more);
    }

    std::array<char, 64> buffer_{};
    std::function<void()> at_end_;
};

// A StreamLoop with its recorder, on the test's own thread.
class StreamTest : public testing::Test {
  protected:
    EventLoop loop;
    Recorder events;
    StreamLoop streams{loop, events};

    static Cookie cookie(std::uint32_t index) { return {0, index, 0}; }

    [[nodiscard]] bool run_until(std::function<bool()> done) {
        return events.run_until(loop, streams, std::move(done));
    }
    // Runs until so many events were logged.
    [[nodiscard]] bool run_until_logged(std::size_t count) {
        return run_until([this, count] { return events.log.size() >= count; });
    }
    // Runs for so long; what happens, happens.
    void run_for(base::milliseconds time) {
        const auto end = base::Clock::now() + time;
        events.deadline = end;
        EXPECT_TRUE(run_until([this, end] { return events.now >= end; }));
        events.deadline = base::kNever;
    }
};

}  // namespace ringside::io::test
