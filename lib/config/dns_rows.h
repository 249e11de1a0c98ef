// The settings of the sources `dns` and `srv`: a part of the table in config/source_rows.cpp, which
// alone includes it.
#pragma once

#include "base/expected.h"
#include "base/host_name.h"
#include "base/limits.h"
#include "config/schema.h"
#include "config/source.h"
#include "config/text.h"
#include "config/value.h"

#include <fmt/core.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace ringside::config {

inline constexpr std::uint64_t kDnsHourMs = 3'600'000;

inline DnsTimes& dns_times(Source& source) {
    auto* const srv = std::get_if<SrvSource>(&source);
    return srv != nullptr ? srv->times : std::get<DnsSource>(source).times;
}

inline constexpr Row<Source> kTtlMinRow{
    {.name = "ttl_min",
     .type = Type::duration,
     .default_text = "5s",
     .min = 100,
     .max = kDnsHourMs,
     .doc = "The records are asked for again when their time to live "
            "is over, and up to a quarter of it later, so that "
            "sidecars spread out; not sooner than this."},
    [](Source& source, const Key& key, std::string_view text) {
        return take_duration(key, text, dns_times(source).ttl_min);
    }};
inline constexpr Row<Source> kTtlMaxRow{{.name = "ttl_max",
                                         .type = Type::duration,
                                         .default_text = "5m",
                                         .min = 100,
                                         .max = 24 * kDnsHourMs,
                                         .doc = "And not later than this, give or take; at least "
                                                "`ttl_min`."},
                                        [](Source& source, const Key& key, std::string_view text) {
                                            return take_duration(key, text,
                                                                 dns_times(source).ttl_max);
                                        }};
inline constexpr Row<Source> kDnsTimeoutRow{
    {.name = "timeout",
     .type = Type::duration,
     .default_text = "5s",
     .min = 10,
     .max = 60'000,
     .doc = "How long one question may take, all nameservers "
            "together. The next one is asked after two fifths of it, 2 s at most."},
    [](Source& source, const Key& key, std::string_view text) {
        return take_duration(key, text, dns_times(source).timeout);
    }};

inline base::Status check_times(const DnsTimes& times) {
    if (times.ttl_min > times.ttl_max) {
        return base::Error{base::Errc::invalid_config, "\"ttl_min\" is above \"ttl_max\""};
    }
    return base::Done{};
}

inline base::Status take_service_name(const Key& key, std::string_view text, std::string& name) {
    if (!base::is_host_name(text)) {
        return base::Error{base::Errc::invalid_config,
                           fmt::format("{} is not the name of a service", in_quotes(text))};
    }
    return take_text(key, text, name);
}

inline base::Status take_dns_names(Source& source, const Key& key, std::string_view text) {
    return take_names(key, text, std::get<DnsSource>(source).names);
}

inline constexpr std::array kDnsRows{
    Row<Source>{{.name = "name",
                 .type = Type::names,
                 .min = 1,
                 .max = 1,
                 .doc = "The name whose addresses are the nodes, and their port. With a dot at the "
                        "end of the name (`cache.example.:11211`) the search list of "
                        "/etc/resolv.conf is not tried: in a pod that is one question instead of "
                        "five."},
                take_dns_names},
    Row<Source>{{.name = "names",
                 .type = Type::names,
                 .min = 1,
                 .max = base::kDnsNamesMax,
                 .doc = "Instead of `name`: several, whose addresses together are the nodes."},
                take_dns_names},
    Row<Source>{
        {.name = "family",
         .type = Type::choice,
         .default_text = "prefer_ipv4",
         .choices = "prefer_ipv4, prefer_ipv6, ipv4, ipv6, both",
         .doc = "Which addresses count. `prefer_ipv4`: IPv6 only for a name without an IPv4 "
                "address. `both`: each address is a node, so that one with two is two."},
        [](Source& source, const Key& key, std::string_view text) {
            return take_choice(key, text, parse_dns_family(text),
                               std::get<DnsSource>(source).family);
        }},
    kTtlMinRow,
    kTtlMaxRow,
    kDnsTimeoutRow,
};
inline constexpr std::array kSrvRows{
    Row<Source>{{.name = "name",
                 .type = Type::text,
                 .required = true,
                 .min = 1,
                 .max = base::kHostNameBytesMax + 1,
                 .unit = "bytes",
                 .doc = "The name of the service, `_PORT._tcp.NAME`; with a dot at its end the "
                        "search list of /etc/resolv.conf is not tried."},
                [](Source& source, const Key& key, std::string_view text) {
                    return take_service_name(key, text, std::get<SrvSource>(source).name);
                }},
    Row<Source>{{.name = "weights",
                 .type = Type::boolean,
                 .default_text = "false",
                 .doc = "Whether the records' weights are those of the nodes, divided by what they "
                        "have in common. A change moves keys."},
                [](Source& source, const Key& key, std::string_view text) {
                    return take_bool(key, text, std::get<SrvSource>(source).weights);
                }},
    kTtlMinRow,
    kTtlMaxRow,
    kDnsTimeoutRow,
};

inline constexpr auto kNameOrNames = std::to_array<std::string_view>({"name", "names"});

inline std::string dns_asked(const Source& source) {
    std::string text;
    for (const routing::Address& name : std::get<DnsSource>(source).names) {
        text += (text.empty() ? "" : ", ") + to_string(name);
    }
    return text;
}

}  // namespace ringside::config
