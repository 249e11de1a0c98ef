// YAML as Kubernetes' tools read and write it, to JSON and back.
#pragma once

#include "base/expected.h"
#include "inject/json.h"

#include <string>
#include <string_view>

namespace ringside::inject {

// Nobody who means well nests deeper.
inline constexpr std::size_t kYamlDepthMax = 64;

// One document; a second one is an error. Scalars are what kubectl takes them for: YAML 1.1, so
// that `yes` is true and `0444` is 292. Anchors and `<<` are resolved. JSON is YAML, too. An empty
// text is null. The error is "NAME:LINE:COLUMN: reason". Does not throw.
base::Expected<Json> json_of_yaml(std::string_view text, std::string_view name);

// In block style, with a newline at the end; read by json_of_yaml() it is `document` again.
// Strings of several lines are literal blocks. A document that is no map or list is one line.
std::string yaml_of_json(const Json& document);

}  // namespace ringside::inject
