#include "base/child_process.h"

#include <fmt/core.h>

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

namespace ringside::base {
namespace {

// The last words of a child that could not become the program.
[[noreturn]] void give_up(int report_fd) {
    const int reason = errno;
    [[maybe_unused]] const ssize_t written = ::write(report_fd, &reason, sizeof reason);
    ::_exit(127);
}

void redirect(int target, const char* path, int flags, int report_fd) {
    const int fd = ::open(path, flags, 0600);
    if (fd < 0 || ::dup2(fd, target) < 0) {
        give_up(report_fd);
    }
}

// Between fork and exec: only async-signal-safe calls, no allocation.
[[noreturn]] void become(const ChildOptions& options, char* const* arguments,
                         char* const* environment, int report_fd) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    constexpr int kAppend = O_WRONLY | O_CREAT | O_APPEND;
    redirect(STDIN_FILENO, "/dev/null", O_RDONLY, report_fd);
    if (!options.output_path.empty()) {
        redirect(STDOUT_FILENO, options.output_path.c_str(), kAppend, report_fd);
    }
    if (!options.error_path.empty()) {
        redirect(STDERR_FILENO, options.error_path.c_str(), kAppend, report_fd);
    }
    ::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
    ::execvpe(arguments[0], arguments, environment);
    give_up(report_fd);
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (std::string& text : texts) {
        result.push_back(text.data());
    }
    return result;
}

// exec's form of the environment: ours, with the additions in place of what they replace.
std::vector<char*> merged_environment(std::vector<std::string>& additions) {
    std::vector<char*> result;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const std::string_view name = text.substr(0, text.find('=') + 1);
        const bool replaced = std::any_of(additions.begin(), additions.end(),
                                          [name](const auto& a) { return a.starts_with(name); });
        if (!replaced) {
            result.push_back(*entry);
        }
    }
    for (char* entry : pointers(additions)) {
        result.push_back(entry);
    }
    result.push_back(nullptr);
    return result;
}

// glibc 2.36 declares pidfd_open() without extern "C", so that C++ cannot link it.
int open_pid_fd(pid_t pid) {
    return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}

Error failure(std::string_view what, int reason) {
    return Error{Errc::io, fmt::format("{}: {}", what, std::strerror(reason))};
}

}  // namespace

Expected<ChildProcess> ChildProcess::start(const ChildOptions& options) {
    std::vector<std::string> command = options.command;
    std::vector<std::string> additions = options.environment;
    std::vector<char*> arguments = pointers(command);
    arguments.push_back(nullptr);
    const std::vector<char*> environment = merged_environment(additions);

    // Closed by a successful exec, else it carries errno.
    int report[2];
    if (::pipe2(report, O_CLOEXEC) != 0) {
        return failure("pipe", errno);
    }
    const pid_t pid = ::fork();
    if (pid == 0) {
        become(options, arguments.data(), environment.data(), report[1]);
    }
    const int fork_errno = errno;
    ::close(report[1]);
    int reason = 0;
    const ssize_t got = pid < 0 ? 0 : ::read(report[0], &reason, sizeof reason);
    ::close(report[0]);
    if (pid < 0) {
        return failure("fork", fork_errno);
    }
    const int pid_fd = open_pid_fd(pid);
    if (got > 0 || pid_fd < 0) {
        const Error error =
            got > 0 ? failure(options.command.front(), reason) : failure("pidfd_open", errno);
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
        if (pid_fd >= 0) {
            ::close(pid_fd);
        }
        return error;
    }
    return ChildProcess(pid, pid_fd);
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pid_fd_(std::exchange(other.pid_fd_, -1)),
      exit_code_(other.exit_code_) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
    ChildProcess gone(std::move(other));
    std::swap(pid_, gone.pid_);
    std::swap(pid_fd_, gone.pid_fd_);
    std::swap(exit_code_, gone.exit_code_);
    return *this;
}

ChildProcess::~ChildProcess() {
    kill();
}

bool ChildProcess::running() noexcept {
    reap(WNOHANG);
    return pid_fd_ >= 0;
}

void ChildProcess::signal(int number) noexcept {
    if (running()) {
        ::kill(pid_, number);  // not reaped yet, so the number cannot be somebody else's
    }
}

void ChildProcess::kill() noexcept {
    signal(SIGKILL);
    reap(0);
}

std::optional<int> ChildProcess::wait(milliseconds limit) noexcept {
    const TimePoint deadline = Clock::now() + limit;
    while (running()) {
        const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
        if (left.count() <= 0) {
            return std::nullopt;
        }
        pollfd ended{.fd = pid_fd_, .events = POLLIN, .revents = 0};
        ::poll(&ended, 1, static_cast<int>(left.count()));
    }
    return exit_code_;
}

void ChildProcess::reap(int wait_options) noexcept {
    if (pid_fd_ < 0) {
        return;
    }
    int status = 0;
    pid_t ended = 0;
    do {
        ended = ::waitpid(pid_, &status, wait_options);
    } while (ended < 0 && errno == EINTR);
    if (ended != pid_) {
        return;
    }
    exit_code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    ::close(pid_fd_);
    pid_fd_ = -1;
}

}  // namespace ringside::base
