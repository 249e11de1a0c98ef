#include "app/crash_line.h"

#include "base/log.h"
#include "base/log_writer.h"

#include <time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <string_view>

namespace ringside::app {
namespace {

struct CrashSignal {
    int number;
    std::string_view line;
};

constexpr auto kSignals = std::to_array<CrashSignal>({
    {SIGSEGV, "signal 11 (SIGSEGV): ringside ends\n"},
    {SIGBUS, "signal 7 (SIGBUS): ringside ends\n"},
    {SIGILL, "signal 4 (SIGILL): ringside ends\n"},
    {SIGFPE, "signal 8 (SIGFPE): ringside ends\n"},
    {SIGABRT, "signal 6 (SIGABRT): ringside ends\n"},
});
static_assert(SIGSEGV == 11 && SIGBUS == 7 && SIGILL == 4 && SIGFPE == 8 && SIGABRT == 6);

// A signal handler has no other way to know it.
std::atomic<int> crash_fd{STDERR_FILENO};
static_assert(std::atomic<int>::is_always_lock_free);

// What was logged last tells most. It is another thread that writes it, unless that is the one that
// crashes.
void wait_for_log() noexcept {
    constexpr int kAttemptsMax = 100;
    constexpr timespec kPause{.tv_sec = 0, .tv_nsec = 1'000'000};
    for (int i = 0; i < kAttemptsMax && base::log().has_unwritten(); ++i) {
        ::nanosleep(&kPause, nullptr);
    }
}

// Calls only what signal-safety(7) allows.
void on_crash(int number) {
    constexpr base::milliseconds kWriteMax{100};
    wait_for_log();
    for (const CrashSignal& signal : kSignals) {
        if (signal.number == number && base::wait_until_writable(crash_fd.load(), kWriteMax)) {
            [[maybe_unused]] const ssize_t written =
                ::write(crash_fd.load(), signal.line.data(), signal.line.size());
        }
    }
    ::raise(number);  // SA_RESETHAND: this time to the default action
}

}  // namespace

base::Status leave_crash_line_in(const std::string& log_file) {
    [[maybe_unused]] const base::Log& opened_before_a_crash = base::log();
    const auto opened =
        log_file.empty() ? base::Expected<int>(STDERR_FILENO) : base::open_log_file(log_file);
    const int before = crash_fd.exchange(opened ? *opened : STDERR_FILENO);
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
    return opened ? base::Status(base::Done{}) : opened.error();
}

}  // namespace ringside::app
