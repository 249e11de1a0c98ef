// What the help of several programs is made of, on a terminal and in the documents.
#pragma once

#include <string>
#include <string_view>

namespace ringside::base {

// Each line with two blanks in front, and an end.
std::string indented(std::string_view lines);

// Of a table in Markdown, where a bar would end the cell.
std::string table_cell(std::string_view text);

}  // namespace ringside::base
