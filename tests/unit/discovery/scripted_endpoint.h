// A peer on a real loopback socket that answers as its script says, on a thread of its own.
#pragma once

#include "io/file_descriptor.h"
#include "io/socket.h"
#include "routing/node.h"

#include <gtest/gtest.h>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace ringside::discovery {

// What happens on a connection after a line was read.
struct Reply {
    std::string bytes;
    bool byte_by_byte = false;
    bool close = false;  // afterwards
};

class ScriptedEndpoint {
  public:
    // Called with each line without its end, on the endpoint's thread.
    using Script = std::function<Reply(const std::string& line)>;

    explicit ScriptedEndpoint(Script script) : script_(std::move(script)) {
        auto listener = io::listen_on(*io::numeric_address({"127.0.0.1", 0}), 16);
        EXPECT_TRUE(listener);
        listener_ = std::move(*listener);
        sockaddr_in bound{};
        socklen_t size = sizeof(bound);
        ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&bound), &size);
        port_ = ntohs(bound.sin_port);
        std::array<int, 2> pipe{};
        EXPECT_EQ(::pipe(pipe.data()), 0);
        stop_read_ = io::FileDescriptor(pipe[0]);
        stop_write_ = io::FileDescriptor(pipe[1]);
        thread_ = std::thread([this] { run(); });
    }

    ~ScriptedEndpoint() {
        stop_write_.reset();
        thread_.join();
    }

    routing::Address address() const { return {"127.0.0.1", port_}; }
    // "127.0.0.1|127.0.0.1|12345": this endpoint as a node of a list.
    std::string as_node() const { return "127.0.0.1|127.0.0.1|" + std::to_string(port_); }

    void set_script(Script script) {
        const std::lock_guard<std::mutex> lock(mutex_);
        script_ = std::move(script);
    }

    std::vector<std::string> lines() const {
        const std::lock_guard<std::mutex> lock(mutex_);
        return lines_;
    }

  private:
    struct Connection {
        io::FileDescriptor fd;
        std::string input;
    };

    void run() {
        while (true) {
            std::vector<pollfd> waits{{stop_read_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
            for (const auto& [fd, connection] : connections_) {
                waits.push_back({fd, POLLIN, 0});
            }
            ::poll(waits.data(), waits.size(), -1);
            if (waits[0].revents != 0) {
                return;
            }
            if (waits[1].revents != 0) {
                const int fd = ::accept(listener_.get(), nullptr, nullptr);
                connections_.emplace(fd, Connection{io::FileDescriptor(fd), {}});
            }
            for (std::size_t i = 2; i < waits.size(); ++i) {
                if (waits[i].revents != 0 && !serve(connections_.at(waits[i].fd))) {
                    connections_.erase(waits[i].fd);
                }
            }
        }
    }

    // False if the connection is over.
    bool serve(Connection& connection) {
        std::array<char, 1024> buffer{};
        const ssize_t size = ::recv(connection.fd.get(), buffer.data(), buffer.size(), 0);
        if (size <= 0) {
            return false;
        }
        connection.input.append(buffer.data(), static_cast<std::size_t>(size));
        for (std::size_t end = 0; (end = connection.input.find("\r\n")) != std::string::npos;) {
            const Reply reply = answer(connection.input.substr(0, end));
            connection.input.erase(0, end + 2);
            send(connection.fd.get(), reply);
            if (reply.close) {
                return false;
            }
        }
        return true;
    }

    Reply answer(const std::string& line) {
        const std::lock_guard<std::mutex> lock(mutex_);
        lines_.push_back(line);
        return script_(line);
    }

    static void send(int fd, const Reply& reply) {
        const std::size_t step = reply.byte_by_byte ? 1 : reply.bytes.size();
        for (std::size_t offset = 0; offset < reply.bytes.size(); offset += step) {
            ::send(fd, reply.bytes.data() + offset, step, MSG_NOSIGNAL);
        }
    }

    mutable std::mutex mutex_;  // guards script_ and lines_
    Script script_;
    std::vector<std::string> lines_;
    io::FileDescriptor listener_;
    io::FileDescriptor stop_read_;
    io::FileDescriptor stop_write_;
    std::uint16_t port_ = 0;
    std::map<int, Connection> connections_;
    std::thread thread_;
};

}  // namespace ringside::discovery
