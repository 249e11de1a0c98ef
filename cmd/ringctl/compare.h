// ringctl compare: do the same keys live on the same nodes by a configuration file and in a running
// proxy, or by two files?
#pragma once

#include "verbs.h"

namespace ringside::ctl {

// A report on every pool of either side; the error says why there is nothing to report. Throws as
// pools_of_proxy().
base::Expected<Shown> run_compare(Api& api, const Options& options);

}  // namespace ringside::ctl
