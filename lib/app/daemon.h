// Going into the background, as nutcracker -d does, with one difference: the process that was
// started waits until the daemon serves, and says so if it does not come to that.
#pragma once

#include "base/expected.h"
#include "io/file_descriptor.h"

#include <string>

namespace ringside::app {

// How the start went, from the daemon to the process that waits for it. Owned by run().
class StartReport {
  public:
    explicit StartReport(io::FileDescriptor pipe) : pipe_(std::move(pipe)) {}

    // The waiting process ends with exit code 0.
    void succeeded();
    // It prints `message` and ends with 1; so it does if this is destroyed without a word.
    void failed(const std::string& message);

  private:
    void send(std::string text);

    io::FileDescriptor pipe_;
};

// Forks twice, so that the daemon leads a session without a terminal and cannot get one
// (daemon(7)), and points standard input, output and error to /dev/null. The working directory
// stays, so that relative paths mean what they say. Returns in the daemon only; the process that
// was started ends with the report, which it prints as `program`.
// Requires: no thread and no event loop yet.
base::Expected<StartReport> become_daemon(const std::string& program);

}  // namespace ringside::app
