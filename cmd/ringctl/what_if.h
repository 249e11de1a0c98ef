// ringctl what-if: which keys would move if a pool had other nodes, by a running proxy or by a
// configuration file. Nothing is changed.
#pragma once

#include "verbs.h"

#include <string>

namespace ringside::ctl {

// The answer to a question "what if" of the API as text. Throws nlohmann::json::exception if it is
// not what docs/ADMIN_API.md says.
std::string render_what_if(const std::string& body, const View& view);

base::Expected<Shown> run_what_if(Api& api, const Options& options);

}  // namespace ringside::ctl
