// Reads a file now, and again whenever it has changed: the question that stays.
//
// A change is told by io/file_watch, which sees a rename and the swap of a mounted ConfigMap at
// once, and by a look at the file once a second, for folders that are not there yet and file
// systems that tell nothing. A file that is being written is not read before it has been left alone
// for a moment: half of a list is a list, too. Control thread only; owned by who asks.
#pragma once

#include "base/clock.h"
#include "base/expected.h"
#include "discovery/source_machine.h"
#include "io/event_loop.h"
#include "io/file_watch.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace ringside::discovery {

class FileReading {
  public:
    // How long a file that was written a moment ago has to stay as it is.
    static constexpr base::milliseconds kQuiet{250};
    // A file that changes at each look is given up after so many of them: it is no list.
    static constexpr int kRestlessLooksMax = 20;
    // Between two looks when nothing is told.
    static constexpr base::milliseconds kLookInterval{1000};

    // The text of the file; of a larger one than wished one byte more. Or why it cannot be read, in
    // a sentence that names it. Called later, once and then for each change; may destroy the
    // FileReading.
    using OnRead = std::function<void(base::Expected<std::string>)>;

    // `loop` outlives it.
    FileReading(io::EventLoop& loop, FileQuestion question, OnRead on_read);
    // Nothing is called afterwards.
    ~FileReading();

    FileReading(const FileReading&) = delete;
    FileReading& operator=(const FileReading&) = delete;

  private:
    // What another content changes, whoever has written it.
    struct Stamp {
        bool is_there = false;  // it can be looked at
        std::uint64_t device = 0, inode = 0, bytes = 0;
        std::int64_t written_s = 0, written_ns = 0;
        std::int64_t changed_s = 0, changed_ns = 0;  // its permissions, too
        bool operator==(const Stamp&) const = default;
    };

    void look();
    void look_in(base::milliseconds pause);
    bool is_quiet(const Stamp& now) const;
    Stamp stamp() const;
    base::Expected<std::string> read() const;

    io::EventLoop& loop_;
    const FileQuestion question_;
    const OnRead on_read_;
    std::unique_ptr<io::FileWatch> watch_;  // null: its folder cannot be watched now
    io::EventLoop::Timer timer_;
    std::optional<Stamp> told_;  // of what was told last
    std::optional<Stamp> seen_;  // at the last look, if it was not told then
    int restless_looks_ = 0;
};

}  // namespace ringside::discovery
