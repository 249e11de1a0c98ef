#include "base/log.h"

#include "base/json_text.h"

#include <fmt/format.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <mutex>
#include <utility>

namespace ringside::base {
namespace {

constexpr const char* kTextPattern = "[%Y-%m-%d %H:%M:%S.%e] [%l] %v";
constexpr const char* kJsonPattern =
    R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":"%v"})";

spdlog::level::level_enum to_spdlog(LogLevel level) {
    switch (level) {
        case LogLevel::debug:
            return spdlog::level::debug;
        case LogLevel::info:
            return spdlog::level::info;
        case LogLevel::warn:
            return spdlog::level::warn;
        case LogLevel::error:
            return spdlog::level::err;
    }
    return spdlog::level::err;
}

void set_pattern(spdlog::logger& logger, LogFormat format) {
    switch (format) {
        case LogFormat::text:
            logger.set_pattern(kTextPattern, spdlog::pattern_time_type::local);
            return;
        case LogFormat::json:
            logger.set_pattern(kJsonPattern, spdlog::pattern_time_type::utc);
            return;
    }
}

std::shared_ptr<spdlog::logger> make_logger(spdlog::sink_ptr sink, LogFormat format) {
    auto logger = std::make_shared<spdlog::logger>("ringside", std::move(sink));
    logger->set_level(spdlog::level::debug);  // Log::level_ has already decided
    logger->flush_on(spdlog::level::debug);
    set_pattern(*logger, format);
    return logger;
}

void escape_controls(fmt::memory_buffer& text) {
    const auto is_control = [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    };
    if (std::none_of(text.begin(), text.end(), is_control)) {
        return;
    }
    fmt::memory_buffer escaped;
    for (const char c : text) {
        if (is_control(c)) {
            fmt::format_to(std::back_inserter(escaped), "\\x{:02x}", static_cast<unsigned char>(c));
        } else {
            escaped.push_back(c);
        }
    }
    text.clear();
    text.append(escaped.begin(), escaped.end());
}

void escape(fmt::memory_buffer& text, LogFormat format) {
    switch (format) {
        case LogFormat::text:
            escape_controls(text);
            return;
        case LogFormat::json:
            const std::string escaped = json_text({text.data(), text.size()});
            text.clear();
            text.append(escaped.data(), escaped.data() + escaped.size());
            return;
    }
}

}  // namespace

LogLevel level_of_verbosity(std::uint32_t verbosity) noexcept {
    // nc_log.h: LOG_ERR is 3, LOG_WARN 4, LOG_INFO 6.
    if (verbosity <= 3) {
        return LogLevel::error;
    }
    if (verbosity == 4) {
        return LogLevel::warn;
    }
    return verbosity <= 6 ? LogLevel::info : LogLevel::debug;
}

std::optional<LogFormat> parse_log_format(std::string_view name) noexcept {
    if (name == "text") {
        return LogFormat::text;
    }
    if (name == "json") {
        return LogFormat::json;
    }
    return std::nullopt;
}

struct Log::Sink {
    std::mutex mutex;  // guards the rest against those who change it while others write
    std::shared_ptr<spdlog::logger> logger;
    std::string path;
    LogFormat format = LogFormat::text;
};

Log::Log() : sink_(std::make_unique<Sink>()) {
    sink_->logger = make_logger(std::make_shared<spdlog::sinks::stderr_sink_mt>(), sink_->format);
}

Log::~Log() = default;

Status Log::open(const std::string& path) {
    try {
        auto file = std::make_shared<spdlog::sinks::basic_file_sink_mt>(path);
        const std::lock_guard lock(sink_->mutex);
        sink_->logger = make_logger(std::move(file), sink_->format);
        sink_->path = path;
        return Done{};
    } catch (const spdlog::spdlog_ex& failure) {
        return Error{Errc::io, fmt::format("log file {}: {}", path, failure.what())};
    }
}

Status Log::reopen() {
    std::string path;
    {
        const std::lock_guard lock(sink_->mutex);
        path = sink_->path;
    }
    return path.empty() ? Status(Done{}) : open(path);
}

void Log::set_format(LogFormat format) {
    const std::lock_guard lock(sink_->mutex);
    sink_->format = format;
    set_pattern(*sink_->logger, format);
}

void Log::write(LogLevel level, fmt::string_view format, fmt::format_args args) {
    fmt::memory_buffer text;
    fmt::vformat_to(std::back_inserter(text), format, args);
    std::shared_ptr<spdlog::logger> logger;
    LogFormat log_format = LogFormat::text;
    {
        const std::lock_guard lock(sink_->mutex);
        logger = sink_->logger;
        log_format = sink_->format;
    }
    escape(text, log_format);
    logger->log(to_spdlog(level), spdlog::string_view_t(text.data(), text.size()));
}

Log& log() {
    static Log instance;
    return instance;
}

}  // namespace ringside::base
