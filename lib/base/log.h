// The log: one line per event, text chosen so that an operator can act on it.
//
//   log().warn({.event = LogEvent::node_lost, .pool = pool, .node = node, .cause = cause},
//              "pool {}: node {} lost: {}", pool, node, cause);
//
// Thread-safe. Write edges ("lost", "back"), never one line per request; no keys, values or
// secrets above debug. Every line at warn or above has a counter beside it. Nobody waits for a line
// to be written (log_writer.h). spdlog stays in log.cpp.
#pragma once

#include "base/expected.h"
#include "base/log_fields.h"

#include <fmt/core.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ringside::base {

enum class LogLevel : int { debug, info, warn, error };

// nutcracker counts its levels from 0, emergencies, to 11, everything (nc_log.h). Ours are coarser:
// 0..3 error, 4 warn, 5..6 info, 7..11 debug.
inline constexpr std::uint32_t kVerbosityMax = 11;
// Above kVerbosityMax: as kVerbosityMax.
LogLevel level_of_verbosity(std::uint32_t verbosity) noexcept;

// text: "[2024-05-01 12:00:00.123] [info] pool alpha: ...", in local time.
// json: {"time":"2024-05-01T12:00:00.123Z","level":"info","message":"...","event":"node_lost"} and
// further members of LogFields, in UTC.
enum class LogFormat : std::uint8_t { text, json };
std::optional<LogFormat> parse_log_format(std::string_view name) noexcept;

class Log {
  public:
    // Writes to stderr until open() names a file.
    Log();
    ~Log();

    // Lines below this level are dropped before they are formatted: they cost a relaxed load.
    void set_level(LogLevel level) noexcept { level_.store(level, std::memory_order_relaxed); }
    LogLevel level() const noexcept { return level_.load(std::memory_order_relaxed); }
    bool enabled(LogLevel level) const noexcept { return level >= this->level(); }

    // How lines look from now on.
    void set_format(LogFormat format);

    // Appends to the file `path` from now on, creating it with mode 0644.
    Status open(const std::string& path);
    // Opens the same file again, for logrotate. No-op on stderr.
    Status reopen();

    // Waits until all lines are written, but no longer than kLogFlushMax. For the end of the
    // process, and before others write to the same place.
    void flush();
    // Whether lines wait to be written. May be called by a signal handler.
    bool has_unwritten() const noexcept;
    // Lines that could not be written, or not as fast as they came.
    std::uint64_t dropped_lines() const noexcept;

    template <typename... Args>
    void debug(fmt::format_string<Args...> format, const Args&... args) {
        if (enabled(LogLevel::debug)) {
            write(LogLevel::debug, nullptr, format, fmt::make_format_args(args...));
        }
    }
    template <typename... Args>
    void info(const LogFields& fields, fmt::format_string<Args...> format, const Args&... args) {
        if (enabled(LogLevel::info)) {
            write(LogLevel::info, &fields, format, fmt::make_format_args(args...));
        }
    }
    template <typename... Args>
    void warn(const LogFields& fields, fmt::format_string<Args...> format, const Args&... args) {
        if (enabled(LogLevel::warn)) {
            write(LogLevel::warn, &fields, format, fmt::make_format_args(args...));
        }
    }
    template <typename... Args>
    void error(const LogFields& fields, fmt::format_string<Args...> format, const Args&... args) {
        if (enabled(LogLevel::error)) {
            write(LogLevel::error, &fields, format, fmt::make_format_args(args...));
        }
    }

  private:
    // Control characters in the result are escaped: a peer cannot forge a line. `fields`: null,
    // or what it is about.
    void write(LogLevel level, const LogFields* fields, fmt::string_view format,
               fmt::format_args args);

    struct Sink;  // spdlog, and the thread that writes
    std::unique_ptr<Sink> sink_;
    std::atomic<LogLevel> level_{LogLevel::info};
};

// The process's log: the one exception to "no globals", because every layer may have something to
// say and passing it everywhere would hide what an interface is about. The core does without: a
// worker is given its log (proxy::Worker::Options), so that it depends on nothing but its
// arguments.
Log& log();

}  // namespace ringside::base
