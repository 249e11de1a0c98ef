// The EndpointSlices of the lab's service as an API server has them: versions, and what has
// changed since one of them. No I/O.
//
// Format: recordings of a server of version 1.33 (tests/recordings/kubernetes).
#pragma once

#include "configuration.h"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::lab {

// A question about them, from the target of a request.
struct SliceQuestion {
    bool is_watch = false;
    std::uint64_t version = 0;         // of a watch: what is known
    std::chrono::seconds timeout{60};  // of a watch
};

// A value.
class Slices {
  public:
    // As of these nodes: one slice each, as each has a port of its own.
    void set(const Configuration& configuration);

    std::uint64_t version() const noexcept { return version_; }
    // An EndpointSliceList.
    std::string list() const;
    // The events since `version`, a line each; empty: none. `version` becomes that of the last.
    // Of one that is forgotten the line is an error, and there will be no other.
    std::string events_since(std::uint64_t& version) const;
    bool is_forgotten(std::uint64_t version) const noexcept;
    // A line that tells the version only.
    std::string bookmark() const;

  private:
    struct Event {
        std::uint64_t version = 0;
        std::string line;
    };
    void add_event(std::string_view type, const nlohmann::json& slice);

    std::map<std::string, ListedNode> told_;  // by the slice's name
    std::map<std::string, nlohmann::json> objects_;
    std::vector<Event> events_;
    std::uint64_t version_ = 100;
    std::uint64_t forgotten_ = 0;  // events up to this version
};

// {"kind": "Status", ...}: how a refusal is told.
std::string status_text(unsigned code, std::string_view reason, std::string_view message);

}  // namespace ringside::lab
