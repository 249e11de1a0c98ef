// Where the nodes of a pool come from: the kinds of sources, and what the configuration says of
// each. What there is to know of a kind stands in its row (config/source_rows.h).
#pragma once

#include "base/clock.h"
#include "config/tls.h"
#include "routing/membership.h"
#include "routing/node.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ringside::config {

// In the order of `Source` and of every table of sources.
enum class SourceKind : std::uint8_t { static_list, elasticache, dns, srv, file, kubernetes };

// `servers:` the list in the file is the membership.
struct StaticSource {
    routing::Membership membership;

    bool operator==(const StaticSource&) const = default;
};

// `discovery: elasticache:` an ElastiCache configuration endpoint, polled.
struct ElastiCacheSource {
    routing::Address endpoint;
    base::milliseconds interval{60'000};  // plus or minus a tenth, so that sidecars spread out
    base::milliseconds timeout{2'000};    // for one answer, connect included

    bool operator==(const ElastiCacheSource&) const = default;
};

// How long what DNS says is believed, and how long it may take to say it.
struct DnsTimes {
    // Names are asked for again when the time to live of their records is over, within these.
    base::milliseconds ttl_min{5'000};
    base::milliseconds ttl_max{300'000};
    base::milliseconds timeout{5'000};  // for one question; a search list needs several

    bool operator==(const DnsTimes&) const = default;
};

// Which addresses of a name are its nodes. `prefer_...`: those of the other family only where there
// are none of this one, as each node of two families would else be two.
enum class DnsFamily : std::uint8_t { prefer_ipv4, prefer_ipv6, ipv4, ipv6, both };

// "prefer_ipv4", ...; nothing if it is none of them.
std::optional<DnsFamily> parse_dns_family(std::string_view text) noexcept;

// `discovery: dns:` each address of a name is a node.
struct DnsSource {
    std::vector<routing::Address> names;  // host names, each with the port of its nodes
    DnsFamily family = DnsFamily::prefer_ipv4;
    DnsTimes times;

    bool operator==(const DnsSource&) const = default;
};

// `discovery: srv:` each target of a service is a node, and its host name stays what it is called.
struct SrvSource {
    std::string name;      // "_memcached._tcp.cache.example."
    bool weights = false;  // those of the records count on the ring
    DnsTimes times;

    bool operator==(const SrvSource&) const = default;
};

// `discovery: file:` a list of nodes in a file of its own, watched.
struct FileSource {
    std::string path;

    bool operator==(const FileSource&) const = default;
};

// `discovery: kubernetes:` the endpoints of a service, listed and watched.
struct KubernetesSource {
    std::string service;
    std::string name_space;  // empty: that of the pod
    std::string port;        // its name or number; empty: the only one
    bool publish_not_ready = false;
    routing::Address api_server;  // without a host: nobody has said
    std::string token_file;
    TlsConfig tls;
    base::milliseconds timeout{5'000};  // for one page of a list, for a watch to begin

    bool operator==(const KubernetesSource&) const = default;
};

using Source = std::variant<StaticSource, ElastiCacheSource, DnsSource, SrvSource, FileSource,
                            KubernetesSource>;

inline SourceKind kind_of(const Source& source) noexcept {
    return static_cast<SourceKind>(source.index());
}

}  // namespace ringside::config
