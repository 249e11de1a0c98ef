// JSON documents as values: the one door of this layer to nlohmann. It takes long to compile.
#pragma once

#include "base/expected.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace ringside::inject {

// Members stay in the order in which they came.
using Json = nlohmann::ordered_json;

// Nobody who means well nests deeper; readers recurse.
inline constexpr std::size_t kJsonDepthMax = 64;

// Members of one map. Finding one takes time by their number, so reading a map by its square.
inline constexpr std::size_t kJsonMembersMax = 2048;

// Items of one list: what is done for each pair of a name and an item stays short. Enough for the
// nodes of a pool.
inline constexpr std::size_t kJsonItemsMax = 4096;

// malformed says where, or which of the limits it is over. Requires: somebody has bounded `text`; a
// document takes some ten times as much.
base::Expected<Json> parse_json(std::string_view text);

// In one line. Bytes that are not UTF-8 become U+FFFD.
std::string json_text(const Json& document);

// The member of a map; null if there is none, or `document` is no map.
const Json* member(const Json& document, std::string_view name) noexcept;

// The text of that member; empty if it is none.
std::string_view text_member(const Json& document, std::string_view name) noexcept;

}  // namespace ringside::inject
