// JSON documents as values: the one door of lib to nlohmann. For .cpp files only, as it takes long
// to compile.
#pragma once

#include "base/expected.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace ringside::http {

// Members stay in the order in which they were set.
using Json = nlohmann::ordered_json;

// Nobody who means well nests deeper; readers may recurse.
inline constexpr std::size_t kJsonDepthMax = 64;

// Indented, with a newline at the end. Bytes that are not UTF-8 become U+FFFD.
std::string to_text(const Json& document);

// The same as an item of a list so deep in a document: each line indented, without a newline at the
// end.
std::string to_text_within(const Json& item, std::size_t depth);

// malformed says where, or that it is nested too deeply. What has a bound on its size has to have
// it before: a document takes some ten times its text.
base::Expected<Json> parse_json(std::string_view text);

}  // namespace ringside::http
