#include "base/log.h"

#include "base/json_text.h"
#include "base/limits.h"
#include "base/log_writer.h"

#include <fmt/format.h>
#include <spdlog/details/log_msg.h>
#include <spdlog/pattern_formatter.h>

#include <algorithm>
#include <iterator>
#include <mutex>
#include <utility>

namespace ringside::base {
namespace {

constexpr const char* kTextPattern = "[%Y-%m-%d %H:%M:%S.%e] [%l] %v";
constexpr const char* kJsonPattern =
    R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":%v})";

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

std::unique_ptr<spdlog::formatter> make_formatter(LogFormat format) {
    switch (format) {
        case LogFormat::text:
            return std::make_unique<spdlog::pattern_formatter>(kTextPattern,
                                                               spdlog::pattern_time_type::local);
        case LogFormat::json:
            return std::make_unique<spdlog::pattern_formatter>(kJsonPattern,
                                                               spdlog::pattern_time_type::utc);
    }
    return nullptr;
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

// The text as it stands in the pattern: for JSON, with what is known of it behind.
void prepare(fmt::memory_buffer& text, const LogFields* fields, LogFormat format) {
    switch (format) {
        case LogFormat::text:
            escape_controls(text);
            return;
        case LogFormat::json:
            const std::string json =
                fmt::format(R"("{}"{})", json_text({text.data(), text.size()}),
                            fields == nullptr ? std::string() : json_members(*fields));
            text.clear();
            text.append(json.data(), json.data() + json.size());
            return;
    }
}

// How lines look. Thread-safe; shared with the thread that writes, which has lines of its own.
class LineForm {
  public:
    void set(LogFormat format) {
        const std::lock_guard lock(mutex_);
        formatter_ = make_formatter(format);
        format_ = format;
    }

    // Escapes `text` and appends the whole line to `line`.
    void append(LogLevel level, fmt::memory_buffer& text, const LogFields* fields,
                spdlog::memory_buf_t& line) {
        const std::lock_guard lock(mutex_);
        prepare(text, fields, format_);
        formatter_->format({spdlog::string_view_t(), to_spdlog(level), {text.data(), text.size()}},
                           line);
    }

  private:
    std::mutex mutex_;
    LogFormat format_ = LogFormat::text;
    std::unique_ptr<spdlog::formatter> formatter_ = make_formatter(format_);
};

std::string loss_line(LineForm& form, std::uint64_t lines, std::string_view reason) {
    fmt::memory_buffer text;
    fmt::format_to(std::back_inserter(text), "log: {} lines dropped: {}", lines, reason);
    spdlog::memory_buf_t line;
    const LogFields fields{.event = LogEvent::log_lines_dropped};
    form.append(LogLevel::warn, text, &fields, line);
    return fmt::to_string(line);
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
    std::shared_ptr<LineForm> form = std::make_shared<LineForm>();
    LogWriter writer{[form = form](std::uint64_t lines, std::string_view reason) {
        return loss_line(*form, lines, reason);
    }};
    std::mutex mutex;  // guards the path
    std::string path;
};

Log::Log() : sink_(std::make_unique<Sink>()) {}

Log::~Log() = default;

Status Log::open(const std::string& path) {
    if (const Status opened = sink_->writer.open(path); !opened) {
        return opened;
    }
    const std::lock_guard lock(sink_->mutex);
    sink_->path = path;
    return Done{};
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
    sink_->form->set(format);
}

void Log::flush() {
    sink_->writer.flush(kLogFlushMax);
}

bool Log::has_unwritten() const noexcept {
    return sink_->writer.has_unwritten();
}

std::uint64_t Log::dropped_lines() const noexcept {
    return sink_->writer.dropped();
}

void Log::write(LogLevel level, const LogFields* fields, fmt::string_view format,
                fmt::format_args args) {
    fmt::memory_buffer text;
    fmt::vformat_to(std::back_inserter(text), format, args);
    spdlog::memory_buf_t line;
    sink_->form->append(level, text, fields, line);
    sink_->writer.push({line.data(), line.size()});
}

Log& log() {
    static Log instance;
    return instance;
}

}  // namespace ringside::base
