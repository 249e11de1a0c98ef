#include "config/address_text.h"

#include "base/parse.h"
#include "config/text.h"

#include <fmt/core.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <cstdint>
#include <optional>
#include <string>

namespace ringside::config {
namespace {

using base::Errc;
using base::Error;
using base::Expected;
using routing::Address;

constexpr std::uint32_t kModeMax = 0777;

// The kernel's limit on the path of a unix socket, less the terminating zero (unix(7)).
constexpr std::size_t kSocketPathBytesMax = sizeof(sockaddr_un::sun_path) - 1;

Error invalid(std::string reason) {
    return Error{Errc::invalid_config, std::move(reason)};
}

Error invalid_server(std::string_view text) {
    return invalid(fmt::format("{} is not \"HOST:PORT:WEIGHT [NAME]\" or \"/PATH:WEIGHT [NAME]\"",
                               in_quotes(text)));
}

bool is_digits(std::string_view text) noexcept {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

Expected<std::uint16_t> parse_port(std::string_view text) {
    if (!is_digits(text)) {
        return invalid(
            fmt::format("{} is not a port; write a number from 1 to 65535", in_quotes(text)));
    }
    // "011211" would be another ring name than "11211" although it is the same port.
    if (text.front() == '0' && text.size() > 1) {
        return invalid(fmt::format("port {} starts with a zero; write it without",
                                   text.substr(0, kNameBytesMax)));
    }
    const auto port = base::parse_unsigned(text, 1, UINT16_MAX);
    if (!port) {
        return invalid(
            fmt::format("port {} is out of range 1..65535", text.substr(0, kNameBytesMax)));
    }
    return static_cast<std::uint16_t>(*port);
}

// Perhaps with a zone, as link-local ones need: "fe80::1%eth0".
bool is_ipv6(std::string_view text) {
    in6_addr address{};
    return ::inet_pton(AF_INET6, std::string(text.substr(0, text.find('%'))).c_str(), &address) ==
           1;
}

Expected<std::string> parse_host(std::string_view text) {
    if (text.starts_with('[') && text.ends_with(']')) {
        text = text.substr(1, text.size() - 2);
        if (text.find(':') == std::string_view::npos) {
            return invalid(fmt::format("{} in brackets is not an IPv6 address", in_quotes(text)));
        }
    }
    if (text.empty()) {
        return invalid("the host is missing; for all addresses write 0.0.0.0 or [::]");
    }
    if (text.size() > kNameBytesMax) {
        return invalid(fmt::format("the host is longer than {} bytes", kNameBytesMax));
    }
    if (text.find_first_of(" []/") != std::string_view::npos || has_control_character(text)) {
        return invalid(fmt::format("{} is not a host name or an IP address", in_quotes(text)));
    }
    if (text.find(':') != std::string_view::npos && !is_ipv6(text)) {
        return invalid(
            fmt::format("{} is not an IPv6 address; with its port it is written as "
                        "[ADDRESS]:PORT",
                        in_quotes(text)));
    }
    return std::string(text);
}

Expected<std::string> parse_path(std::string_view text) {
    if (text.size() > kSocketPathBytesMax) {
        return invalid(
            fmt::format("the path of a unix socket is longer than {} bytes", kSocketPathBytesMax));
    }
    if (text.size() < 2 || has_control_character(text)) {
        return invalid(fmt::format("{} is not the path of a unix socket", in_quotes(text)));
    }
    return std::string(text);
}

// Octal digits, at most kModeMax.
std::optional<std::uint32_t> parse_mode(std::string_view text) noexcept {
    std::uint32_t mode = 0;
    for (const char c : text) {
        if (c < '0' || c > '7') {
            return std::nullopt;
        }
        mode = mode * 8 + static_cast<std::uint32_t>(c - '0');
        if (mode > kModeMax) {
            return std::nullopt;
        }
    }
    return mode;
}

Expected<Listen> parse_unix_listen(std::string_view text) {
    Listen listen{.address = {}, .mode = std::nullopt, .text = std::string(text)};
    const std::size_t blank = text.rfind(' ');
    if (blank != std::string_view::npos) {
        const std::string_view mode = text.substr(blank + 1);
        const auto bits = parse_mode(mode);
        if (mode.empty() || !bits) {
            return invalid(
                fmt::format("{} is not the mode of a unix socket; write octal digits "
                            "from 0 (as the umask says) to 0777",
                            in_quotes(mode)));
        }
        listen.mode = *bits == 0 ? std::nullopt : bits;  // nc_proxy.c, proxy_listen: 0 is no mode
    }
    auto path = parse_path(text.substr(0, blank));
    if (!path) {
        return path.error();
    }
    listen.address.host = std::move(*path);
    return listen;
}

Expected<std::string> parse_node_name(std::string_view text) {
    if (text.empty()) {
        return invalid("the name behind the blank is empty");
    }
    if (text.size() > kNameBytesMax) {
        return invalid(fmt::format("the name is longer than {} bytes", kNameBytesMax));
    }
    if (has_control_character(text)) {
        return invalid(fmt::format("the name {} holds a control character", in_quotes(text)));
    }
    return std::string(text);
}

Expected<Address> parse_node_address(std::string_view text) {
    if (!text.starts_with('/')) {
        return parse_address(text);
    }
    auto path = parse_path(text);
    if (!path) {
        return path.error();
    }
    return Address{std::move(*path), 0};
}

}  // namespace

Expected<std::uint32_t> parse_weight(std::string_view text) {
    if (!is_digits(text)) {
        return invalid(fmt::format("{} is not a weight; write a number from 1 to {}",
                                   in_quotes(text), kWeightMax));
    }
    const auto weight = base::parse_unsigned(text, 1, kWeightMax);
    if (!weight) {
        return invalid(fmt::format("weight {} is out of range 1..{}", text.substr(0, kNameBytesMax),
                                   kWeightMax));
    }
    return static_cast<std::uint32_t>(*weight);
}

Expected<Address> parse_address(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        return invalid(fmt::format("{} is not \"HOST:PORT\"", in_quotes(text)));
    }
    auto host = parse_host(text.substr(0, colon));
    if (!host) {
        return host.error();
    }
    const auto port = parse_port(text.substr(colon + 1));
    if (!port) {
        return port.error();
    }
    return Address{std::move(*host), *port};
}

Expected<Listen> parse_listen(std::string_view text) {
    if (text.starts_with('/')) {
        return parse_unix_listen(text);
    }
    if (text.find(':') == std::string_view::npos) {
        return invalid(
            fmt::format("{} is not \"HOST:PORT\", \"/PATH\" or \"/PATH MODE\"", in_quotes(text)));
    }
    auto address = parse_address(text);
    if (!address) {
        return address.error();
    }
    return Listen{.address = std::move(*address), .mode = std::nullopt, .text = std::string(text)};
}

Expected<std::vector<Listen>> parse_listens(std::string_view text) {
    std::vector<Listen> listens;
    for (std::string_view rest = text; !rest.empty() || listens.empty();) {
        const std::string_view separator = rest.starts_with('/') ? ", " : ",";
        const std::size_t end = rest.find(separator);
        auto listen = parse_listen(base::trimmed(rest.substr(0, end)));
        if (!listen) {
            return listen.error();
        }
        if (listens.size() == kListensMax) {
            return invalid(fmt::format("there are more than {} addresses", kListensMax));
        }
        listens.push_back(std::move(*listen));
        if (end == std::string_view::npos) {
            break;
        }
        rest = base::trimmed(rest.substr(end + separator.size()));
        if (rest.empty()) {
            return invalid("nothing stands behind the last comma");
        }
    }
    return listens;
}

std::vector<Listen> listens_of(const PoolConfig& pool) {
    std::vector<Listen> listens{pool.listen};
    listens.insert(listens.end(), pool.also_listen.begin(), pool.also_listen.end());
    return listens;
}

std::string listen_text(const PoolConfig& pool) {
    std::string text = pool.listen.text;
    for (const Listen& listen : pool.also_listen) {
        text += ", " + listen.text;
    }
    return text;
}

Expected<routing::Member> parse_server(std::string_view text) {
    const std::size_t blank = text.rfind(' ');
    const std::string_view place = text.substr(0, blank);
    const std::size_t colon = place.rfind(':');
    const bool is_path = place.starts_with('/');
    if (colon == std::string_view::npos ||
        (!is_path && place.substr(0, colon).find(':') == std::string_view::npos)) {
        return invalid_server(text);
    }
    const auto weight = parse_weight(place.substr(colon + 1));
    if (!weight) {
        return weight.error();
    }
    auto address = parse_node_address(place.substr(0, colon));
    if (!address) {
        return address.error();
    }
    std::string name = routing::default_ring_name(*address);
    if (blank != std::string_view::npos) {
        auto given = parse_node_name(text.substr(blank + 1));
        if (!given) {
            return given.error();
        }
        name = std::move(*given);
    }
    return routing::Member{std::move(name), std::move(*address), *weight};
}

}  // namespace ringside::config
