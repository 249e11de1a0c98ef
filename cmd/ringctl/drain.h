// ringctl drain: a node out of the ring and without links, so that it can be shut down.
#pragma once

#include "verbs.h"

namespace ringside::ctl {

// With --wait prints what the API has answered, and then blocks until the proxy has no link to the
// node any more, or the time is over: kExitRefused.
base::Expected<Shown> run_drain(Api& api, const Options& options);

}  // namespace ringside::ctl
