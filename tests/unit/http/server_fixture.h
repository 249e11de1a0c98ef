// For tests of servers: a loop in a thread of its own, and clients that write and read bytes.
#pragma once

#include "base/clock.h"
#include "io/event_loop.h"
#include "io/file_descriptor.h"
#include "io/socket.h"
#include "routing/node.h"

#include <gtest/gtest.h>

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <functional>
#include <future>
#include <string>
#include <string_view>
#include <thread>

namespace ringside::http {

inline constexpr base::milliseconds kPatience{10'000};

class ServerFixture : public testing::Test {
  protected:
    // The server at this address has been opened on loop_.
    void start(routing::Address address) {
        address_ = std::move(address);
        thread_ = std::thread([this] { loop_.run(); });
    }

    // On the loop's thread.
    virtual void close_server() = 0;

    void TearDown() override {
        if (thread_.joinable()) {
            on_loop([this] { close_server(); });
            loop_.stop();
            thread_.join();
        }
    }

    void on_loop(const std::function<void()>& task) {
        std::promise<void> done;
        loop_.post([&task, &done] {
            task();
            done.set_value();
        });
        done.get_future().wait();
    }

    // A connected socket that blocks, for up to kPatience.
    io::FileDescriptor connect() const {
        const auto target = io::numeric_address(address_);
        io::FileDescriptor socket(::socket(target->family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
        EXPECT_EQ(::connect(socket.get(), target->data(), target->size), 0);
        const timeval patience{kPatience.count() / 1000, 0};
        ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        return socket;
    }

    static void write(const io::FileDescriptor& socket, std::string_view bytes) {
        EXPECT_EQ(::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(bytes.size()));
    }

    // What comes until the other side closes.
    static std::string read_all(const io::FileDescriptor& socket) {
        std::string text;
        std::array<char, 4096> chunk;
        for (;;) {
            const ssize_t size = ::recv(socket.get(), chunk.data(), chunk.size(), 0);
            if (size < 0) {
                ADD_FAILURE() << io::system_message("recv", errno);
            }
            if (size <= 0) {
                return text;
            }
            text.append(chunk.data(), static_cast<std::size_t>(size));
        }
    }

    std::string converse(std::string_view bytes) const {
        const io::FileDescriptor socket = connect();
        write(socket, bytes);
        return read_all(socket);
    }

    io::EventLoop loop_;
    routing::Address address_;
    std::thread thread_;
};

}  // namespace ringside::http
