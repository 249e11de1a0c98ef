// Text that an operator wrote: what it may hold, and how it is shown in messages.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace ringside::config {

// Names of pools and nodes stand in statistics, logs and URLs.
inline constexpr std::size_t kNameBytesMax = 255;

// `"text"` with control characters escaped, cut if it is long: fit for one line of a message.
std::string in_quotes(std::string_view text);

// Bytes below 0x20, and DEL.
bool has_control_character(std::string_view text) noexcept;

// Well-formed UTF-8 without surrogates and overlong forms (Unicode 15, table 3-7).
bool is_utf8(std::string_view text) noexcept;

// ` (did you mean "timeout"?)`, or nothing if no candidate is within two edits.
std::string did_you_mean(std::string_view text, std::span<const std::string_view> candidates);

}  // namespace ringside::config
