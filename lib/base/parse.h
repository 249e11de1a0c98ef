// Numbers and durations from text: the whole field, in decimal, within a range, or nothing; and the
// blanks around it.
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace ringside::base {

// Digits only (no sign, no blank, no overflow); min <= value <= max.
std::optional<std::uint64_t> parse_unsigned(std::string_view text, std::uint64_t min,
                                            std::uint64_t max) noexcept;

// A number with a unit, "400ms", "2s", "5m", "1h"; a bare number counts in `bare_unit`.
// Nothing if it is malformed or does not fit into milliseconds.
std::optional<milliseconds> parse_duration(std::string_view text, milliseconds bare_unit) noexcept;

// Without the blanks, tabs and ends of lines around it.
std::string_view trimmed(std::string_view text) noexcept;

}  // namespace ringside::base
