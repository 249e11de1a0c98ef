#include "io/inherited_sockets.h"

#include <netinet/in.h>
#include <sys/un.h>

#include <cstring>
#include <utility>

namespace ringside::io {
namespace {

template <typename Kernel>
Kernel as(const SocketAddress& address) {
    Kernel kernel{};
    std::memcpy(&kernel, &address.storage, sizeof(kernel));
    return kernel;
}

bool is_same(const SocketAddress& left, const SocketAddress& right) {
    if (left.family() != right.family()) {
        return false;
    }
    if (left.family() == AF_INET) {
        const auto a = as<sockaddr_in>(left);
        const auto b = as<sockaddr_in>(right);
        return a.sin_port == b.sin_port && a.sin_addr.s_addr == b.sin_addr.s_addr;
    }
    if (left.family() == AF_INET6) {
        const auto a = as<sockaddr_in6>(left);
        const auto b = as<sockaddr_in6>(right);
        return a.sin6_port == b.sin6_port && a.sin6_scope_id == b.sin6_scope_id &&
               std::memcmp(&a.sin6_addr, &b.sin6_addr, sizeof(a.sin6_addr)) == 0;
    }
    const auto a = as<sockaddr_un>(left);
    const auto b = as<sockaddr_un>(right);
    return std::strncmp(a.sun_path, b.sun_path, sizeof(a.sun_path)) == 0;
}

bool is_bound_to(int fd, const SocketAddress& address) {
    SocketAddress bound;
    bound.size = sizeof(sockaddr_un);  // the largest of them; the rest of `storage` stays zero
    int type = 0;
    socklen_t type_size = sizeof(type);
    return ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_size) == 0 && type == SOCK_STREAM &&
           ::getsockname(fd, reinterpret_cast<sockaddr*>(&bound.storage), &bound.size) == 0 &&
           is_same(bound, address);
}

}  // namespace

void InheritedSockets::add(FileDescriptor socket) {
    sockets_.push_back(std::move(socket));
}

FileDescriptor InheritedSockets::take(const SocketAddress& address) {
    for (FileDescriptor& socket : sockets_) {
        if (socket && is_bound_to(socket.get(), address)) {
            return std::exchange(socket, FileDescriptor());
        }
    }
    return {};
}

std::string InheritedSockets::taken() const {
    std::string marks;
    for (const FileDescriptor& socket : sockets_) {
        marks += socket ? '0' : '1';
    }
    return marks;
}

}  // namespace ringside::io
