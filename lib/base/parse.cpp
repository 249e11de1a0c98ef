#include "base/parse.h"

#include <array>

namespace ringside::base {

std::optional<std::uint64_t> parse_unsigned(std::string_view text, std::uint64_t min,
                                            std::uint64_t max) noexcept {
    if (text.empty()) {
        return std::nullopt;
    }
    std::uint64_t value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') {
            return std::nullopt;
        }
        const auto digit = static_cast<std::uint64_t>(c - '0');
        if (value > (UINT64_MAX - digit) / 10) {
            return std::nullopt;
        }
        value = value * 10 + digit;
    }
    if (value < min || value > max) {
        return std::nullopt;
    }
    return value;
}

std::optional<milliseconds> parse_duration(std::string_view text, milliseconds bare_unit) noexcept {
    struct Unit {
        std::string_view suffix;
        milliseconds length;
    };
    // "ms" stands before "s" and "m" so that the longest suffix wins.
    static constexpr auto kUnits = std::to_array<Unit>({{"ms", milliseconds(1)},
                                                        {"s", milliseconds(1000)},
                                                        {"m", milliseconds(60'000)},
                                                        {"h", milliseconds(3'600'000)}});
    milliseconds unit = bare_unit;
    for (const Unit& candidate : kUnits) {
        if (text.ends_with(candidate.suffix)) {
            text.remove_suffix(candidate.suffix.size());
            unit = candidate.length;
            break;
        }
    }
    const auto max = static_cast<std::uint64_t>(INT64_MAX / unit.count());
    const auto count = parse_unsigned(text, 0, max);
    if (!count) {
        return std::nullopt;
    }
    return milliseconds(static_cast<std::int64_t>(*count) * unit.count());
}

std::string_view trimmed(std::string_view text) noexcept {
    constexpr std::string_view kBlanks = " \t\r\n";
    const std::size_t first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

}  // namespace ringside::base
