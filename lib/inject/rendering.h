// The sidecar's container and its volumes, for one pod: the template, as annotations and the
// configuration change it.
#pragma once

#include "base/expected.h"
#include "inject/annotations.h"
#include "inject/configuration.h"
#include "inject/json.h"
#include "inject/template.h"

namespace ringside::inject {

// What the template has, and annotations speak of.
inline constexpr std::string_view kContainerName = "ringside";
inline constexpr std::string_view kProbesPortName = "ringside-probes";
inline constexpr std::string_view kConfigVolume = "ringside-config";

struct Rendering {
    bool is_native = true;
    Json container;
    Json volumes = Json::array();
    Json mounts = Json::array();  // for the application: the folder of the sockets, if there is one
};

// The error names the annotation and what it says.
base::Expected<Rendering> render(const Template& injected, const Wishes& wishes,
                                 const Configuration& configuration);

}  // namespace ringside::inject
