#include "config/value.h"

#include "base/host_name.h"
#include "base/interface_index.h"
#include "base/parse.h"
#include "config/address_text.h"
#include "config/text.h"

#include <fmt/core.h>

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ringside::config {
namespace {

using base::Done;
using base::milliseconds;
using base::Status;
using Text = std::string_view;

constexpr std::uint64_t kHourMs = 3'600'000;

base::Error invalid(std::string reason) {
    return base::Error{base::Errc::invalid_config, std::move(reason)};
}

std::vector<Text> split_choices(Text choices) {
    std::vector<Text> words;
    while (!choices.empty()) {
        const std::size_t comma = choices.find(", ");
        words.push_back(choices.substr(0, comma));
        choices.remove_prefix(comma == Text::npos ? choices.size() : comma + 2);
    }
    return words;
}

// Without the blanks around each part.
std::vector<Text> split_at_commas(Text text) {
    std::vector<Text> parts;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        Text part = text.substr(begin, end - begin);
        part.remove_prefix(std::min(part.find_first_not_of(' '), part.size()));
        parts.push_back(part.substr(0, part.find_last_not_of(' ') + 1));
        begin = end + 1;
    }
    return parts;
}

// The largest unit that divides it: "24h", "100ms".
std::string duration_text(std::uint64_t ms) {
    if (ms == 0) {
        return "0";
    }
    if (ms % kHourMs == 0) {
        return fmt::format("{}h", ms / kHourMs);
    }
    return ms % 1000 == 0 ? fmt::format("{}s", ms / 1000) : fmt::format("{}ms", ms);
}

}  // namespace

Status take_number(const Key& key, Text text, std::uint64_t& number) {
    if (text.empty() || text.find_first_not_of("0123456789") != Text::npos) {
        return invalid(fmt::format("{} is not a number; write {}", in_quotes(text), rule_of(key)));
    }
    const auto value = base::parse_unsigned(text, key.min, key.max);
    if (!value) {
        return invalid(fmt::format("{} is out of range {}", in_quotes(text), rule_of(key)));
    }
    number = *value;
    return Done{};
}

Status take_bool(const Key& key, Text text, bool& flag) {
    if (text != "true" && text != "false") {
        return invalid(fmt::format("{} is not {}", in_quotes(text), rule_of(key)));
    }
    flag = text == "true";
    return Done{};
}

Status take_share(const Key& key, Text text, routing::MaxEjected& share) {
    using Unit = routing::MaxEjected::Unit;
    const bool is_percent = text.ends_with('%');
    const std::uint64_t max = is_percent ? 100 : key.max;
    const Text digits = is_percent ? text.substr(0, text.size() - 1) : text;
    const auto amount = base::parse_unsigned(digits, 0, max);
    if (!amount) {
        return invalid(fmt::format("{} is not {}", in_quotes(text), rule_of(key)));
    }
    share = {is_percent ? Unit::percent : Unit::nodes, static_cast<std::uint32_t>(*amount)};
    return Done{};
}

Status take_duration(const Key& key, Text text, milliseconds& duration) {
    const auto value = base::parse_duration(text, milliseconds(1));
    if (!value) {
        return invalid(
            fmt::format("{} is not a duration; write it like 400, 400ms, 2s, 5m or 1h, "
                        "{}",
                        in_quotes(text), rule_of(key)));
    }
    const auto ms = static_cast<std::uint64_t>(value->count());
    if (ms < key.min || ms > key.max) {
        return invalid(fmt::format("{} is out of range {}", in_quotes(text), rule_of(key)));
    }
    duration = *value;
    return Done{};
}

Status not_a_choice(const Key& key, Text text) {
    return invalid(fmt::format("{} is not {}{}", in_quotes(text), rule_of(key),
                               did_you_mean(text, split_choices(key.choices))));
}

Status take_text(const Key& key, Text text, std::string& destination) {
    if (text.size() < key.min || text.size() > key.max) {
        return invalid(fmt::format("the length is out of range {}", rule_of(key)));
    }
    destination = text;
    return Done{};
}

namespace {

// An IPv6 address, and the interface that it is of.
struct ZonedIp {
    in6_addr ip{};
    std::string zone;  // empty: none is written

    static std::optional<ZonedIp> parse(const std::string& host) {
        const std::size_t percent = std::min(host.find('%'), host.size());
        ZonedIp parsed{.ip = {}, .zone = host.substr(std::min(percent + 1, host.size()))};
        const bool is_ip = ::inet_pton(AF_INET6, host.substr(0, percent).c_str(), &parsed.ip) == 1;
        return is_ip ? std::optional(parsed) : std::nullopt;
    }
    bool is_same_elsewhere(const ZonedIp& other) const noexcept {
        return IN6_ARE_ADDR_EQUAL(&ip, &other.ip) &&
               base::interface_index(zone) != base::interface_index(other.zone);
    }
};

bool has_interface(const std::string& zone) {
    std::array<char, IF_NAMESIZE> name{};
    const std::uint32_t index = base::interface_index(zone);
    return index != 0 && ::if_indextoname(index, name.data()) != nullptr;
}

// In the order of the host.
bool may_be_of_host(std::uint32_t ipv4) noexcept {
    return ipv4 != INADDR_ANY && ipv4 < INADDR_UNSPEC_GROUP;
}
bool may_be_of_host(const in6_addr& ip) noexcept {
    std::uint32_t ipv4 = 0;
    std::memcpy(&ipv4, &ip.s6_addr[12], sizeof(ipv4));
    return IN6_IS_ADDR_V4MAPPED(&ip) ? may_be_of_host(ntohl(ipv4))
                                     : !IN6_IS_ADDR_UNSPECIFIED(&ip) && !IN6_IS_ADDR_MULTICAST(&ip);
}

// Why no nameserver can be asked at this address; empty: one can.
std::string nameserver_problem(const std::string& host) {
    constexpr const char* kNoHost = "no host has this address";
    in_addr ipv4{};
    if (::inet_pton(AF_INET, host.c_str(), &ipv4) == 1) {
        return may_be_of_host(ntohl(ipv4.s_addr)) ? "" : kNoHost;
    }
    const auto ipv6 = ZonedIp::parse(host);
    if (!ipv6) {
        return "it is no IP, and a nameserver is not looked up";
    }
    if (!may_be_of_host(ipv6->ip)) {
        return kNoHost;
    }
    const bool has_zone = host.find('%') != std::string::npos;
    if (IN6_IS_ADDR_LINKLOCAL(&ipv6->ip) != has_zone) {
        return has_zone ? "only link-local addresses (fe80::/10) are of an interface"
                        : fmt::format("it is link-local; write its interface, as [{}%eth0]", host);
    }
    if (has_zone && !has_interface(ipv6->zone)) {
        return fmt::format("this host has no interface {}", in_quotes(ipv6->zone));
    }
    return {};
}

}  // namespace

Status take_nameservers(const Key& key, Text text, std::vector<routing::Address>& servers) {
    std::string all;
    const Status status = take_text(key, text, all);
    if (!status) {
        return status;
    }
    std::vector<routing::Address> taken;
    for (const Text part : split_at_commas(all)) {
        auto server = parse_address(part);
        if (!server) {
            return server.error();
        }
        if (const std::string problem = nameserver_problem(server->host); !problem.empty()) {
            return invalid(fmt::format("{}: {}", in_quotes(part), problem));
        }
        const auto is_elsewhere = [ip = ZonedIp::parse(server->host)](const auto& other) {
            const auto other_ip = ZonedIp::parse(other.host);
            return ip && other_ip && ip->is_same_elsewhere(*other_ip);
        };
        if (std::any_of(taken.begin(), taken.end(), is_elsewhere)) {
            return invalid(fmt::format("{}: the same address at another interface is there already",
                                       in_quotes(part)));
        }
        taken.push_back(std::move(*server));
    }
    servers = std::move(taken);
    return Done{};
}

Status take_ranges(const Key& key, Text text, std::vector<routing::IpRange>& ranges) {
    std::string all;
    if (const Status status = take_text(key, text, all); !status) {
        return status;
    }
    std::vector<routing::IpRange> taken;
    for (const Text part : split_at_commas(all)) {
        auto range = routing::IpRange::parse(part);
        if (!range) {
            return range.error();
        }
        taken.push_back(std::move(*range));
    }
    ranges = std::move(taken);
    return Done{};
}

Status take_path(const Key& key, Text text, std::string& path) {
    if (has_control_character(text)) {
        return invalid(fmt::format("{} holds a control character", in_quotes(text)));
    }
    return take_text(key, text, path);
}

Status take_absolute_path(const Key& key, Text text, std::string& path) {
    if (!text.starts_with('/') || has_control_character(text)) {
        return invalid(fmt::format("{} is not {}", in_quotes(text), rule_of(key)));
    }
    return take_text(key, text, path);
}

Status take_hash_tag(const Key& key, Text text, routing::HashTag& tag) {
    if (text.size() != tag.size() || has_control_character(text)) {
        return invalid(fmt::format("{} is not a hash tag; write {}, like \"{{}}\"", in_quotes(text),
                                   rule_of(key)));
    }
    std::copy(text.begin(), text.end(), tag.begin());
    return Done{};
}

Status take_address(Text text, routing::Address& address) {
    auto parsed = parse_address(text);
    if (!parsed) {
        return parsed.error();
    }
    address = std::move(*parsed);
    return Done{};
}

Status take_names(const Key& key, Text text, std::vector<routing::Address>& names) {
    std::vector<routing::Address> taken;
    for (const Text part : split_at_commas(text)) {
        auto name = parse_address(part);
        if (!name) {
            return name.error();
        }
        if (!name->is_name() || !base::is_host_name(name->host)) {
            return invalid(fmt::format("{} is not the name of a host", in_quotes(name->host)));
        }
        taken.push_back(std::move(*name));
    }
    if (taken.size() > key.max) {
        return invalid(
            fmt::format("{} names are out of range {}..{}", taken.size(), key.min, key.max));
    }
    names = std::move(taken);
    return Done{};
}

Status take_hosts(const Key& key, Text text, std::vector<std::string>& hosts) {
    std::vector<std::string> taken;
    for (const Text part : split_at_commas(text)) {
        if (!base::is_host_name(part)) {
            return invalid(fmt::format("{} is not the name of a host", in_quotes(part)));
        }
        taken.push_back(base::canonical_host_name(part));
    }
    if (taken.size() > key.max) {
        return invalid(
            fmt::format("{} names are out of range {}..{}", taken.size(), key.min, key.max));
    }
    hosts = std::move(taken);
    return Done{};
}

Status take_listen(Text text, Listen& listen) {
    auto parsed = parse_listen(text);
    if (!parsed) {
        return parsed.error();
    }
    listen = std::move(*parsed);
    return Done{};
}

std::string rule_of(const Key& key) {
    switch (key.type) {
        case Type::number: {
            const std::string range = fmt::format("{}..{}", key.min, key.max);
            return key.choices.empty() ? range : fmt::format("{} or {}", range, key.choices);
        }
        case Type::share:
            return fmt::format("0..{} or 0%..100%", key.max);
        case Type::boolean:
            return "true or false";
        case Type::duration: {
            const std::string range =
                fmt::format("{}..{}", duration_text(key.min), duration_text(key.max));
            return key.choices.empty() ? range : fmt::format("{} or {}", range, key.choices);
        }
        case Type::choice:
            return fmt::format("one of {}", key.choices);
        case Type::text:
        case Type::servers:
            return key.min == key.max ? fmt::format("{} {}", key.min, key.unit)
                                      : fmt::format("{}..{} {}", key.min, key.max, key.unit);
        case Type::address:
            return "HOST:PORT";
        case Type::names:
            return key.max == 1 ? "HOST:PORT" : "a list of HOST:PORT";
        case Type::hosts:
            return "a list of host names";
        case Type::ranges:
            return "ranges of IPs such as 10.0.0.0/8 and fd00::/8, as a list or with commas "
                   "between them";
        case Type::ips:
            return "IP:PORT, several with commas between them";
        case Type::path:
            return "an absolute path";
        case Type::listens:
            return "HOST:PORT, /PATH or /PATH MODE, or a list of these";
        case Type::listen:
            return key.choices.empty()
                       ? "HOST:PORT, /PATH or /PATH MODE"
                       : fmt::format("HOST:PORT, /PATH, /PATH MODE or {}", key.choices);
        case Type::map:
            return "a map";
    }
    return {};
}

}  // namespace ringside::config
