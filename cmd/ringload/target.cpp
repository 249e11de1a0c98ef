#include "target.h"

#include "base/parse.h"
#include "io/look_up.h"

#include <fmt/core.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace ringside::load {
namespace {

using base::Errc;
using base::Error;
using base::Expected;

const sockaddr* generic(const sockaddr_storage& address) {
    return static_cast<const sockaddr*>(static_cast<const void*>(&address));
}

}  // namespace

Expected<Target> Target::resolve(std::string_view text) {
    Target target;
    if (text.starts_with('/')) {
        sockaddr_un address{};
        if (text.size() >= sizeof address.sun_path) {
            return Error{Errc::invalid_argument, fmt::format("{}: path too long", text)};
        }
        address.sun_family = AF_UNIX;
        text.copy(address.sun_path, text.size());
        std::memcpy(&target.address_, &address, sizeof address);
        target.size_ = sizeof address;
        return target;
    }
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        return Error{Errc::invalid_argument, fmt::format("{}: host:port is wanted", text)};
    }
    std::string host(text.substr(0, colon));
    const auto port = base::parse_unsigned(text.substr(colon + 1), 1, 65535);
    if (!port) {
        return Error{Errc::invalid_argument, fmt::format("{}: host:port is wanted", text)};
    }
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
    }
    const auto found = io::look_up({host, static_cast<std::uint16_t>(*port)});
    if (!found) {
        return found.error().in(text);
    }
    target.address_ = found->front().storage;
    target.size_ = found->front().size;
    return target;
}

Expected<int> Target::connect() const {
    const int fd = ::socket(address_.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return Error{Errc::io, std::strerror(errno)};
    }
    if (address_.ss_family != AF_UNIX) {
        const int on = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    if (::connect(fd, generic(address_), size_) != 0 && errno != EINPROGRESS) {
        const Error error{Errc::io, std::strerror(errno)};
        ::close(fd);
        return error;
    }
    return fd;
}

}  // namespace ringside::load
