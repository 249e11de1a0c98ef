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

// The lines of a block scalar (YAML 1.2.2, chapter 8.1).
struct BlockLines {
    std::size_t first = 0, end = 0;  // behind the last one
    std::size_t indentation = 0;     // that they have in common
};

// Whose `|` or `>` stands in the line `head` at `column`.
BlockLines block_below(const std::vector<std::string_view>& lines, std::size_t head,
                       std::size_t column);

}  // namespace ringside::injector
