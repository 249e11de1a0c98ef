#include "http/uri.h"

#include <algorithm>
#include <cstddef>

namespace ringside::http {
namespace {

constexpr std::string_view kHexDigits = "0123456789ABCDEF";

std::optional<int> hex_value(char digit) noexcept {
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    if (digit >= 'A' && digit <= 'F') {
        return digit - 'A' + 10;
    }
    if (digit >= 'a' && digit <= 'f') {
        return digit - 'a' + 10;
    }
    return std::nullopt;
}

// RFC 3986, section 2.3.
bool is_unreserved(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded.push_back(text[i]);
            continue;
        }
        if (text.size() - i < 3) {
            return std::nullopt;
        }
        const auto high = hex_value(text[i + 1]);
        const auto low = hex_value(text[i + 2]);
        if (!high || !low) {
            return std::nullopt;
        }
        decoded.push_back(static_cast<char>(*high * 16 + *low));
        i += 2;
    }
    return decoded;
}

std::string percent_encode(std::string_view text) {
    std::string encoded;
    encoded.reserve(text.size());
    for (const char c : text) {
        if (is_unreserved(c)) {
            encoded.push_back(c);
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        encoded.push_back('%');
        encoded.push_back(kHexDigits[byte >> 4]);
        encoded.push_back(kHexDigits[byte & 15]);
    }
    return encoded;
}

std::optional<std::vector<QueryParameter>> parse_query(std::string_view text) {
    std::vector<QueryParameter> parameters;
    while (!text.empty()) {
        const std::string_view part = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(text.size(), part.size() + 1));
        if (part.empty()) {
            continue;
        }
        const std::string_view raw_name = part.substr(0, part.find('='));
        const std::string_view raw_value =
            raw_name.size() < part.size() ? part.substr(raw_name.size() + 1) : std::string_view{};
        auto name = percent_decode(raw_name);
        auto value = percent_decode(raw_value);
        if (!name || !value) {
            return std::nullopt;
        }
        parameters.push_back({std::move(*name), std::move(*value)});
    }
    return parameters;
}

}  // namespace ringside::http
