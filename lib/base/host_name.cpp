#include "base/host_name.h"

#include "base/limits.h"

#include <algorithm>
#include <cstddef>

namespace ringside::base {
namespace {

constexpr std::size_t kLabelBytesMax = 63;  // RFC 1035, 2.3.4

bool is_label_character(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

}  // namespace

bool is_host_name(std::string_view name) noexcept {
    if (!name.empty() && name.back() == '.') {
        name.remove_suffix(1);
    }
    if (name.empty() || name.size() > kHostNameBytesMax) {
        return false;
    }
    std::size_t label_bytes = 0;
    for (const char c : name) {
        if (c == '.') {
            if (label_bytes == 0) {
                return false;
            }
            label_bytes = 0;
        } else if (!is_label_character(c) || ++label_bytes > kLabelBytesMax) {
            return false;
        }
    }
    return label_bytes != 0;
}

std::string canonical_host_name(std::string_view name) {
    if (!name.empty() && name.back() == '.') {
        name.remove_suffix(1);
    }
    std::string text(name);
    std::transform(text.begin(), text.end(), text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    });
    return text;
}

}  // namespace ringside::base
