#include "base/log.h"

#include <fmt/format.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <mutex>

namespace ringside::base {
namespace {

constexpr const char* kPattern = "[%Y-%m-%d %H:%M:%S.%e] [%l] %v";

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

std::shared_ptr<spdlog::logger> make_logger(spdlog::sink_ptr sink) {
    auto logger = std::make_shared<spdlog::logger>("ringside", std::move(sink));
    logger->set_level(spdlog::level::debug);  // Log::level_ has already decided
    logger->flush_on(spdlog::level::debug);
    logger->set_pattern(kPattern);
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

}  // namespace

struct Log::Sink {
    std::mutex mutex;  // guards `logger` and `path` against reopen() while others write
    std::shared_ptr<spdlog::logger> logger;
    std::string path;
};

Log::Log() : sink_(std::make_unique<Sink>()) {
    sink_->logger = make_logger(std::make_shared<spdlog::sinks::stderr_sink_mt>());
}

Log::~Log() = default;

Status Log::open(const std::string& path) {
    try {
        auto logger = make_logger(std::make_shared<spdlog::sinks::basic_file_sink_mt>(path));
        const std::lock_guard lock(sink_->mutex);
        sink_->logger = std::move(logger);
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

void Log::write(LogLevel level, fmt::string_view format, fmt::format_args args) {
    if (!enabled(level)) {
        return;
    }
    fmt::memory_buffer text;
    fmt::vformat_to(std::back_inserter(text), format, args);
    escape_controls(text);
    std::shared_ptr<spdlog::logger> logger;
    {
        const std::lock_guard lock(sink_->mutex);
        logger = sink_->logger;
    }
    logger->log(to_spdlog(level), spdlog::string_view_t(text.data(), text.size()));
}

Log& log() {
    static Log instance;
    return instance;
}

}  // namespace ringside::base
