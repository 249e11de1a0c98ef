// ringside --discover POOL: asks the sources of a pool once and tells what they have said, how, and
// how long that took: for who looks for the reason in a pod. Nothing is served.
#pragma once

#include "app/options.h"
#include "base/expected.h"

#include <string>
#include <vector>

namespace ringside::app {

struct Discovery {
    std::string found;                  // of the sources whose list a proxy would take
    std::vector<std::string> problems;  // why not, one for each of the others
    // A proxy that starts now would have nodes: the first source in the order of preference with a
    // usable list would decide on them.
    bool has_nodes = false;
};

// Asks as the proxy would, with the settings of the file, each source for kDiscoverMax at most, and
// judges the lists as the first ones of a pool. The error is why nobody was asked.
base::Expected<Discovery> discover_once(const Options& options);

}  // namespace ringside::app
