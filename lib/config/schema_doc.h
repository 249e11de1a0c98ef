// docs/CONFIG.md from the table of keys.
#pragma once

#include <string>

namespace ringside::config {

// The whole file. `ringside --print-docs config` writes it; a test compares.
std::string config_markdown();

}  // namespace ringside::config
