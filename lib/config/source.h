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
enum class SourceKind : std::uint8_t { static_list, elasticache, file };

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

using Source = std::variant<StaticSource, ElastiCacheSource, FileSource>;

inline SourceKind kind_of(const Source& source) noexcept {
    return static_cast<SourceKind>(source.index());
}

}  // namespace ringside::config
