// ringctl compare: do the same keys live on the same nodes by a configuration file and in a running
// proxy, or by two files?
#pragma once

#include "base/expected.h"
#include "options.h"

namespace ringside::ctl {

// Prints a report on every pool of either side and returns the exit code; the error says why there
// is nothing to report. Throws as pools_of_proxy().
base::Expected<int> run_compare(const Options& options);

}  // namespace ringside::ctl
