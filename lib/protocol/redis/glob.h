// Patterns as Redis writes them: "*", "?", "[a-z]", "[^a]", and a backslash before what is meant
// literally (util.c, stringmatchlen).
#pragma once

#include <string_view>

namespace ringside::protocol {

// True if the pattern describes the whole text; the case of ASCII letters does not matter. Takes at
// most pattern.size() * text.size() steps, whatever the pattern.
bool matches_glob(std::string_view pattern, std::string_view text) noexcept;

}  // namespace ringside::protocol
