#include "routing/node.h"

#include <fmt/core.h>

#include <arpa/inet.h>

namespace ringside::routing {
namespace {
constexpr std::uint16_t kMemcachedPort = 11211;
}  // namespace

bool Address::is_name() const noexcept {
    if (is_unix() || host.find(':') != std::string::npos) {  // no name has a colon, each IPv6 has
        return false;
    }
    in_addr ignored{};
    return inet_aton(host.c_str(), &ignored) == 0;  // also "127.1", as the system's resolver
}

std::string to_string(const Address& address) {
    if (address.is_unix()) {
        return address.host;
    }
    const bool is_ipv6 = address.host.find(':') != std::string::npos;
    return is_ipv6 ? fmt::format("[{}]:{}", address.host, address.port)
                   : fmt::format("{}:{}", address.host, address.port);
}

std::string default_ring_name(const Address& address) {
    if (address.is_unix()) {
        return address.host + ':';
    }
    // The text as configured: an IPv6 address gets no brackets here.
    return address.port == kMemcachedPort ? address.host
                                          : fmt::format("{}:{}", address.host, address.port);
}

bool ring_name_less(std::string_view a, std::string_view b) noexcept {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
}

}  // namespace ringside::routing
