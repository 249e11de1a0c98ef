#include "discovery/node_address.h"

#include "routing/ip_range.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>

namespace ringside::discovery {
namespace {

constexpr std::size_t kHostBytesMax = 253;  // RFC 1035, 2.3.4, without the length bytes

using Ipv4 = std::array<std::uint8_t, 4>;
using Ipv6 = std::array<std::uint8_t, 16>;

// inet_pton() wants a terminated string.
template <typename Address>
std::optional<Address> parse_ip(int family, std::string_view text) noexcept {
    std::array<char, INET6_ADDRSTRLEN> terminated{};
    if (text.size() >= terminated.size() || text.find('\0') != std::string_view::npos) {
        return std::nullopt;
    }
    std::copy(text.begin(), text.end(), terminated.begin());
    Address address{};
    if (inet_pton(family, terminated.data(), address.data()) != 1) {
        return std::nullopt;
    }
    return address;
}

bool is_forbidden(const Ipv4& ip) noexcept {
    const bool unspecified = ip[0] == 0;                   // RFC 791: 0.0.0.0/8, "this network"
    const bool link_local = ip[0] == 169 && ip[1] == 254;  // RFC 3927
    const bool multicast_or_broadcast = ip[0] >= 224;      // RFC 5771, and 240.0.0.0/4
    return unspecified || link_local || multicast_or_broadcast;
}

bool is_forbidden(const Ipv6& ip) noexcept {
    const bool multicast = ip[0] == 0xff;                             // RFC 4291, 2.7
    const bool link_local = ip[0] == 0xfe && (ip[1] & 0xc0) == 0x80;  // RFC 4291, 2.5.6
    if (multicast || link_local) {
        return true;
    }
    // AWS's metadata service over IPv6 is a unique local address, fd00:ec2::254.
    constexpr Ipv6 kMetadata{0xfd, 0, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54};
    if (ip == kMetadata) {
        return true;
    }
    // RFC 4291, 2.5.5: ::a.b.c.d and ::ffff:a.b.c.d; the former includes :: and ::1.
    constexpr Ipv6 kLoopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    const bool zeros = std::all_of(ip.begin(), ip.begin() + 10, [](auto b) { return b == 0; });
    const bool wraps_ipv4 =
        zeros && ((ip[10] == 0 && ip[11] == 0) || (ip[10] == 0xff && ip[11] == 0xff));
    return wraps_ipv4 && ip != kLoopback && is_forbidden(Ipv4{ip[12], ip[13], ip[14], ip[15]});
}

bool is_name_character(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

}  // namespace

bool is_host_text(std::string_view text) noexcept {
    if (text.empty() || text.size() > kHostBytesMax) {
        return false;
    }
    return std::all_of(text.begin(), text.end(), is_name_character) || is_ip_text(text);
}

bool is_ip_text(std::string_view text) noexcept {
    return parse_ip<Ipv4>(AF_INET, text).has_value() || parse_ip<Ipv6>(AF_INET6, text).has_value();
}

bool is_forbidden_ip(std::string_view text) {
    const auto ip = routing::dialled_ip(text);
    return ip && is_forbidden(*ip);
}

}  // namespace ringside::discovery
