// docs/LOG.md: what the lines of the log look like, and what they are about.
#pragma once

#include <string>

namespace ringside::app {

std::string log_markdown();

}  // namespace ringside::app
