#include "io/notify_socket.h"

#include <fmt/core.h>

#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>

namespace ringside::io {

base::Expected<NotifySocket> NotifySocket::open(std::string_view address) {
    sockaddr_un place{};
    place.sun_family = AF_UNIX;
    const bool is_abstract = address.starts_with('@');
    if (!(is_abstract || address.starts_with('/')) || address.size() < 2 ||
        address.size() >= sizeof(place.sun_path)) {
        return base::Error{base::Errc::invalid_argument,
                           fmt::format("'{}' is neither a /PATH nor an @NAME of at most {} bytes",
                                       address, sizeof(place.sun_path) - 1)};
    }
    address.copy(place.sun_path, address.size());
    if (is_abstract) {
        place.sun_path[0] = '\0';
    }
    SocketAddress target;
    std::memcpy(&target.storage, &place, sizeof(place));
    // The name of an abstract socket has no end of its own.
    target.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.size() +
                                         (is_abstract ? 0 : 1));
    FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) {
        return base::Error{base::Errc::io, system_message("socket", errno)};
    }
    return NotifySocket(std::move(socket), target);
}

int NotifySocket::send(std::string_view lines) noexcept {
    const ssize_t size = ::sendto(socket_.get(), lines.data(), lines.size(), MSG_NOSIGNAL,
                                  address_.data(), address_.size);
    return size < 0 ? errno : 0;
}

}  // namespace ringside::io
