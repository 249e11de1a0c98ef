// Sockets below Asio: addresses, and the few ways in which this program opens a socket.
//
// Plain functions over the system calls. Every socket is non-blocking and close-on-exec.
#pragma once

#include "base/clock.h"
#include "base/expected.h"
#include "io/file_descriptor.h"
#include "routing/node.h"

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::io {

// An address as the kernel wants it.
struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;

    const sockaddr* data() const noexcept;
    int family() const noexcept { return storage.ss_family; }
};

// The address of an IP with a port or of a unix path, without asking anybody; nothing if the host
// is a name, or the path is too long for the kernel.
std::optional<SocketAddress> numeric_address(const routing::Address& address);

// Of a unix socket: "/PATH", or "@NAME" in the kernel's own space of names. The error says what
// else `text` is.
base::Expected<SocketAddress> local_address(std::string_view text);

// Of those that are no names, in their order.
std::vector<SocketAddress> numeric_addresses(const std::vector<routing::Address>& addresses);

// A socket that is connected, or about to be: it becomes writable, and socket_error() tells.
// Nothing if the attempt has already failed; errno says why. TCP sockets have TCP_NODELAY, and are
// probed while idle (kLinkProbeIdle).
FileDescriptor start_connect(const SocketAddress& address);

// The verdict on a connection attempt that has become writable: 0 or an errno value. A socket that
// was connected to itself (Linux allows that for a port nobody listens on) counts as refused.
int connect_result(int fd);

// Whether a socket may be bound to an address that overlaps another one's (0.0.0.0:P, 127.0.0.1:P).
enum class PortUse : std::uint8_t {
    exclusive,  // an address that anybody listens on is an error
    shared,     // allowed beside sockets of this user that share, too
};

// A socket that has its address and does not listen: who connects is refused. SO_REUSEADDR while it
// is bound, so that a restart need not wait; no longer, as two such sockets could else share an
// address until one of them listens. `mode`: permissions of a unix socket. `use` is that of a TCP
// port while it is bound; see set_port_use().
base::Expected<FileDescriptor> bind_at(const SocketAddress& address,
                                       std::optional<std::uint32_t> mode = std::nullopt,
                                       PortUse use = PortUse::exclusive);

// Lets a socket of bind_at() listen.
base::Status start_listening(int fd, int backlog);

// Both at once.
base::Expected<FileDescriptor> listen_on(const SocketAddress& address, int backlog,
                                         std::optional<std::uint32_t> mode = std::nullopt,
                                         PortUse use = PortUse::exclusive);

// A listening TCP socket drops what would begin a connection, as if it had not arrived.
// Connections that have begun are not touched.
void refuse_new_connections(int fd) noexcept;

// Of a socket that is bound already: what counts for those that are bound from now on.
void set_port_use(int fd, PortUse use) noexcept;

void set_no_delay(int fd) noexcept;
void set_keep_alive(int fd) noexcept;
// The connection ends if the other side has acknowledged nothing for so long. TCP only.
void limit_unacknowledged(int fd, base::milliseconds limit) noexcept;

// "connect: Connection refused", for messages.
std::string system_message(const char* call, int error_number);

}  // namespace ringside::io
