// Programs under test, with what they print.
#pragma once

#include "base/child_process.h"
#include "base/clock.h"
#include "integration/support/temporary_directory.h"

#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::testing {

// How long the harness waits for anything before it gives up: long enough for a sanitizer build on
// a busy machine.
inline constexpr base::seconds kPatience{30};

// A program of this build: "ringside" -> ".../bin/ringside".
std::string program(std::string_view name);

// Runs in the background until stop() or the end of the owner. Must be started by the test's main
// thread: the kernel ends a child together with the thread that started it. If the test has failed
// by the end of the owner, its last errors are shown: a refused connection does not say why.
class Process {
  public:
    // `environment`: "NAME=value", added. Throws std::runtime_error if it cannot be executed.
    explicit Process(std::vector<std::string> command, std::vector<std::string> environment = {});
    ~Process();

    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    pid_t pid() const noexcept { return child_.pid(); }
    bool running() noexcept { return child_.running(); }

    // What it has printed so far.
    std::string output() const;
    std::string errors() const;

    // Until output or errors have `text`, or until `ready` says so. Throws if the program ends
    // first or patience does.
    void wait_for_text(std::string_view text);
    void wait_until(const std::function<bool()>& ready, std::string_view what);

    // Of physical memory in use now.
    std::size_t resident_bytes() const;
    // Descriptors that it has open now.
    std::size_t open_files() const;

    void signal(int number) noexcept { child_.signal(number); }

    // Its exit code, 128 + n for signal n. Throws if it runs on.
    int wait_for_exit(base::milliseconds limit = kPatience);

    // SIGTERM, then its exit code.
    int stop();

  private:
    TemporaryDirectory directory_;
    std::vector<std::string> command_;
    base::ChildProcess child_;
};

struct Outcome {
    int exit_code = 0;
    std::string output;
    std::string errors;
};

// Runs a program to its end.
Outcome run(std::vector<std::string> command, std::vector<std::string> environment = {});

}  // namespace ringside::testing
