// What a new configuration changes in the pools of the old one, for the log.
#pragma once

#include "config/config.h"

#include <string>

namespace ringside::config {

// "1 pool added (beta), 2 changed (alpha, gamma)", or "no pool has changed". Names beyond a few are
// counted only.
std::string describe_changes(const Config& before, const Config& after);

}  // namespace ringside::config
