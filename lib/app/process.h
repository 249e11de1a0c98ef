// What is set once for the whole process, and the signals that steer it.
#pragma once

#include "io/event_loop.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

namespace ringside::app {

// Ignores SIGPIPE: a broken connection is an error value here, and so is a log that cannot be
// written. Has large blocks of memory go back to the system as soon as they are freed. Raises the
// limit of open files to what is allowed; returns that limit.
std::uint64_t prepare_process();

// "SIGTERM"; "a signal" for one that Signals does not report.
std::string_view signal_name(int number) noexcept;

// Calls `on_signal` on the loop's thread for each SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGTTIN,
// SIGTTOU, SIGUSR1 and SIGUSR2 while it lives. Owned by App; at most one at a time.
class Signals {
  public:
    Signals(io::EventLoop& loop, std::function<void(int number)> on_signal);
    ~Signals();

    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace ringside::app
