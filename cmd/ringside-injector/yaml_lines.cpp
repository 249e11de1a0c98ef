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

}  // namespace ringside::injector
