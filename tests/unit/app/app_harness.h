// What the tests of the application layer share: a real memcached on a unix socket, so that no port
// has to be free, and blocking clients.
#pragma once

#include "base/child_process.h"
#include "io/file_descriptor.h"
#include "io/socket.h"
#include "routing/snapshot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace ringside::app::test {

// Far beyond what any step takes; reached only by a test that fails.
inline constexpr base::seconds kPatience{10};

// Looks until it holds; false if it never does.
inline bool holds_soon(const std::function<bool()>& condition) {
    const auto limit = base::Clock::now() + kPatience;
    while (!condition()) {
        if (base::Clock::now() >= limit) {
            return false;
        }
        std::this_thread::yield();
    }
    return true;
}

// A blocking client that gives up after kPatience.
class Client {
  public:
    explicit Client(io::FileDescriptor socket) : socket_(std::move(socket)) {
        const timeval patience{kPatience.count(), 0};
        EXPECT_EQ(::fcntl(socket_.get(), F_SETFL, 0), 0);
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    }
    static Client connect_to(std::uint16_t port) {
        return Client(io::start_connect(*io::numeric_address({"127.0.0.1", port})));
    }

    // What comes back: as many bytes as `expected` has, or fewer if the connection ends.
    std::string ask(std::string_view request, std::string_view expected) {
        EXPECT_EQ(::send(socket_.get(), request.data(), request.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(request.size()));
        std::string answer;
        while (answer.size() < expected.size()) {
            std::array<char, 4096> block{};
            const std::size_t want = std::min(block.size(), expected.size() - answer.size());
            const ssize_t size = ::recv(socket_.get(), block.data(), want, 0);
            if (size <= 0) {
                break;
            }
            answer.append(block.data(), static_cast<std::size_t>(size));
        }
        return answer;
    }
    // Whether the other side has closed, seen within kPatience.
    bool is_closed() {
        char byte = 0;
        const ssize_t size = ::recv(socket_.get(), &byte, 1, 0);
        return size == 0 || (size < 0 && errno == ECONNRESET);
    }
    void close() { socket_.reset(); }

  private:
    io::FileDescriptor socket_;
};

// Whether the kernel refuses who connects there now.
inline bool is_refused(const routing::Address& where) {
    const io::SocketAddress address = *io::numeric_address(where);
    const io::FileDescriptor client(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    return ::connect(client.get(), address.data(), address.size) != 0 && errno == ECONNREFUSED;
}

// A memcached that listens on a unix socket in a directory of its own.
class Memcached {
  public:
    Memcached() : directory_(testing::TempDir() + "ringside_app_test_XXXXXX") {
        EXPECT_NE(::mkdtemp(directory_.data()), nullptr);
        path_ = directory_ + "/memcached.sock";
        base::ChildOptions options;
        options.command = {"memcached", "-u", "root", "-s", path_, "-m", "16"};
        auto started = base::ChildProcess::start(options);
        if (!started) {
            ADD_FAILURE() << started.error().message;
            return;
        }
        process_ = std::make_unique<base::ChildProcess>(std::move(*started));
        EXPECT_TRUE(holds_soon([this] {
            return static_cast<bool>(io::start_connect(*io::numeric_address(address())));
        }));
    }
    ~Memcached() {
        process_.reset();
        std::filesystem::remove_all(directory_);
    }
    Memcached(const Memcached&) = delete;
    Memcached& operator=(const Memcached&) = delete;

    routing::Address address() const { return {path_, 0}; }

  private:
    std::string directory_;
    std::string path_;
    std::unique_ptr<base::ChildProcess> process_;
};

// A snapshot with one memcached pool, id 0, of one node.
inline routing::SnapshotPtr snapshot_of(const routing::Address& node, std::uint64_t version) {
    auto snapshot = std::make_shared<routing::Snapshot>();
    snapshot->version = version;
    snapshot->pools.push_back(
        routing::build_pool(0, "alpha", {}, {{.node = {.id = 0, .name = "one", .address = node}}}));
    return snapshot;
}

}  // namespace ringside::app::test
