// Takes lines of the log to a file, a pipe or a terminal without ever making anybody wait.
//
// A pipe that nobody reads, a disk that hangs or is full must not stop who has something to say:
// lines go into a bounded queue, and a thread of its own writes them. What finds the queue full, or
// cannot be written, is dropped and counted, and the log says so where the gap is.
#pragma once

#include "base/clock.h"
#include "base/expected.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace ringside::base {

// Opens `path` for appending, creating it with mode 0644. Does not wait for the reader of a named
// pipe. The error names the file. The caller closes.
Expected<int> open_log_file(const std::string& path);

// True as soon as `fd` can be written, or writing would fail at once; false if that lasts longer
// than `limit`. May be called by a signal handler.
bool wait_until_writable(int fd, milliseconds limit) noexcept;

// Thread-safe. The thread begins with the first line, so that a process may fork before.
class LogWriter {
  public:
    // The line that tells of a loss, with its end. Called by the writer's thread, also after the
    // writer is gone if it could not end in time: must own what it uses.
    using LossLine = std::function<std::string(std::uint64_t lines, std::string_view reason)>;

    // Writes to stderr until open() names a file.
    explicit LogWriter(LossLine loss_line);
    // Waits until all is written, but no longer than kLogFlushMax.
    ~LogWriter();

    LogWriter(const LogWriter&) = delete;
    LogWriter& operator=(const LogWriter&) = delete;

    // Later lines go to `path`. Earlier ones go where they were meant to, unless that blocks.
    Status open(const std::string& path);

    // `line` ends with a line feed and has no other.
    void push(std::string_view line);

    // True if everything so far was written or dropped, false if that has not happened in time.
    bool flush(milliseconds limit);

    // Whether lines wait to be written. May be called by a signal handler.
    bool has_unwritten() const noexcept;
    // Lines that were dropped since the start.
    std::uint64_t dropped() const noexcept;

  private:
    struct State;
    std::shared_ptr<State> state_;  // shared with the thread, which may have to be left behind
};

}  // namespace ringside::base
