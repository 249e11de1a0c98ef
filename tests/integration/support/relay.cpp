#include "integration/support/relay.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace ringside::testing {
namespace {

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    address.sin_port = ::htons(port);
    return address;
}

}  // namespace

Relay::Relay(std::uint16_t to_port) : to_port_(to_port) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(0);
    auto* const generic = static_cast<sockaddr*>(static_cast<void*>(&address));
    socklen_t size = sizeof address;
    int stop[2];
    if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 64) != 0 ||
        ::getsockname(listener_, generic, &size) != 0 || ::pipe2(stop, O_CLOEXEC) != 0) {
        throw std::runtime_error("relay: no socket");
    }
    port_ = ::ntohs(address.sin_port);
    stop_read_ = stop[0];
    stop_write_ = stop[1];
    thread_ = std::thread([this] { run(); });
}

Relay::~Relay() {
    ::close(stop_write_);
    thread_.join();
    for (const Pair& pair : pairs_) {
        ::close(pair.near);
        ::close(pair.far);
    }
    ::close(stop_read_);
    ::close(listener_);
}

void Relay::run() {
    for (;;) {
        std::vector<pollfd> watched{{stop_read_, POLLIN, 0}, {listener_, POLLIN, 0}};
        for (const Pair& pair : pairs_) {
            const bool is_forgotten = pair.age != forgotten_;
            watched.push_back({is_forgotten ? -1 : pair.near, POLLIN, 0});
            watched.push_back({is_forgotten ? -1 : pair.far, POLLIN, 0});
        }
        ::poll(watched.data(), watched.size(), -1);
        if (watched[0].revents != 0) {
            return;
        }
        for (std::size_t i = pairs_.size(); i-- > 0;) {
            const Pair pair = pairs_[i];
            const bool near_ready = watched[2 + 2 * i].revents != 0;
            const bool far_ready = watched[3 + 2 * i].revents != 0;
            if (pair.age != forgotten_) {
                continue;
            }
            if ((near_ready && !carry(pair.near, pair.far)) ||
                (far_ready && !carry(pair.far, pair.near))) {
                ::close(pair.near);
                ::close(pair.far);
                pairs_.erase(pairs_.begin() + static_cast<std::ptrdiff_t>(i));
            }
        }
        if (watched[1].revents != 0) {
            accept_one();
        }
    }
}

void Relay::accept_one() {
    Pair pair;
    pair.age = forgotten_;
    pair.near = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    pair.far = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(to_port_);
    if (::connect(pair.far, static_cast<sockaddr*>(static_cast<void*>(&address)), sizeof address) ==
        0) {
        pairs_.push_back(pair);
    }
}

bool Relay::carry(int from, int to) {
    std::array<char, 65'536> bytes;
    const ssize_t got = ::recv(from, bytes.data(), bytes.size(), 0);
    return got > 0 && ::send(to, bytes.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL) == got;
}

}  // namespace ringside::testing
