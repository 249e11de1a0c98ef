#include "inject/base64.h"

#include <cstddef>
#include <cstdint>

namespace ringside::inject {

std::string base64(std::string_view bytes) {
    constexpr std::string_view kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::string_view three = bytes.substr(i, 3);
        std::uint32_t bits = 0;
        for (std::size_t j = 0; j < 3; ++j) {
            bits = bits << 8 | (j < three.size() ? static_cast<unsigned char>(three[j]) : 0u);
        }
        for (std::size_t j = 0; j < 4; ++j) {
            text += j <= three.size() ? kAlphabet[bits >> (18 - 6 * j) & 63] : '=';
        }
    }
    return text;
}

}  // namespace ringside::inject
