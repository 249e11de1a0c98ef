#include "base/json_text.h"

#include "base/utf8.h"

#include <fmt/format.h>

#include <cstddef>
#include <iterator>

namespace ringside::base {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

void append_ascii(std::string& out, char c) {
    if (c == '"' || c == '\\') {
        out.push_back('\\');
        out.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
        fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
    } else {
        out.push_back(c);
    }
}

}  // namespace

std::string json_text(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t size = utf8_size(text);
        if (size == 1) {
            append_ascii(out, text.front());
        } else {
            out += size == 0 ? kReplacement : text.substr(0, size);
        }
        text.remove_prefix(size == 0 ? 1 : size);
    }
    return out;
}

}  // namespace ringside::base
