// What a source has shown of itself beside its list: for people, never for decisions.
#pragma once

#include "base/clock.h"

#include <optional>
#include <string>
#include <vector>

namespace ringside::discovery {

// A name that was looked for in DNS, and what came of it.
struct FoundName {
    std::string asked;      // as it is written in the configuration
    std::string full_name;  // that has the records; empty: none has
    std::string problem;    // why, if none has

    bool operator==(const FoundName&) const = default;
};

// A value, filled by a SourceMachine and kept by SourceState. What a kind of source does not have
// stays empty.
struct SourceFacts {
    std::string way = {};                                     // how it is followed, one phrase
    std::optional<base::TimePoint> last_poll = std::nullopt;  // it has answered, or failed
    // When it is asked again; nothing: it is being asked, or tells by itself.
    std::optional<base::TimePoint> next_poll = std::nullopt;
    std::string answered_by = {};                          // the address that gave the last list
    std::string version = {};                              // the source's own
    std::optional<base::milliseconds> ttl = std::nullopt;  // the least of the last records
    std::vector<FoundName> names = {};

    bool operator==(const SourceFacts&) const = default;
};

}  // namespace ringside::discovery
