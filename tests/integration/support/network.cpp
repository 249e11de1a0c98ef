#include "integration/support/network.h"

#include <fmt/core.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <random>
#include <stdexcept>
#include <utility>

namespace ringside::testing {
namespace {

// Below net.ipv4.ip_local_port_range and apart from the ports that ringlab takes.
constexpr int kPortMin = 10'000;
constexpr int kPortMax = 19'999;

[[noreturn]] void fail(std::string_view what) {
    throw std::runtime_error(fmt::format("{}: {}", what, std::strerror(errno)));
}

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = ::htons(port);
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    return address;
}

const sockaddr* generic(const void* address) {
    return static_cast<const sockaddr*>(address);
}

int connect_to(const sockaddr_in& address) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(fd, generic(&address), sizeof address) != 0) {
        ::close(fd);
        return -1;
    }
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

int connect_to_port(std::uint16_t port) {
    return connect_to(loopback(port));
}

int connect_to_path(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(fd, generic(&address), sizeof address) != 0) {
        ::close(fd);
        return -1;
    }
    return fd;
}

bool close_if_open(int fd) {
    if (fd >= 0) {
        ::close(fd);
    }
    return fd >= 0;
}

bool wait_for(int fd, short events, base::TimePoint deadline) {
    const auto left = std::chrono::ceil<base::milliseconds>(deadline - base::Clock::now());
    pollfd watched{.fd = fd, .events = events, .revents = 0};
    return left.count() > 0 && ::poll(&watched, 1, static_cast<int>(left.count())) > 0;
}

// Takes a port for this process, before anybody has bound it: tests run side by side, and what is
// free when it is looked at is free for all of them. An abstract unix socket stands for the port;
// the kernel drops it when the process ends (unix(7)), hence it is not closed.
bool reserve(std::uint16_t port) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string name = fmt::format("ringside-test-port-{}", port);
    name.copy(address.sun_path + 1, sizeof address.sun_path - 1);
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (::bind(fd, generic(&address), size) != 0) {
        ::close(fd);
        return false;
    }
    return true;
}

bool nobody_listens(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(port);
    const bool free = ::bind(fd, generic(&address), sizeof address) == 0;
    ::close(fd);
    return free;
}

}  // namespace

std::uint16_t free_port() {
    constexpr int kTries = 200;
    std::random_device random;
    std::uniform_int_distribution<int> ports(kPortMin, kPortMax);
    for (int i = 0; i < kTries; ++i) {
        const auto port = static_cast<std::uint16_t>(ports(random));
        if (reserve(port) && nobody_listens(port)) {
            return port;
        }
    }
    throw std::runtime_error("no free port");
}

bool accepts(std::uint16_t port) {
    return close_if_open(connect_to_port(port));
}
bool accepts(const std::string& unix_path) {
    return close_if_open(connect_to_path(unix_path));
}
bool accepts_at(const std::string& ip, std::uint16_t port) {
    sockaddr_in address = loopback(port);
    return ::inet_pton(AF_INET, ip.c_str(), &address.sin_addr) == 1 &&
           close_if_open(connect_to(address));
}

Client::Client(std::uint16_t port) : fd_(connect_to_port(port)) {
    if (fd_ < 0) {
        fail(fmt::format("connect to port {}", port));
    }
}

Client::Client(const std::string& unix_path) : fd_(connect_to_path(unix_path)) {
    if (fd_ < 0) {
        fail("connect to " + unix_path);
    }
}

Client::Client(Client&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), input_(std::move(other.input_)), ended_(other.ended_) {}

Client::~Client() {
    if (fd_ >= 0) {
        ::close(fd_);
    }
}

void Client::send(std::string_view bytes) {
    // What the peer answers meanwhile is taken in, so that neither side waits for the other.
    const base::TimePoint deadline = base::Clock::now() + kPatience;
    while (!bytes.empty()) {
        const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0) {
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        } else if (errno != EAGAIN || !wait_for(fd_, POLLIN | POLLOUT, deadline)) {
            fail("send");
        } else if (wait_for(fd_, POLLIN, base::Clock::now() + base::milliseconds(1))) {
            fill(deadline);
        }
    }
}

std::size_t Client::offer(std::string_view bytes) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN) {
        fail("send");
    }
    return sent < 0 ? 0 : static_cast<std::size_t>(sent);
}

void Client::finish_sending() {
    ::shutdown(fd_, SHUT_WR);
}

void Client::wait_without_reading() {
    if (!wait_for(fd_, POLLIN, base::Clock::now() + kPatience)) {
        fail("nothing comes");
    }
}

std::string Client::read_until(std::string_view end) {
    const base::TimePoint deadline = base::Clock::now() + kPatience;
    std::size_t found = input_.find(end);
    while (found == std::string::npos) {
        const std::size_t seen = input_.size();
        if (!fill(deadline)) {
            throw std::runtime_error(fmt::format("no '{}' {}: got '{}'", end,
                                                 ended_ ? "before the end" : "in time", input_));
        }
        found = input_.find(end, seen < end.size() ? 0 : seen - end.size() + 1);
    }
    std::string result = input_.substr(0, found + end.size());
    input_.erase(0, result.size());
    return result;
}

std::string Client::read_exactly(std::size_t bytes) {
    const base::TimePoint deadline = base::Clock::now() + kPatience;
    while (input_.size() < bytes) {
        if (!fill(deadline)) {
            throw std::runtime_error(fmt::format("{} bytes wanted, {}: got '{}'", bytes,
                                                 ended_ ? "closed" : "not in time", input_));
        }
    }
    std::string result = input_.substr(0, bytes);
    input_.erase(0, bytes);
    return result;
}

std::string Client::read_to_end() {
    const base::TimePoint deadline = base::Clock::now() + kPatience;
    while (fill(deadline)) {
    }
    if (!ended_) {
        throw std::runtime_error(fmt::format("not closed in time: got '{}'", input_));
    }
    return std::exchange(input_, {});
}

std::string Client::ask(std::string_view request, std::size_t answer_bytes) {
    send(request);
    return read_exactly(answer_bytes);
}

std::string Client::ask(std::string_view request, std::string_view end) {
    send(request);
    return read_until(end);
}

bool Client::closed_by_peer() {
    fill(base::Clock::now() + kPatience);
    return ended_ && input_.empty();
}

bool Client::is_closed_by_peer() {
    pollfd watched{.fd = fd_, .events = POLLIN, .revents = 0};
    if (::poll(&watched, 1, 0) > 0) {
        fill(base::Clock::now() + kPatience);
    }
    return ended_ && input_.empty();
}

std::string Client::surplus(base::milliseconds period) {
    fill(base::Clock::now() + period);
    return std::exchange(input_, {});
}

bool Client::fill(base::TimePoint deadline) {
    if (ended_ || !wait_for(fd_, POLLIN, deadline)) {
        return false;
    }
    std::array<char, 65'536> bytes;
    const ssize_t got = ::recv(fd_, bytes.data(), bytes.size(), 0);
    if (got <= 0) {
        ended_ = true;  // a reset is an end like any other
        return false;
    }
    input_.append(bytes.data(), static_cast<std::size_t>(got));
    return true;
}

namespace {

// A body that came in chunks, without their framing.
std::string joined(std::string_view chunks) {
    std::string body;
    for (;;) {
        const std::size_t size =
            std::strtoul(std::string(chunks.substr(0, 16)).c_str(), nullptr, 16);
        const std::size_t begin = chunks.find("\r\n");
        if (begin == std::string_view::npos || chunks.size() < begin + size + 4) {
            throw std::runtime_error("an answer is cut off in the middle of a chunk");
        }
        if (size == 0) {
            return body;
        }
        body += chunks.substr(begin + 2, size);
        chunks.remove_prefix(begin + size + 4);
    }
}

}  // namespace

HttpAnswer http(std::uint16_t port, std::string_view verb, std::string_view target,
                std::string_view body, std::string_view fields) {
    Client client(port);
    client.send(
        fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{}"
                    "Content-Length: {}\r\n\r\n{}",
                    verb, target, fields, body.size(), body));
    HttpAnswer answer;
    answer.head = client.read_until("\r\n\r\n");
    answer.body = client.read_to_end();
    if (answer.head.find("Transfer-Encoding: chunked") != std::string::npos && verb != "HEAD") {
        answer.body = joined(answer.body);
    }
    const auto space = answer.head.find(' ');
    answer.status = std::atoi(answer.head.c_str() + (space == std::string::npos ? 0 : space));
    return answer;
}

}  // namespace ringside::testing
