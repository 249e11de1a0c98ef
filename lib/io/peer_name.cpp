#include "io/peer_name.h"

#include <fmt/core.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstring>

namespace ringside::io {
namespace {

template <typename Address>
Address as(const sockaddr_storage& storage) noexcept {
    Address address;
    std::memcpy(&address, &storage, sizeof(address));
    return address;
}

std::string process_name(int fd) {
    ucred credentials{};
    socklen_t size = sizeof(credentials);
    // 0: of another pid namespace.
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0 ||
        credentials.pid == 0) {
        return "unix";
    }
    return fmt::format("unix, process {}", credentials.pid);
}

}  // namespace

std::string peer_name(int fd) {
    sockaddr_storage storage{};
    socklen_t size = sizeof(storage);
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) {
        return {};
    }
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (storage.ss_family == AF_INET) {
        const auto address = as<sockaddr_in>(storage);
        ::inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size());
        return fmt::format("{}:{}", text.data(), ntohs(address.sin_port));
    }
    if (storage.ss_family == AF_INET6) {
        const auto address = as<sockaddr_in6>(storage);
        ::inet_ntop(AF_INET6, &address.sin6_addr, text.data(), text.size());
        return fmt::format("[{}]:{}", text.data(), ntohs(address.sin6_port));
    }
    return storage.ss_family == AF_UNIX ? process_name(fd) : std::string();
}

}  // namespace ringside::io
