#include "inject/line.h"

#include <algorithm>

namespace ringside::inject {

std::string one_line(std::string_view text, std::size_t bytes_max) {
    constexpr std::string_view kEllipsis = "...";
    std::size_t end = text.size();
    if (end > bytes_max) {
        const auto is_inside = [text](std::size_t at) {
            return (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80;
        };
        end = bytes_max - kEllipsis.size();
        while (end > 0 && is_inside(end)) {
            --end;
        }
    }
    std::string line(text.substr(0, end));
    std::replace_if(
        line.begin(), line.end(),
        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
    return end < text.size() ? line.append(kEllipsis) : line;
}

}  // namespace ringside::inject
