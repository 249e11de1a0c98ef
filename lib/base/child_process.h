// A program that we started: ended when its owner goes away, and when this process dies.
#pragma once

#include "base/clock.h"
#include "base/expected.h"

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace ringside::base {

struct ChildOptions {
    // The program, looked up in PATH unless it has a slash, and its arguments.
    std::vector<std::string> command;
    // "NAME=value", added to this process's environment.
    std::vector<std::string> environment;
    // Files that standard output and error are appended to; empty: inherited.
    std::string output_path;
    std::string error_path;
};

// Owned by one object, used by one thread: the one that started it, because the kernel ends the
// child when that thread is gone (prctl(2), PR_SET_PDEATHSIG).
class ChildProcess {
  public:
    // Returns when the program runs or could not be executed. Standard input is empty; no file of
    // this process but standard output and error is inherited.
    static Expected<ChildProcess> start(const ChildOptions& options);

    ChildProcess(ChildProcess&& other) noexcept;
    ChildProcess& operator=(ChildProcess&& other) noexcept;
    ~ChildProcess();  // SIGKILL, then waits for its end

    pid_t pid() const noexcept { return pid_; }

    // False once it has ended; its status is then kept.
    bool running() noexcept;

    // Nothing happens if it has ended.
    void signal(int number) noexcept;
    void kill() noexcept;  // SIGKILL, then waits

    // Its exit code, 128 + n if signal n ended it, or nothing if it runs on after `limit`.
    std::optional<int> wait(milliseconds limit) noexcept;

  private:
    ChildProcess(pid_t pid, int pid_fd) noexcept : pid_(pid), pid_fd_(pid_fd) {}
    void reap(int wait_options) noexcept;

    pid_t pid_ = -1;
    int pid_fd_ = -1;  // readable when the child has ended; -1 after that was noticed
    int exit_code_ = 0;
};

}  // namespace ringside::base
