#include "io/socket.h"

#include <fmt/core.h>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

namespace ringside::io {
namespace {

struct AddressListDeleter {
    void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};
using AddressList = std::unique_ptr<addrinfo, AddressListDeleter>;

// Returns getaddrinfo()'s verdict, 0 if `list` was filled.
int get_address_list(const routing::Address& address, int flags, AddressList& list) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const std::string port = std::to_string(address.port);
    const int verdict = ::getaddrinfo(address.host.c_str(), port.c_str(), &hints, &found);
    list.reset(found);
    return verdict;
}

SocketAddress copy_of(const addrinfo& entry) {
    SocketAddress address;
    std::memcpy(&address.storage, entry.ai_addr, entry.ai_addrlen);
    address.size = entry.ai_addrlen;
    return address;
}

std::optional<SocketAddress> unix_address(const std::string& path) {
    sockaddr_un local{};
    if (path.size() >= sizeof(local.sun_path)) {
        return std::nullopt;
    }
    local.sun_family = AF_UNIX;
    std::memcpy(local.sun_path, path.data(), path.size());
    SocketAddress address;
    std::memcpy(&address.storage, &local, sizeof(local));
    address.size = sizeof(local);
    return address;
}

void switch_on(int fd, int level, int option) noexcept {
    const int on = 1;
    ::setsockopt(fd, level, option, &on, sizeof(on));
}

bool is_connected_to_itself(int fd) {
    SocketAddress own;
    SocketAddress other;
    own.size = other.size = sizeof(own.storage);
    auto* own_data = reinterpret_cast<sockaddr*>(&own.storage);
    auto* other_data = reinterpret_cast<sockaddr*>(&other.storage);
    if (::getsockname(fd, own_data, &own.size) != 0 ||
        ::getpeername(fd, other_data, &other.size) != 0) {
        return false;
    }
    // Unix sockets that were not bound have an empty name on both sides.
    return own.family() != AF_UNIX && own.size == other.size &&
           std::memcmp(&own.storage, &other.storage, own.size) == 0;
}

}  // namespace

const sockaddr* SocketAddress::data() const noexcept {
    return reinterpret_cast<const sockaddr*>(&storage);
}

std::optional<SocketAddress> numeric_address(const routing::Address& address) {
    if (address.is_unix()) {
        return unix_address(address.host);
    }
    AddressList list;
    if (get_address_list(address, AI_NUMERICHOST, list) != 0) {
        return std::nullopt;
    }
    return copy_of(*list);
}

base::Expected<std::vector<SocketAddress>> look_up(const routing::Address& address) {
    AddressList list;
    const int verdict = get_address_list(address, 0, list);
    if (verdict != 0) {
        const std::string reason =
            verdict == EAI_SYSTEM ? system_message("getaddrinfo", errno) : ::gai_strerror(verdict);
        return base::Error{base::Errc::not_found, fmt::format("host {}: {}", address.host, reason)};
    }
    std::vector<SocketAddress> addresses;
    for (const addrinfo* entry = list.get(); entry != nullptr; entry = entry->ai_next) {
        addresses.push_back(copy_of(*entry));
    }
    return addresses;
}

FileDescriptor start_connect(const SocketAddress& address) {
    FileDescriptor fd(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd) {
        return {};
    }
    if (address.family() != AF_UNIX) {
        set_no_delay(fd.get());
        set_keep_alive(fd.get());
    }
    if (::connect(fd.get(), address.data(), address.size) != 0 && errno != EINPROGRESS) {
        return {};
    }
    return fd;
}

int connect_result(int fd) {
    int error_number = 0;
    socklen_t size = sizeof(error_number);
    if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error_number, &size) != 0) {
        return errno;
    }
    if (error_number == 0 && is_connected_to_itself(fd)) {
        return ECONNREFUSED;
    }
    return error_number;
}

base::Expected<FileDescriptor> listen_on(const SocketAddress& address, int backlog,
                                         std::optional<std::uint32_t> mode, PortUse use) {
    const auto failed = [](const char* call) {
        return base::Error{base::Errc::io, system_message(call, errno)};
    };
    FileDescriptor fd(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd) {
        return failed("socket");
    }
    if (address.family() != AF_UNIX) {
        switch_on(fd.get(), SOL_SOCKET, SO_REUSEADDR);
        set_port_use(fd.get(), use);
    }
    if (address.family() == AF_INET6) {
        const int off = 0;  // [::] also takes IPv4 clients, whatever net.ipv6.bindv6only says
        ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    }
    const bool has_mode = address.family() == AF_UNIX && mode.has_value();
    // The path inherits the socket's mode, less the umask: never wider than asked for, not even for
    // the moment until chmod().
    if (has_mode && ::fchmod(fd.get(), *mode) != 0) {
        return failed("fchmod");
    }
    if (::bind(fd.get(), address.data(), address.size) != 0) {
        return failed("bind");
    }
    const auto* local = reinterpret_cast<const sockaddr_un*>(&address.storage);
    if (has_mode && ::chmod(local->sun_path, *mode) != 0) {
        return failed("chmod");
    }
    if (::listen(fd.get(), backlog) != 0) {
        return failed("listen");
    }
    return fd;
}

void set_port_use(int fd, PortUse use) noexcept {
    const int shared = use == PortUse::shared ? 1 : 0;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &shared, sizeof(shared));
}

void set_no_delay(int fd) noexcept {
    switch_on(fd, IPPROTO_TCP, TCP_NODELAY);
}
void set_keep_alive(int fd) noexcept {
    switch_on(fd, SOL_SOCKET, SO_KEEPALIVE);
}

std::string system_message(const char* call, int error_number) {
    return fmt::format("{}: {}", call, std::generic_category().message(error_number));
}

}  // namespace ringside::io
