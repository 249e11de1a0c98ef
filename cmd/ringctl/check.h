// ringctl check: everything that is wrong with this instance, and how to mend it.
#pragma once

#include "verbs.h"

namespace ringside::ctl {

base::Expected<Shown> run_check(Api& api, const Options& options);

// Of /healthz with its last line, "healthz: degraded": kExitDegraded and so on.
int judge_health(const http::Response& response);

}  // namespace ringside::ctl
