// Where the nodes of a pool come from: the kinds of sources, and what the configuration says of
// each. What there is to know of a kind stands in its row (config/source_rows.h).
#pragma once

#include "base/clock.h"
#include "routing/membership.h"
#include "routing/node.h"

#include <cstdint>
#include <string>
#include <variant>

namespace ringside::config {

// In the order of `Source` and of every table of sources.
enum class SourceKind : std::uint8_t { static_list, elasticache, file, kubernetes };

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
    std::string token_file = "/var/run/secrets/kubernetes.io/serviceaccount/token";
    std::string ca_file = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt";
    base::milliseconds timeout{5'000};  // for one page of a list, for a watch to begin

    bool operator==(const KubernetesSource&) const = default;
};

using Source = std::variant<StaticSource, ElastiCacheSource, FileSource, KubernetesSource>;

inline SourceKind kind_of(const Source& source) noexcept {
    return static_cast<SourceKind>(source.index());
}

}  // namespace ringside::config
