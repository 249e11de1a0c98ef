#include "integration/support/scripted_peer.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <utility>

namespace ringside::testing {

ScriptedPeer::ScriptedPeer(Script script, std::size_t resets_after)
    : script_(std::move(script)), resets_after_(resets_after) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    auto* const generic = static_cast<sockaddr*>(static_cast<void*>(&address));
    socklen_t size = sizeof address;
    int stop[2];
    if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 64) != 0 ||
        ::getsockname(listener_, generic, &size) != 0 || ::pipe2(stop, O_CLOEXEC) != 0) {
        throw std::runtime_error("scripted peer: no socket");
    }
    port_ = ::ntohs(address.sin_port);
    stop_read_ = stop[0];
    stop_write_ = stop[1];
    thread_ = std::thread([this] { run(); });
}

ScriptedPeer::~ScriptedPeer() {
    ::close(stop_write_);
    thread_.join();
    ::close(stop_read_);
    ::close(listener_);
}

void ScriptedPeer::say(std::string_view bytes) {
    if (::send(connection_, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) {
        throw std::runtime_error("scripted peer: no connection");
    }
}

void ScriptedPeer::run() {
    while (wait_readable(listener_)) {
        const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd >= 0) {
            ++connections_;
            connection_ = fd;
            serve(fd);
            connection_ = -1;
            ::close(fd);
        }
    }
}

void ScriptedPeer::serve(int fd) {
    std::string input;
    std::array<char, 4096> bytes;
    std::size_t answers = 0;
    while (wait_readable(fd)) {
        const ssize_t got = ::recv(fd, bytes.data(), bytes.size(), 0);
        if (got <= 0) {
            return;
        }
        input.append(bytes.data(), static_cast<std::size_t>(got));
        for (auto end = input.find("\r\n"); end != std::string::npos; end = input.find("\r\n")) {
            const auto answer = script_(std::string_view(input).substr(0, end));
            if (!answer || ::send(fd, answer->data(), answer->size(), MSG_NOSIGNAL) < 0) {
                return;
            }
            input.erase(0, end + 2);
            if (++answers == resets_after_) {
                const linger at_once{.l_onoff = 1, .l_linger = 0};
                ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
                return;
            }
        }
    }
}

bool ScriptedPeer::wait_readable(int fd) const {
    std::array<pollfd, 2> watched{pollfd{fd, POLLIN, 0}, pollfd{stop_read_, POLLIN, 0}};
    ::poll(watched.data(), watched.size(), -1);
    return watched[1].revents == 0;
}

}  // namespace ringside::testing
