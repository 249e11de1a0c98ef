// The text of YAML as lines.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace ringside::injector {

// Without their ends, those of Windows included.
std::vector<std::string_view> lines_of(std::string_view text);

// How many blanks a line begins with.
std::size_t indentation_of(std::string_view line) noexcept;

// Nothing, or nothing but blanks.
bool is_blank(std::string_view line) noexcept;

}  // namespace ringside::injector
