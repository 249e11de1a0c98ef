#include "hints.h"

#include "table.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

namespace ringside::ctl {
namespace {

// Nobody mistypes more: the work is the product of the lengths.
constexpr std::size_t kHintedBytesMax = 256;
constexpr std::size_t kLettersOfMistake = 3;
constexpr std::size_t kListedMax = 8;

}  // namespace

// The optimal string alignment distance, row by row.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before_last(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) {
        row[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::swap(before_last, last);
        std::swap(last, row);
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t changed = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, changed});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = std::min(row[j], before_last[j - 2] + 1);
            }
        }
    }
    return row[b.size()];
}

std::string did_you_mean(std::string_view word, std::span<const std::string> known) {
    const std::vector<std::string> longer = begin_with(word, known);
    if (longer.size() == 1 && !word.empty()) {
        return fmt::format("; did you mean '{}'?", printable(longer.front()));
    }
    const std::string* nearest = nullptr;
    std::size_t least = std::numeric_limits<std::size_t>::max();
    for (const std::string& name : known) {
        if (word.size() > kHintedBytesMax || name.size() > kHintedBytesMax) {
            continue;
        }
        const std::size_t distance = edit_distance(word, name);
        const std::size_t most = std::max(word.size(), name.size()) / kLettersOfMistake;
        if (distance <= most && distance < least) {
            nearest = &name;
            least = distance;
        }
    }
    return nearest == nullptr ? std::string()
                              : fmt::format("; did you mean '{}'?", printable(*nearest));
}

std::vector<std::string> begin_with(std::string_view word, std::span<const std::string> known) {
    if (std::find(known.begin(), known.end(), word) != known.end()) {
        return {std::string(word)};
    }
    std::vector<std::string> found;
    std::copy_if(known.begin(), known.end(), std::back_inserter(found),
                 [word](const std::string& name) { return name.starts_with(word); });
    return found;
}

std::string listed(std::span<const std::string> names) {
    std::string text;
    const std::size_t shown = std::min(names.size(), kListedMax);
    for (std::size_t i = 0; i < shown; ++i) {
        const bool is_last = i + 1 == names.size();
        text += fmt::format("{}{}", i == 0 ? "" : is_last ? " and " : ", ", printable(names[i]));
    }
    return names.size() > shown ? text + fmt::format(" and {} more", names.size() - shown) : text;
}

}  // namespace ringside::ctl
