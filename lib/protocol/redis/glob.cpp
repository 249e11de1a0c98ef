#include "protocol/redis/glob.h"

#include "protocol/command_index.h"

#include <algorithm>

namespace ringside::protocol {
namespace {

constexpr bool same(char a, char b) noexcept {
    return lower(a) == lower(b);
}

constexpr bool is_between(char c, char first, char last) noexcept {
    const auto [low, high] = std::minmax({lower(first), lower(last)});
    return low <= lower(c) && lower(c) <= high;
}

// `at` is behind the opening bracket, and is moved behind the closing one, which may be missing at
// the end of the pattern.
bool matches_class(std::string_view pattern, std::size_t& at, char c) noexcept {
    const bool inverted = at < pattern.size() && pattern[at] == '^';
    at += inverted ? 1 : 0;
    bool found = false;
    while (at < pattern.size() && pattern[at] != ']') {
        if (pattern[at] == '\\' && at + 1 < pattern.size()) {
            found = found || same(pattern[at + 1], c);
            at += 2;
        } else if (at + 2 < pattern.size() && pattern[at + 1] == '-') {
            found = found || is_between(c, pattern[at], pattern[at + 2]);
            at += 3;
        } else {
            found = found || same(pattern[at], c);
            ++at;
        }
    }
    at = std::min(at + 1, pattern.size());
    return found != inverted;
}

// Anything but an asterisk. Moves `at` behind it. Requires: at < pattern.size().
bool matches_element(std::string_view pattern, std::size_t& at, char c) noexcept {
    if (pattern[at] == '[') {
        return matches_class(pattern, ++at, c);
    }
    if (pattern[at] == '?') {
        ++at;
        return true;
    }
    if (pattern[at] == '\\' && at + 1 < pattern.size()) {
        ++at;
    }
    return same(pattern[at++], c);
}

}  // namespace

// Where an element does not match, only the last asterisk may take one more character: what stood
// before it has matched already, and the shortest way is as good as any.
bool matches_glob(std::string_view pattern, std::string_view text) noexcept {
    std::size_t at = 0;
    std::size_t next = 0;                              // character of the text
    std::size_t behind_star = std::string_view::npos;  // of the pattern
    std::size_t star_end = 0;  // of what the asterisk stands for, in the text
    while (next < text.size()) {
        if (at < pattern.size() && pattern[at] == '*') {
            behind_star = ++at;
            star_end = next;
            continue;
        }
        if (at < pattern.size() && matches_element(pattern, at, text[next])) {
            ++next;
            continue;
        }
        if (behind_star == std::string_view::npos) {
            return false;
        }
        at = behind_star;
        next = ++star_end;
    }
    return pattern.find_first_not_of('*', at) == std::string_view::npos;
}

}  // namespace ringside::protocol
