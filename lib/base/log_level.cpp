#include "base/log_level.h"

namespace ringside::base {

std::string_view to_string(LogLevel level) noexcept {
    switch (level) {
        case LogLevel::debug:
            return "debug";
        case LogLevel::info:
            return "info";
        case LogLevel::warn:
            return "warn";
        case LogLevel::error:
            return "error";
    }
    return "error";
}

std::optional<LogLevel> parse_log_level(std::string_view name) noexcept {
    for (const LogLevel level :
         {LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error}) {
        if (name == to_string(level)) {
            return level;
        }
    }
    return std::nullopt;
}

std::uint32_t verbosity_of(LogLevel level) noexcept {
    std::uint32_t verbosity = 0;
    while (verbosity < kVerbosityMax && level_of_verbosity(verbosity) != level) {
        ++verbosity;
    }
    return verbosity;
}

}  // namespace ringside::base
