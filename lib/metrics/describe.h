// What each counter means, as text: the answer to `--describe-stats`.
#pragma once

#include <string>

namespace ringside::metrics {

// twemproxy's list in its form (nc_stats.c, stats_describe(): a section per kind of owner, a line
// `  name    "meaning"` per counter), and in sections behind it the counters that twemproxy does
// not have. Of the latter GET /pools/{pool} shows the values.
std::string describe_stats();

}  // namespace ringside::metrics
