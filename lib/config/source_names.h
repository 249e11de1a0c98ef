// Which texts a source has for a node, and so by what name a node stands on the ring if this source
// tells it. Sources of one pool must agree, or keys would move when one takes over from another.
#pragma once

#include "config/source.h"
#include "routing/identity.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::config {

// A kind of text. The same kind from two sources means: the same text for the same node.
enum class NameKind : std::uint8_t {
    none,
    address,       // "10.0.0.1"
    host,          // "cache-0.cache.app.svc.cluster.local", as DNS has it
    service_host,  // "cache-0.cache.app.svc", as Kubernetes knows it without its domain
    pod,           // "cache-0"
    short_host,    // the first label of a host name
    ordinal,       // the number at its end
    port,
    zone,
    written,  // whatever somebody has written for it: it can be what the other source has
};

// What a source tells of each node; a column of the table of sources.
struct SourceNames {
    NameKind own;      // what it names a node by itself
    NameKind host;     // none: it knows no host names
    NameKind address;  // none: only names, which are looked up on our side
    NameKind zone;     // none: it knows no zones
};

// Says for people which of its texts a source has: "host name, address; names itself by address".
std::string describe(const SourceNames& names);

// A source that does not fit: it lacks what names are made of, or would name a node otherwise than
// the sources before it.
struct UnfitSource {
    std::size_t place;
    std::string why;  // and what to write instead
};
// Nothing: all fit. `identity` and `name_template` are the pool's.
std::optional<UnfitSource> find_unfit(const std::vector<const Source*>& sources,
                                      routing::Identity identity,
                                      std::string_view name_template = {});

}  // namespace ringside::config
