// The life of a proxy, from its options to its end.
#pragma once

#include "app/options.h"
#include "base/expected.h"

namespace ringside::app {

// Loads the configuration, opens the log and serves until told to stop. The error says why it could
// not start.
base::Status run(const Options& options);

}  // namespace ringside::app
