#include "app/crash_line.h"

#include <fmt/core.h>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>

namespace ringside::app {
namespace {

struct CrashSignal {
    int number;
    std::string_view line;
};

constexpr std::array<CrashSignal, 5> kSignals{{
    {SIGSEGV, "signal 11 (SIGSEGV): ringside ends\n"},
    {SIGBUS, "signal 7 (SIGBUS): ringside ends\n"},
    {SIGILL, "signal 4 (SIGILL): ringside ends\n"},
    {SIGFPE, "signal 8 (SIGFPE): ringside ends\n"},
    {SIGABRT, "signal 6 (SIGABRT): ringside ends\n"},
}};
static_assert(SIGSEGV == 11 && SIGBUS == 7 && SIGILL == 4 && SIGFPE == 8 && SIGABRT == 6);

// A signal handler has no other way to know it.
std::atomic<int> crash_fd{STDERR_FILENO};
static_assert(std::atomic<int>::is_always_lock_free);

// Calls only what signal-safety(7) allows.
void on_crash(int number) {
    for (const CrashSignal& signal : kSignals) {
        if (signal.number == number) {
            [[maybe_unused]] const ssize_t written =
                ::write(crash_fd.load(), signal.line.data(), signal.line.size());
        }
    }
    ::raise(number);  // SA_RESETHAND: this time to the default action
}

}  // namespace

base::Status leave_crash_line_in(const std::string& log_file) {
    const int opened = log_file.empty() ? STDERR_FILENO
                                        : ::open(log_file.c_str(),
                                                 O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    const int open_errno = errno;
    const int before = crash_fd.exchange(opened < 0 ? STDERR_FILENO : opened);
    if (before != STDERR_FILENO) {
        ::close(before);
    }
    for (const CrashSignal& signal : kSignals) {
        struct sigaction present {};
        if (::sigaction(signal.number, nullptr, &present) == 0 && present.sa_handler == SIG_DFL) {
            struct sigaction action {};
            action.sa_handler = on_crash;
            action.sa_flags = SA_RESETHAND;
            ::sigaction(signal.number, &action, nullptr);
        }
    }
    if (opened < 0) {
        return base::Error{base::Errc::io, fmt::format("log file {}: cannot be opened: {}",
                                                       log_file, std::strerror(open_errno))};
    }
    return base::Done{};
}

}  // namespace ringside::app
