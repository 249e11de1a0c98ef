// An ElastiCache cluster as the machine that asks it sees it: its answers, and its settings.
#pragma once

#include "config/source.h"
#include "source_world.h"

#include <fmt/core.h>

#include <cstdint>
#include <string>
#include <utility>

namespace ringside::discovery {

inline constexpr const char* kEndpoint = "10.0.0.9:11211";
inline constexpr const char* kLegacyBytes = "get AmazonElastiCache:cluster\r\n";

inline std::string listing(std::uint64_t version, const std::string& nodes) {
    const std::string data = fmt::format("{}\n{}\n", version, nodes);
    return fmt::format("CONFIG cluster 0 {}\r\n{}\r\nEND\r\n", data.size(), data);
}

inline std::string legacy_listing(std::uint64_t version, const std::string& nodes) {
    const std::string data = fmt::format("{}\n{}\n", version, nodes);
    return fmt::format("VALUE AmazonElastiCache:cluster 0 {}\r\n{}\r\nEND\r\n", data.size(), data);
}

// The same answer to every question.
inline SourceWorld::Node always(SourceWorld::Reply reply) {
    return [reply = std::move(reply)](const std::string&) { return reply; };
}

// Why an older list is refused.
inline std::string older_refused(int version, int current) {
    return fmt::format(
        "version {} is older than {}, which stays (ringctl refresh POOL --accept-older takes it)",
        version, current);
}

inline config::ElastiCacheSource cluster(const std::string& host = "10.0.0.9") {
    return {.endpoint = {host, 11211}};
}

}  // namespace ringside::discovery
