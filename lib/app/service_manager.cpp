#include "app/service_manager.h"

#include "app/hand_over.h"
#include "base/command_line.h"
#include "base/log.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

namespace ringside::app {
namespace {

using base::Clock;
using base::log;
using base::LogEvent;

constexpr base::milliseconds kLookInterval{1000};  // of looking what is due

// Longer intervals mean the same as this to us, and times stay far from their end.
constexpr std::uint64_t kWatchdogMax = 86'400'000'000;

// What the end of the process may take beside its drain, before the manager kills it.
constexpr base::milliseconds kEndMargin{5'000};

// Of the line that the manager shows. The rest is cut off.
constexpr std::size_t kStatusBytesMax = 1000;

// Messages that the manager has no room for, and that are sent again. Over it: dropped.
constexpr std::size_t kMessagesMax = 16;

std::uint64_t number_of(const char* text) {
    std::uint64_t number = 0;
    return text != nullptr && base::parse_number(text, std::uint64_t{0}, UINT64_MAX, number)
               ? number
               : 0;
}

// In one line, and UTF-8 to its end, without which systemd does not show it.
std::string status_line(std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    if (text.size() > kStatusBytesMax) {
        std::size_t end = kStatusBytesMax;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
            --end;
        }
        text.resize(end);
    }
    return text;
}

}  // namespace

ServiceManager::Contact ServiceManager::contact(ReadEnvironment environment, pid_t own_pid) {
    const char* const socket = environment("NOTIFY_SOCKET");
    if (socket == nullptr) {
        return {};
    }
    Contact contact{.socket = socket};
    const char* const pid = environment("WATCHDOG_PID");
    if (pid == nullptr || number_of(pid) == static_cast<std::uint64_t>(own_pid)) {
        const std::uint64_t wanted =
            std::min(number_of(environment("WATCHDOG_USEC")), kWatchdogMax);
        contact.watchdog = base::microseconds(wanted);
    }
    return contact;
}

// Half of what is wanted, as sd_watchdog_enabled(3) advises.
ServiceManager::ServiceManager(io::EventLoop& loop, const Contact& contact,
                               std::function<std::string()> summary)
    : timer_(loop),
      summary_(std::move(summary)),
      watchdog_interval_(contact.watchdog / 2),
      contact_(contact) {
    if (contact.socket.empty()) {
        return;
    }
    auto socket = io::NotifySocket::open(contact.socket);
    if (!socket) {
        log().warn({.event = LogEvent::service_manager, .cause = socket.error().message},
                   "NOTIFY_SOCKET: {}; the service manager is told nothing",
                   socket.error().message);
        return;
    }
    socket_.emplace(std::move(*socket));
}

void ServiceManager::on_serving() {
    if (!socket_) {
        return;
    }
    const base::TimePoint now = Clock::now();
    ready_at_ = now + kReadyMax;
    watchdog_at_ = watchdog_interval_.count() > 0 ? now : base::kNever;
    look(now);
    arm();
}

void ServiceManager::arm() {
    base::Duration pause = kLookInterval;
    if (watchdog_interval_.count() > 0) {
        pause = std::min(pause, base::Duration(watchdog_interval_));
    }
    timer_.arm(Clock::now() + pause, [this] {
        look(Clock::now());
        arm();
    });
}

void ServiceManager::look(base::TimePoint now) {
    send_waiting();
    if (now >= ready_at_) {
        on_ready();
    }
    if (now >= watchdog_at_) {
        watchdog_at_ = now + watchdog_interval_;
        send("WATCHDOG=1");
    }
    if (!is_stopping_) {
        tell_status(summary_());
    }
}

void ServiceManager::on_ready() {
    if (!std::exchange(is_ready_told_, true) && !is_stopping_) {
        ready_at_ = base::kNever;
        tell("READY=1");
    }
}

// Before it is ready it cannot be reloading, and must not be told "ready" by the end of it.
void ServiceManager::on_reload_begun() {
    if (is_ready_told_ && !is_stopping_) {
        // Of CLOCK_MONOTONIC, which Clock is.
        const auto now = std::chrono::floor<base::microseconds>(Clock::now().time_since_epoch());
        tell(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", now.count()));
    }
}

void ServiceManager::on_reload_done() {
    if (is_ready_told_ && !is_stopping_) {
        tell("READY=1");
        tell_status(summary_());
    }
}

void ServiceManager::on_stopping(base::milliseconds longest) {
    if (is_stopping_) {
        return;
    }
    is_stopping_ = true;
    ready_at_ = base::kNever;
    const base::microseconds limit = longest + kEndMargin;
    tell(
        fmt::format("STOPPING=1\nEXTEND_TIMEOUT_USEC={}\nSTATUS=told to stop: clients are served "
                    "for up to {} s more",
                    limit.count(), std::chrono::ceil<base::seconds>(longest).count()));
}

std::string ServiceManager::legacy() const {
    return fmt::format("{}{}\n{}{}\n", takeover::kWatchdog, contact_.watchdog.count(),
                       takeover::kNotifySocket, contact_.socket);
}

// The main process itself says who follows: no other is believed (NotifyAccess=main).
void ServiceManager::on_handed_over(pid_t successor) {
    is_stopping_ = true;
    ready_at_ = base::kNever;
    watchdog_at_ = base::kNever;
    tell(fmt::format("MAINPID={}", successor));
}

void ServiceManager::tell_status(const std::string& summary) {
    std::string status = status_line(summary);
    if (status != status_ && waiting_.empty() && send("STATUS=" + status)) {
        status_ = std::move(status);
    }
}

void ServiceManager::tell(std::string lines) {
    if (!socket_) {
        return;
    }
    send_waiting();
    if (waiting_.empty() && send(lines)) {
        return;
    }
    if (waiting_.size() < kMessagesMax) {
        waiting_.push_back(std::move(lines));
    }
}

void ServiceManager::send_waiting() {
    while (!waiting_.empty() && send(waiting_.front())) {
        waiting_.pop_front();
    }
}

bool ServiceManager::send(const std::string& lines) {
    const int error = socket_ ? socket_->send(lines) : 0;
    if (error != 0 && error != EAGAIN && !std::exchange(is_failure_told_, true)) {
        log().warn({.event = LogEvent::service_manager, .cause = std::strerror(error)},
                   "the service manager cannot be told how the process fares: {}; it is tried "
                   "again without further words",
                   std::strerror(error));
    }
    return error == 0;
}

}  // namespace ringside::app
