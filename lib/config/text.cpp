#include "config/text.h"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace ringside::config {
namespace {

constexpr std::size_t kQuotedBytesMax = 80;

// Names further apart than this are not a slip of the finger.
constexpr std::size_t kEditsMax = 2;

// Longer text is no misspelt key, and the distance takes time by the product of the lengths.
constexpr std::size_t kSuggestBytesMax = 64;

bool is_control(char c) noexcept {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

// Levenshtein's distance, one row of the table at a time.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

bool is_between(unsigned char byte, unsigned char low, unsigned char high) noexcept {
    return low <= byte && byte <= high;
}

// The length of the well-formed sequence at the front of `text`, or 0. Requires: !text.empty().
std::size_t sequence_length(std::string_view text) noexcept {
    const auto at = [text](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i])
                               : static_cast<unsigned char>(0);
    };
    const auto is_tail = [&at](std::size_t i) { return is_between(at(i), 0x80, 0xbf); };
    const unsigned char first = at(0);
    if (first < 0x80) {
        return 1;
    }
    if (is_between(first, 0xc2, 0xdf)) {
        return is_tail(1) ? 2 : 0;
    }
    if (is_between(first, 0xe0, 0xef)) {
        const unsigned char low = first == 0xe0 ? 0xa0 : 0x80;   // else overlong
        const unsigned char high = first == 0xed ? 0x9f : 0xbf;  // else a surrogate
        return is_between(at(1), low, high) && is_tail(2) ? 3 : 0;
    }
    if (is_between(first, 0xf0, 0xf4)) {
        const unsigned char low = first == 0xf0 ? 0x90 : 0x80;   // else overlong
        const unsigned char high = first == 0xf4 ? 0x8f : 0xbf;  // else above U+10FFFF
        return is_between(at(1), low, high) && is_tail(2) && is_tail(3) ? 4 : 0;
    }
    return 0;
}

}  // namespace

std::string in_quotes(std::string_view text) {
    std::string result = "\"";
    for (const char c : text.substr(0, kQuotedBytesMax)) {
        if (is_control(c)) {
            result += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        } else {
            result += c;
        }
    }
    return result + (text.size() > kQuotedBytesMax ? "...\"" : "\"");
}

bool has_control_character(std::string_view text) noexcept {
    return std::any_of(text.begin(), text.end(), is_control);
}

bool is_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        const std::size_t length = sequence_length(text);
        if (length == 0) {
            return false;
        }
        text.remove_prefix(length);
    }
    return true;
}

std::string did_you_mean(std::string_view text, std::span<const std::string_view> candidates) {
    if (text.size() > kSuggestBytesMax) {
        return {};
    }
    std::string_view nearest;
    std::size_t edits_min = kEditsMax + 1;
    for (const std::string_view candidate : candidates) {
        const std::size_t edits = edit_distance(text, candidate);
        // A short word is within two edits of almost anything.
        if (edits < edits_min && edits < candidate.size() / 2) {
            edits_min = edits;
            nearest = candidate;
        }
    }
    return nearest.empty() ? std::string() : fmt::format(" (did you mean \"{}\"?)", nearest);
}

}  // namespace ringside::config
