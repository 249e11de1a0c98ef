// What goes together in a pool, and what does not: looked at when all its keys have been read.
#pragma once

#include "base/expected.h"
#include "config/config.h"
#include "config/yaml_text.h"

namespace ringside::config {

// `given`: the keys that the file has of it. The error names place, path and rule.
base::Status check_pool(const PoolConfig& pool, const Given& given, const Places& places);

}  // namespace ringside::config
