// ringctl locate: where a key lives, or each of many.
#pragma once

#include "verbs.h"

namespace ringside::ctl {

// With --stdin prints line by line, and leaves nothing to be shown.
base::Expected<Shown> run_locate(Api& api, const Options& options);

}  // namespace ringside::ctl
