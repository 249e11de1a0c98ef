#include "io/notify_socket.h"

#include <cerrno>
#include <utility>

namespace ringside::io {

base::Expected<NotifySocket> NotifySocket::open(std::string_view address) {
    const auto target = local_address(address);
    if (!target) {
        return target.error();
    }
    FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) {
        return base::Error{base::Errc::io, system_message("socket", errno)};
    }
    return NotifySocket(std::move(socket), *target);
}

int NotifySocket::send(std::string_view lines) noexcept {
    const ssize_t size = ::sendto(socket_.get(), lines.data(), lines.size(), MSG_NOSIGNAL,
                                  address_.data(), address_.size);
    return size < 0 ? errno : 0;
}

}  // namespace ringside::io
