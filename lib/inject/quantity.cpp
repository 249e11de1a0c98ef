#include "inject/quantity.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <system_error>

namespace ringside::inject {
namespace {

struct Suffix {
    std::string_view text;
    double factor;
};
constexpr std::array kSuffixes{
    Suffix{"", 1},
    Suffix{"m", 1e-3},
    Suffix{"k", 1e3},
    Suffix{"M", 1e6},
    Suffix{"G", 1e9},
    Suffix{"T", 1e12},
    Suffix{"Ki", 1024.0},
    Suffix{"Mi", 1024.0 * 1024},
    Suffix{"Gi", 1024.0 * 1024 * 1024},
    Suffix{"Ti", 1024.0 * 1024 * 1024 * 1024},
};

// Enough for anything that means well.
constexpr std::size_t kBytesMax = 24;

}  // namespace

std::optional<double> parse_quantity(std::string_view text) noexcept {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
    const std::string_view unit = text.substr(digits);
    const auto suffix = std::find_if(kSuffixes.begin(), kSuffixes.end(),
                                     [unit](const Suffix& each) { return each.text == unit; });
    if (digits == 0 || text.front() == '.' || text[digits - 1] == '.' || text.size() > kBytesMax ||
        suffix == kSuffixes.end()) {
        return std::nullopt;
    }
    double number = 0;
    const char* const end = text.data() + digits;
    const auto [rest, failure] = std::from_chars(text.data(), end, number);
    if (rest != end || failure != std::errc() || number <= 0) {
        return std::nullopt;
    }
    return number * suffix->factor;
}

}  // namespace ringside::inject
