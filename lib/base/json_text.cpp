#include "base/json_text.h"

#include <fmt/format.h>

#include <cstddef>
#include <iterator>

namespace ringside::base {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

bool is_continuation(unsigned char byte) noexcept {
    return (byte & 0xc0) == 0x80;
}

// What a first byte asks for: how many bytes its character has, and which second bytes it allows.
// RFC 3629, section 4: the narrower ranges keep out overlong forms, surrogates and what is above
// U+10FFFF. Size 0: no first byte.
struct Lead {
    std::size_t size;
    unsigned char second_min = 0x80;
    unsigned char second_max = 0xbf;
};

Lead lead_of(unsigned char byte) noexcept {
    if (byte < 0x80) {
        return {1};
    }
    if (byte >= 0xc2 && byte <= 0xdf) {
        return {2};
    }
    if (byte >= 0xe0 && byte <= 0xef) {
        return {3, static_cast<unsigned char>(byte == 0xe0 ? 0xa0 : 0x80),
                static_cast<unsigned char>(byte == 0xed ? 0x9f : 0xbf)};
    }
    if (byte >= 0xf0 && byte <= 0xf4) {
        return {4, static_cast<unsigned char>(byte == 0xf0 ? 0x90 : 0x80),
                static_cast<unsigned char>(byte == 0xf4 ? 0x8f : 0xbf)};
    }
    return {0};
}

// The size of the character that `text` begins with; 0 if it begins with none.
std::size_t character_size(std::string_view text) noexcept {
    const auto byte_at = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const Lead lead = lead_of(byte_at(0));
    if (lead.size < 2 || lead.size > text.size()) {
        return lead.size == 1 ? 1 : 0;
    }
    if (byte_at(1) < lead.second_min || byte_at(1) > lead.second_max) {
        return 0;
    }
    for (std::size_t i = 2; i < lead.size; ++i) {
        if (!is_continuation(byte_at(i))) {
            return 0;
        }
    }
    return lead.size;
}

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
        const std::size_t size = character_size(text);
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
