#include "app/daemon.h"

#include <fmt/core.h>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace ringside::app {
namespace {

// The whole report of a good start; anything else is why it was none.
constexpr std::string_view kGood = "\n";

base::Error failure(const char* call) {
    return base::Error{base::Errc::io,
                       fmt::format("cannot become a daemon: {}: {}", call, std::strerror(errno))};
}

std::string read_report(const io::FileDescriptor& pipe) {
    std::string report;
    std::array<char, 1024> block{};
    for (;;) {
        const ssize_t size = ::read(pipe.get(), block.data(), block.size());
        if (size > 0) {
            report.append(block.data(), static_cast<std::size_t>(size));
        } else if (size == 0 || errno != EINTR) {
            return report;
        }
    }
}

[[noreturn]] void end_with(const std::string& program, const std::string& report) {
    if (report == kGood) {
        ::_exit(EXIT_SUCCESS);
    }
    const char* reason = report.empty() ? "the daemon ended while it started" : report.c_str();
    std::fprintf(stderr, "%s: %s\n", program.c_str(), reason);
    ::_exit(EXIT_FAILURE);
}

bool leave_terminal() {
    const io::FileDescriptor nowhere(::open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!nowhere) {
        return false;
    }
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::dup2(nowhere.get(), fd) < 0) {
            return false;
        }
    }
    return true;
}

}  // namespace

void StartReport::succeeded() {
    send(std::string(kGood));
}

void StartReport::failed(const std::string& message) {
    send(message);
}

void StartReport::send(std::string text) {
    if (pipe_) {
        // Short enough for the pipe; a reader that has been killed does not matter.
        [[maybe_unused]] const ssize_t sent = ::write(pipe_.get(), text.data(), text.size());
        pipe_ = io::FileDescriptor();
    }
}

base::Expected<StartReport> become_daemon(const std::string& program) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return failure("pipe");
    }
    io::FileDescriptor reader(ends[0]);
    io::FileDescriptor writer(ends[1]);
    const pid_t child = ::fork();
    if (child < 0) {
        return failure("fork");
    }
    if (child > 0) {
        writer = io::FileDescriptor();
        const std::string report = read_report(reader);
        ::waitpid(child, nullptr, 0);
        end_with(program, report);
    }
    reader = io::FileDescriptor();
    StartReport report(std::move(writer));
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGHUP, SIG_IGN);  // sent when the leader of the session ends, below
    const bool leads = ::setsid() >= 0;
    const pid_t grandchild = leads ? ::fork() : -1;
    if (grandchild < 0) {
        report.failed(failure(leads ? "fork" : "setsid").message);
        ::_exit(EXIT_FAILURE);
    }
    if (grandchild > 0) {
        ::_exit(EXIT_SUCCESS);
    }
    std::signal(SIGHUP, SIG_DFL);
    if (!leave_terminal()) {
        report.failed(failure("/dev/null").message);
        ::_exit(EXIT_FAILURE);
    }
    return report;
}

}  // namespace ringside::app
