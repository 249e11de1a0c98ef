// A sidecar put into a pod, with a record of it in `ringside.dev/status`, and taken out again by
// that record: two functions of which one undoes the other, to the order of members.
#pragma once

#include "base/expected.h"
#include "inject/json.h"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::inject {

// What one of the application's containers gets: in front of its env, so that its own variables
// can be made of them ("$(MEMCACHED_HOST)"), and behind its volumeMounts.
struct ContainerAddition {
    Json env = Json::array();
    Json mounts = Json::array();
};

// All variables of a pod, or names in its record: nobody who means well comes near.
inline constexpr std::size_t kNamesMax = 10'000;

struct Addition {
    bool is_native = true;
    Json container;
    Json volumes = Json::array();
    std::map<std::string, ContainerAddition> containers;  // by name
    std::vector<std::pair<std::string, std::string>> annotations;
    std::string checksum;  // of what the sidecar is and runs with
};

// Requires: `pod` has no problem (inject/pod.h), nothing of the addition, and the containers.
Json add_sidecar(const Json& pod, const Addition& addition);

struct Removed {
    Json pod;
    Json status;     // what the record says
    Json container;  // as it was found; null if it was not
    Json volumes = Json::array();
    bool is_complete = true;  // all that is recorded was there
};

// Nothing without a record; malformed says what is wrong with it. What is recorded and not there
// has been taken away by somebody else. Requires: `pod` has no problem.
base::Expected<std::optional<Removed>> remove_sidecar(const Json& pod);

}  // namespace ringside::inject
