// docs/METRICS.md, from the table of metrics.
#pragma once

#include <string>

namespace ringside::admin {

std::string metrics_markdown();

}  // namespace ringside::admin
