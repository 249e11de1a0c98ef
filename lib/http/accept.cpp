#include "http/accept.h"

#include <algorithm>
#include <cstddef>
#include <optional>

namespace ringside::http {
namespace {

constexpr std::uint32_t kQualityMax = 1000;

constexpr std::string_view kBlanks = " \t";

std::string_view trimmed(std::string_view text) noexcept {
    text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
    return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

bool is_same_word(std::string_view a, std::string_view b) noexcept {
    const auto lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [lower](char x, char y) { return lower(x) == lower(y); });
}

// Takes what stands in front of the next separator, which may be part of a quoted string: RFC 9110,
// section 5.6.4.
std::string_view take_until(char separator, std::string_view& text) noexcept {
    bool is_quoted = false;
    std::size_t end = 0;
    while (end < text.size() && (is_quoted || text[end] != separator)) {
        if (is_quoted && text[end] == '\\') {
            ++end;
        } else if (text[end] == '"') {
            is_quoted = !is_quoted;
        }
        ++end;
    }
    end = std::min(end, text.size());
    const std::string_view taken = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return trimmed(taken);
}

// "1", "0.5", "0.001": section 12.4.2.
std::optional<std::uint32_t> read_quality(std::string_view text) noexcept {
    constexpr std::size_t kLongest = 5;
    if (text.empty() || text.size() > kLongest || (text[0] != '0' && text[0] != '1') ||
        (text.size() > 1 && text[1] != '.')) {
        return std::nullopt;
    }
    std::uint32_t thousandths = text[0] == '1' ? kQualityMax : 0;
    std::uint32_t place = kQualityMax / 10;
    for (const char c : text.substr(std::min(text.size(), std::size_t{2}))) {
        if (c < '0' || c > '9') {
            return std::nullopt;
        }
        thousandths += static_cast<std::uint32_t>(c - '0') * place;
        place /= 10;
    }
    return thousandths <= kQualityMax ? std::optional(thousandths) : std::nullopt;
}

struct Range {
    std::string_view type;
    std::string_view subtype;
    std::string_view version;  // empty: any
    std::uint32_t quality = kQualityMax;
};

std::optional<Range> read_range(std::string_view text) noexcept {
    std::string_view name = take_until(';', text);
    Range range;
    range.type = take_until('/', name);
    range.subtype = name;
    if (range.type.empty() || range.subtype.empty()) {
        return std::nullopt;
    }
    while (!text.empty()) {
        std::string_view parameter = take_until(';', text);
        const std::string_view key = take_until('=', parameter);
        std::string_view value = trimmed(parameter);
        if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"')) {
            value = value.substr(1, value.size() - 2);
        }
        if (is_same_word(key, "version")) {
            range.version = value;
        } else if (is_same_word(key, "q")) {
            const auto quality = read_quality(value);
            if (!quality) {
                return std::nullopt;
            }
            range.quality = *quality;
        }
    }
    return range;
}

// Of what follows the name of a coding; nothing: malformed.
std::optional<std::uint32_t> read_weight(std::string_view parameters) noexcept {
    if (parameters.empty()) {
        return kQualityMax;
    }
    const std::string_view key = take_until('=', parameters);
    return is_same_word(key, "q") ? read_quality(trimmed(parameters)) : std::nullopt;
}

// 0: it does not fit.
std::uint32_t precision_of(const Range& range, const MediaType& type) noexcept {
    if (!range.version.empty() && range.version != type.version) {
        return 0;
    }
    if (range.type == "*") {
        return range.subtype == "*" ? 1 : 0;
    }
    if (!is_same_word(range.type, type.type)) {
        return 0;
    }
    if (range.subtype == "*") {
        return 2;
    }
    if (!is_same_word(range.subtype, type.subtype)) {
        return 0;
    }
    return range.version.empty() ? 3 : 4;
}

}  // namespace

Preference preference_of(std::string_view accept, const MediaType& type) noexcept {
    if (trimmed(accept).empty()) {
        return {.quality = kQualityMax, .precision = 0};
    }
    Preference best;
    while (!accept.empty()) {
        const auto range = read_range(take_until(',', accept));
        if (!range) {
            continue;
        }
        const std::uint32_t precision = precision_of(*range, type);
        if (precision > best.precision) {
            best = {.quality = range->quality, .precision = precision};
        } else if (precision > 0 && precision == best.precision) {
            best.quality = std::max(best.quality, range->quality);
        }
    }
    return best;
}

bool accepts_coding(std::string_view accept_encoding, std::string_view coding) noexcept {
    std::optional<std::uint32_t> named;
    std::uint32_t any = 0;
    while (!accept_encoding.empty()) {
        std::string_view item = take_until(',', accept_encoding);
        const std::string_view name = take_until(';', item);
        const auto quality = read_weight(item);
        if (!quality) {
            continue;
        }
        if (is_same_word(name, coding)) {
            named = std::max(named.value_or(0), *quality);
        } else if (name == "*") {
            any = *quality;
        }
    }
    return named.value_or(any) > 0;
}

}  // namespace ringside::http
