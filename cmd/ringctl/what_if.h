// ringctl what-if: which keys would move if a pool had other nodes, by a running proxy or by a
// configuration file. Nothing is changed.
#pragma once

#include "base/expected.h"
#include "options.h"

#include <string>

namespace ringside::ctl {

// Prints what would move and returns the exit code; the error says why nothing can be said. Throws
// nlohmann::json::exception if the proxy's answer is not what docs/ADMIN_API.md says.
// The answer to a question "what if" of the API as text.
std::string render_what_if(const std::string& body);

base::Expected<int> run_what_if(const Options& options);

}  // namespace ringside::ctl
