#include "base/utf8.h"

namespace ringside::base {
namespace {

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

}  // namespace

std::size_t utf8_size(std::string_view text) noexcept {
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

}  // namespace ringside::base
