// The configuration as JSON Schema (2020-12), for editors and checks: from the same rows as loading
// and docs/CONFIG.md.
//
// It knows keys, types, ranges and choices. What only goes together, host names and durations'
// ranges are for `ringside --test-conf`.
#pragma once

#include <string>

namespace ringside::config {

// The whole document. `ringside --print-config-schema` prints it.
std::string config_json_schema();

}  // namespace ringside::config
