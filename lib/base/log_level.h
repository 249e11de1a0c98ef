// Levels of the log by their names, and on nutcracker's scale.
#pragma once

#include "base/log.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace ringside::base {

// "debug", "info", "warn", "error"
std::string_view to_string(LogLevel level) noexcept;
std::optional<LogLevel> parse_log_level(std::string_view name) noexcept;

// The lowest number that means this level (level_of_verbosity()).
std::uint32_t verbosity_of(LogLevel level) noexcept;

}  // namespace ringside::base
