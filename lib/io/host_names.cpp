#include "io/host_names.h"

#include "base/host_name.h"
#include "io/file_descriptor.h"
#include "io/socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_set>
#include <utility>

namespace ringside::io {
namespace {

constexpr std::size_t kSearchDomainsMax = 16;  // glibc's own bound was 6 for long

std::string_view without_dots_around(std::string_view text) noexcept {
    while (!text.empty() && text.front() == '.') {
        text.remove_prefix(1);
    }
    while (!text.empty() && text.back() == '.') {
        text.remove_suffix(1);
    }
    return text;
}

std::optional<in_addr> as_ipv4(const std::string& ip) noexcept {
    in_addr address{};
    return ::inet_pton(AF_INET, ip.c_str(), &address) == 1 ? std::optional(address) : std::nullopt;
}

std::optional<in6_addr> as_ipv6(const std::string& ip) noexcept {
    in6_addr address{};
    return ::inet_pton(AF_INET6, ip.c_str(), &address) == 1 ? std::optional(address) : std::nullopt;
}

// RFC 6724, 2.1, as far as it matters between the families.
int precedence(const std::string& ip) noexcept {
    const auto address = as_ipv6(ip);
    if (!address || IN6_IS_ADDR_V4MAPPED(&*address)) {
        return 35;
    }
    if (IN6_IS_ADDR_LOOPBACK(&*address)) {
        return 50;
    }
    const bool is_local = (address->s6_addr[0] & 0xfe) == 0xfc;  // fc00::/7
    return is_local ? 3 : 40;
}

bool has_route(const std::string& ip) {
    const auto address = numeric_address({ip, 53});
    if (!address) {
        return false;
    }
    const FileDescriptor fd(::socket(address->family(), SOCK_DGRAM | SOCK_CLOEXEC, 0));
    return fd && ::connect(fd.get(), address->data(), address->size) == 0;
}

}  // namespace

std::string lower_case(std::string_view name) {
    std::string lower(name);
    for (char& c : lower) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return lower;
}

bool is_localhost(std::string_view name) noexcept {
    name = without_dots_around(name);
    return name == "localhost" || name.ends_with(".localhost");
}

bool is_never_in_dns(std::string_view name) noexcept {
    name = without_dots_around(name);
    return name.ends_with(".invalid") || name.ends_with(".onion");
}

std::vector<std::string> full_names(const std::string& name,
                                    const std::vector<std::string>& domains, std::size_t ndots) {
    if (name.ends_with('.')) {
        return {name};
    }
    std::vector<std::string> names;
    const auto dots = static_cast<std::size_t>(std::count(name.begin(), name.end(), '.'));
    const bool itself_first = dots >= ndots;
    if (itself_first) {
        names.push_back(name);
    }
    for (std::size_t i = 0; i < std::min(domains.size(), kSearchDomainsMax); ++i) {
        const std::string_view domain = without_dots_around(domains[i]);
        std::string full = name + "." + std::string(domain);
        if (!domain.empty() && base::is_host_name(full)) {
            names.push_back(std::move(full));
        }
    }
    if (!itself_first) {
        names.push_back(name);
    }
    return names;
}

bool is_usable_ip(const std::string& ip) noexcept {
    if (const auto ipv4 = as_ipv4(ip)) {
        const std::uint32_t bits = ntohl(ipv4->s_addr);
        return bits != INADDR_ANY && !IN_MULTICAST(bits) && bits != INADDR_BROADCAST;
    }
    const auto ipv6 = as_ipv6(ip);
    return ipv6 && !IN6_IS_ADDR_UNSPECIFIED(&*ipv6) && !IN6_IS_ADDR_MULTICAST(&*ipv6);
}

void sort_for_use(std::vector<std::string>& ips) {
    std::unordered_set<std::string> seen;
    ips.erase(std::remove_if(ips.begin(), ips.end(),
                             [&seen](const std::string& ip) { return !seen.insert(ip).second; }),
              ips.end());
    if (ips.size() < 2) {
        return;
    }
    std::vector<std::pair<int, std::string>> ranked;  // the least first
    for (std::string& ip : ips) {
        const int rank = (has_route(ip) ? 0 : 100) - precedence(ip);
        ranked.emplace_back(rank, std::move(ip));
    }
    std::stable_sort(ranked.begin(), ranked.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    for (std::size_t i = 0; i < ips.size(); ++i) {
        ips[i] = std::move(ranked[i].second);
    }
}

}  // namespace ringside::io
