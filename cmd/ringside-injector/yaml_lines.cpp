#include "yaml_lines.h"

#include <algorithm>

namespace ringside::injector {

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        lines.push_back(line.ends_with('\r') ? line.substr(0, line.size() - 1) : line);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

std::size_t indentation_of(std::string_view line) noexcept {
    return std::min(line.find_first_not_of(' '), line.size());
}

bool is_blank(std::string_view line) noexcept {
    return line.find_first_not_of(" \t") == std::string_view::npos;
}

BlockLines block_below(const std::vector<std::string_view>& lines, std::size_t head,
                       std::size_t column) {
    const std::string_view token = lines[head].substr(column);
    const std::string_view signs = token.substr(0, token.find_first_of(" \t#"));
    const std::size_t around = indentation_of(lines[head]);
    // In a line of its own it may stand as deep as what is below it.
    const std::size_t least = around == column ? around : around + 1;
    BlockLines block{.first = head + 1, .end = head + 1};
    const bool tells_indentation = signs.find_first_of("123456789") != std::string_view::npos;
    block.indentation = tells_indentation ? least : 0;
    for (std::size_t i = block.first; i < lines.size(); ++i) {
        const std::size_t own = indentation_of(lines[i]);
        if (own == lines[i].size()) {
            continue;  // a blank one belongs to it if more comes, or if ends are kept
        }
        if (block.indentation == 0 && own >= least) {
            block.indentation = own;
        }
        if (own < std::max(block.indentation, least)) {
            break;
        }
        block.end = i + 1;
    }
    while (signs.find('+') != std::string_view::npos && block.end < lines.size() &&
           indentation_of(lines[block.end]) == lines[block.end].size()) {
        ++block.end;
    }
    return block;
}

}  // namespace ringside::injector
