// docs/COMMANDS.md from the two command tables.
#pragma once

#include <string>

namespace ringside::protocol {

// The whole file. `ringside --print-docs commands` writes it; a test compares.
std::string commands_markdown();

}  // namespace ringside::protocol
