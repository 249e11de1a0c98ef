// ringside --discover POOL: asks the source of a pool once and tells what it has said, how, and how
// long that took: for who looks for the reason in a pod. Nothing is served.
#pragma once

#include "app/options.h"
#include "base/expected.h"

#include <string>

namespace ringside::app {

// Asks as the proxy would, with the settings of the file, for kDiscoverMax at most. The error is
// why there is no list, and what to do.
base::Expected<std::string> discover_once(const Options& options);

}  // namespace ringside::app
