#include "app/signal_actions.h"

#include "app/crash_line.h"
#include "app/process.h"
#include "base/clock.h"
#include "base/log.h"

#include <fmt/core.h>

#include <algorithm>
#include <csignal>
#include <string_view>
#include <utility>

namespace ringside::app {

using base::Clock;
using base::log;
using base::LogEvent;

namespace {

// In a function of its own: clang 14's AddressSanitizer takes temporaries with strings in the cases
// of a switch for one that is gone.
void tell(std::string_view name, std::string_view what) {
    log().info({LogEvent::signal}, "{}{}", name, what);
}

}  // namespace

SignalActions::SignalActions(io::EventLoop& loop, std::string log_file, std::uint32_t verbosity,
                             Hooks hooks)
    : log_file_(std::move(log_file)),
      verbosity_(verbosity),
      hooks_(std::move(hooks)),
      reload_timer_(loop) {}

void SignalActions::on_signal(int number) {
    const std::string_view name = signal_name(number);
    switch (number) {
        case SIGHUP:
            reload_gate_.request();
            reload_if_due(name);
            return;
        case SIGTTIN:
            change_verbosity(std::min(verbosity_ + 1, base::kVerbosityMax));
            tell(name, fmt::format(": log level {}", verbosity_));
            return;
        case SIGTTOU:
            tell(name, fmt::format(": log level {}", std::max(verbosity_, 1U) - 1));
            change_verbosity(std::max(verbosity_, 1U) - 1);
            return;
        case SIGUSR1:
        case SIGUSR2:
            tell(name, ": nothing to do");
            return;
        default:  // an int is no enum: what is left are the signals that end the process
            tell(name, "");
            hooks_.stop();
    }
}

void SignalActions::begin_reloads() {
    may_reload_ = true;
    reload_if_due(signal_name(SIGHUP));
}

// Signals that come while the file is loaded, or soon after, open the log and load the file once
// more together.
void SignalActions::reload_if_due(std::string_view trigger) {
    if (!may_reload_) {
        return;
    }
    if (!reload_gate_.open(Clock::now())) {
        reload_timer_.arm(reload_gate_.next_deadline(),
                          [this, trigger] { reload_if_due(trigger); });
        return;
    }
    reopen_log();
    log().info({LogEvent::signal}, "{}: the log is open, the configuration is loaded next",
               trigger);
    hooks_.reload(trigger);
    reload_gate_.on_published(Clock::now());
}

void SignalActions::change_verbosity(std::uint32_t verbosity) {
    verbosity_ = verbosity;
    log().set_level(base::level_of_verbosity(verbosity));
}

void SignalActions::reopen_log() {
    base::Status reopened = leave_crash_line_in(log_file_);
    if (reopened) {
        reopened = log().reopen();
    }
    if (!reopened) {
        log().error({.event = LogEvent::log_file, .cause = reopened.error().message},
                    "{}; lines go on to the old file", reopened.error().message);
    }
}

}  // namespace ringside::app
