// JSON documents as values: the one door of this layer to nlohmann. It takes long to compile.
#pragma once

#include <nlohmann/json.hpp>

namespace ringside::inject {

// Members stay in the order in which they came.
using Json = nlohmann::ordered_json;

}  // namespace ringside::inject
