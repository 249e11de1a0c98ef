#include "io/socket.h"

#include "base/interface_index.h"
#include "base/limits.h"

#include <fmt/core.h>

#include <arpa/inet.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <limits>
#include <system_error>

namespace ringside::io {
namespace {

template <typename Kernel>
SocketAddress socket_address(const Kernel& kernel) {
    SocketAddress address;
    std::memcpy(&address.storage, &kernel, sizeof(kernel));
    address.size = sizeof(kernel);
    return address;
}

// The forms of inet(3) count as well ("127.1"), as they do for getaddrinfo(), which looked at
// these first; not the blanks that it allows at the end.
std::optional<SocketAddress> ipv4_address(const std::string& host, std::uint16_t port) {
    sockaddr_in ipv4{};
    ipv4.sin_family = AF_INET;
    ipv4.sin_port = htons(port);
    const bool is_number = host.find_first_not_of("0123456789abcdefABCDEFxX.") == std::string::npos;
    if (!is_number || ::inet_aton(host.c_str(), &ipv4.sin_addr) == 0) {
        return std::nullopt;
    }
    return socket_address(ipv4);
}

// "::1", "fe80::1%eth0", "fe80::1%2".
std::optional<SocketAddress> ipv6_address(const std::string& host, std::uint16_t port) {
    sockaddr_in6 ipv6{};
    ipv6.sin6_family = AF_INET6;
    ipv6.sin6_port = htons(port);
    const std::size_t percent = host.find('%');
    if (percent != std::string::npos) {
        ipv6.sin6_scope_id = base::interface_index(host.substr(percent + 1));
        if (ipv6.sin6_scope_id == 0) {
            return std::nullopt;
        }
    }
    if (::inet_pton(AF_INET6, host.substr(0, percent).c_str(), &ipv6.sin6_addr) != 1) {
        return std::nullopt;
    }
    return socket_address(ipv6);
}

std::optional<SocketAddress> unix_address(const std::string& path) {
    sockaddr_un local{};
    if (path.size() >= sizeof(local.sun_path)) {
        return std::nullopt;
    }
    local.sun_family = AF_UNIX;
    std::memcpy(local.sun_path, path.data(), path.size());
    return socket_address(local);
}

void set_option(int fd, int level, int option, int value) noexcept {
    ::setsockopt(fd, level, option, &value, sizeof(value));
}

void switch_on(int fd, int level, int option) noexcept {
    set_option(fd, level, option, 1);
}

int whole_seconds(base::seconds time) noexcept {
    return static_cast<int>(time.count());
}

void switch_reuse(int fd, bool on) noexcept {
    set_option(fd, SOL_SOCKET, SO_REUSEADDR, on ? 1 : 0);
}

base::Error failed(const char* call) {
    return {base::Errc::io, system_message(call, errno)};
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
    // A text with a NUL in it would be taken for what stands before.
    if (address.host.find('\0') != std::string::npos) {
        return std::nullopt;
    }
    if (const auto ipv4 = ipv4_address(address.host, address.port)) {
        return ipv4;
    }
    return ipv6_address(address.host, address.port);
}

base::Expected<SocketAddress> local_address(std::string_view text) {
    sockaddr_un place{};
    place.sun_family = AF_UNIX;
    const bool is_abstract = text.starts_with('@');
    if (!(is_abstract || text.starts_with('/')) || text.size() < 2 ||
        text.size() >= sizeof(place.sun_path)) {
        return base::Error{base::Errc::invalid_argument,
                           fmt::format("'{}' is neither a /PATH nor an @NAME of at most {} bytes",
                                       text, sizeof(place.sun_path) - 1)};
    }
    text.copy(place.sun_path, text.size());
    if (is_abstract) {
        place.sun_path[0] = '\0';
    }
    SocketAddress address = socket_address(place);
    // The name of an abstract socket has no end of its own.
    address.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + text.size() +
                                          (is_abstract ? 0 : 1));
    return address;
}

std::vector<SocketAddress> numeric_addresses(const std::vector<routing::Address>& addresses) {
    std::vector<SocketAddress> numeric;
    for (const routing::Address& address : addresses) {
        if (const auto known = numeric_address(address)) {
            numeric.push_back(*known);
        }
    }
    return numeric;
}

FileDescriptor start_connect(const SocketAddress& address) {
    FileDescriptor fd(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd) {
        return {};
    }
    if (address.family() != AF_UNIX) {
        set_no_delay(fd.get());
        set_keep_alive(fd.get());
        set_option(fd.get(), IPPROTO_TCP, TCP_KEEPIDLE, whole_seconds(base::kLinkProbeIdle));
        set_option(fd.get(), IPPROTO_TCP, TCP_KEEPINTVL, whole_seconds(base::kLinkProbeInterval));
    }
    if (::connect(fd.get(), address.data(), address.size) != 0 && errno != EINPROGRESS) {
        const int problem = errno;
        fd.reset();
        errno = problem;
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

base::Expected<FileDescriptor> bind_at(const SocketAddress& address,
                                       std::optional<std::uint32_t> mode, PortUse use) {
    FileDescriptor fd(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd) {
        return failed("socket");
    }
    if (address.family() != AF_UNIX) {
        switch_reuse(fd.get(), true);
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
    if (address.family() != AF_UNIX) {
        switch_reuse(fd.get(), false);
    }
    return fd;
}

base::Status start_listening(int fd, int backlog) {
    switch_reuse(fd, true);  // the port may have connections of a process before
    if (::listen(fd, backlog) != 0) {
        const base::Error error = failed("listen");
        switch_reuse(fd, false);
        return error;
    }
    return base::Done{};
}

base::Expected<FileDescriptor> listen_on(const SocketAddress& address, int backlog,
                                         std::optional<std::uint32_t> mode, PortUse use) {
    auto fd = bind_at(address, mode, use);
    if (fd) {
        if (const base::Status listening = start_listening(fd->get(), backlog); !listening) {
            return listening.error();
        }
    }
    return fd;
}

void refuse_new_connections(int fd) noexcept {
    // The filter sees segments from the TCP header on (net/ipv4/tcp_ipv4.c, tcp_filter): those with
    // SYN and without ACK are dropped.
    constexpr std::uint32_t kFlagsOffset = 13;
    constexpr std::uint32_t kSynAndAck = 0x12;
    constexpr std::uint32_t kSyn = 0x02;
    std::array<sock_filter, 5> program{{{BPF_LD | BPF_B | BPF_ABS, 0, 0, kFlagsOffset},
                                        {BPF_ALU | BPF_AND | BPF_K, 0, 0, kSynAndAck},
                                        {BPF_JMP | BPF_JEQ | BPF_K, 1, 0, kSyn},
                                        {BPF_RET | BPF_K, 0, 0, UINT32_MAX},
                                        {BPF_RET | BPF_K, 0, 0, 0}}};
    const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
    // Without it a connection that comes in the last moment is reset, as it always was.
    ::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter));
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

void limit_unacknowledged(int fd, base::milliseconds limit) noexcept {
    constexpr std::int64_t kMost = std::numeric_limits<int>::max();
    set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT,
               static_cast<int>(std::min<std::int64_t>(limit.count(), kMost)));
}

std::string system_message(const char* call, int error_number) {
    return fmt::format("{}: {}", call, std::generic_category().message(error_number));
}

}  // namespace ringside::io
