// Where characters end in UTF-8, for text that comes from outside and must leave as valid UTF-8.
#pragma once

#include <cstddef>
#include <string_view>

namespace ringside::base {

// The size in bytes of the character that `text` begins with; 0 if it begins with none.
// Requires: !text.empty().
std::size_t utf8_size(std::string_view text) noexcept;

}  // namespace ringside::base
