#include "io/local_ips.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>

#include <array>
#include <cstring>
#include <memory>

namespace ringside::io {

std::vector<std::string> local_ips() {
    ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0) {
        return {};
    }
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(first, &::freeifaddrs);
    std::vector<std::string> ips;
    for (const ifaddrs* each = first; each != nullptr; each = each->ifa_next) {
        if (each->ifa_addr == nullptr) {
            continue;  // an interface without an address
        }
        const int family = each->ifa_addr->sa_family;
        std::array<char, INET6_ADDRSTRLEN> text{};
        sockaddr_in v4{};
        sockaddr_in6 v6{};
        const void* bytes = nullptr;
        if (family == AF_INET) {
            std::memcpy(&v4, each->ifa_addr, sizeof(v4));
            bytes = &v4.sin_addr;
        } else if (family == AF_INET6) {
            std::memcpy(&v6, each->ifa_addr, sizeof(v6));
            bytes = &v6.sin6_addr;
        }
        if (bytes != nullptr && ::inet_ntop(family, bytes, text.data(), text.size()) != nullptr) {
            ips.emplace_back(text.data());
        }
    }
    return ips;
}

}  // namespace ringside::io
