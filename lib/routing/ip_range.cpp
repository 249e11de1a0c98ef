#include "routing/ip_range.h"

#include "base/parse.h"

#include <fmt/core.h>

#include <arpa/inet.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace ringside::routing {
namespace {

using base::Errc;
using base::Error;

constexpr std::uint32_t kBits = 128;
constexpr std::uint32_t kIpv4Bits = 32;

IpBytes masked(IpBytes ip, std::uint32_t bits) noexcept {
    for (std::size_t i = 0; i < ip.size(); ++i) {
        const std::uint32_t before = static_cast<std::uint32_t>(i) * 8;
        const std::uint32_t kept = bits <= before ? 0 : std::min(bits - before, 8U);
        ip[i] = static_cast<std::uint8_t>(ip[i] & (0xff00U >> kept));
    }
    return ip;
}

}  // namespace

std::optional<IpBytes> parse_ip_bytes(std::string_view text) noexcept {
    std::array<char, INET6_ADDRSTRLEN> terminated{};  // as inet_pton() wants it
    if (text.size() >= terminated.size() || text.find('\0') != std::string_view::npos) {
        return std::nullopt;
    }
    std::copy(text.begin(), text.end(), terminated.begin());
    IpBytes ip{};
    if (inet_pton(AF_INET6, terminated.data(), ip.data()) == 1) {
        return ip;
    }
    ip = {};
    ip[10] = ip[11] = 0xff;
    return inet_pton(AF_INET, terminated.data(), ip.data() + 12) == 1 ? std::optional(ip)
                                                                      : std::nullopt;
}

std::optional<IpBytes> dialled_ip(std::string_view host) {
    const std::string text(host.substr(0, host.find('%')));
    if (const auto ip = parse_ip_bytes(text)) {
        return ip;
    }
    in_addr ipv4{};
    if (text.empty() || inet_aton(text.c_str(), &ipv4) == 0) {
        return std::nullopt;
    }
    IpBytes ip{};
    ip[10] = ip[11] = 0xff;
    std::memcpy(ip.data() + 12, &ipv4, sizeof ipv4);
    return ip;
}

base::Expected<IpRange> IpRange::parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    const std::string_view ip_text = text.substr(0, slash);
    const auto ip = parse_ip_bytes(ip_text);
    if (!ip) {
        return Error{Errc::invalid_config,
                     fmt::format("\"{}\" is no range of IP addresses; write for example "
                                 "\"10.0.0.0/8\" or \"fd00::/8\"",
                                 text.substr(0, 64))};
    }
    const std::uint32_t width = ip_text.find(':') == std::string_view::npos ? kIpv4Bits : kBits;
    auto prefix = std::optional<std::uint64_t>(width);
    if (slash != std::string_view::npos) {
        prefix = base::parse_unsigned(text.substr(slash + 1), 0, width);
    }
    if (!prefix) {
        return Error{Errc::invalid_config,
                     fmt::format("\"{}\": the prefix is out of range 0..{}", text, width)};
    }
    IpRange range;
    range.bits_ = kBits - width + static_cast<std::uint32_t>(*prefix);
    range.first_ = masked(*ip, range.bits_);
    range.text_ = text;
    if (range.first_ != *ip) {
        return Error{Errc::invalid_config,
                     fmt::format("\"{}\" has bits behind its prefix; is \"/{}\" meant, or a "
                                 "shorter address?",
                                 text, width)};
    }
    return range;
}

bool IpRange::contains(const IpBytes& ip) const noexcept {
    return masked(ip, bits_) == first_;
}

}  // namespace ringside::routing
