// Writes a document of YAML anew: what has not changed as it was.
#pragma once

#include "inject/json.h"
#include "yaml_tree.h"

#include <string>

namespace ringside::injector {

// `text` as it is when `before`, which it means, becomes `after`. Requires: `before` has the values
// of `text.root`.
YamlTree carried_over(const YamlTree& tree, const inject::Json& before, const inject::Json& after);

// Two blanks a level. Comments stay above and behind what they stood at.
std::string written(const YamlText& text);

}  // namespace ringside::injector
