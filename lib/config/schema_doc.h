// docs/CONFIG.md and the manual page ringside.yml(5) from the table of keys.
#pragma once

#include <string>
#include <string_view>

namespace ringside::config {

// The whole file. `ringside --print-docs config` writes it; a test compares.
std::string config_markdown();

// The whole page, of this version of the program.
std::string config_manual(std::string_view version);

}  // namespace ringside::config
