// JSON as YAML, for `-o yaml`.
#pragma once

#include "http/json.h"
#include "view.h"

#include <string>
#include <string_view>

namespace ringside::ctl {

// Block style, two blanks a level; lists of numbers in one line. Strings are quoted unless they are
// plain words, so that no reader takes one for something else.
std::string to_yaml(const http::Json& document);

// A JSON text as it is, or as YAML, with a newline at the end. What is no JSON stays as it is.
std::string as_data(const View& view, const std::string& json);

}  // namespace ringside::ctl
