// Writes the saved state to its file, on a thread of its own: a disk that hangs makes nobody wait,
// and one that is full costs a line in the log.
//
// What waits to be written is the newest state only. One that could not be written is tried again
// until it is, or a newer one has come.
#pragma once

#include "base/clock.h"
#include "discovery/saved_state.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ringside::app {

// In the directory of the configuration (`state_dir`).
inline constexpr std::string_view kStateFileName = "ringside.state";

// Owned by StateKeeper; all but the thread's work is for the control thread.
class StateWriter {
  public:
    struct Facts {
        std::uint64_t writes = 0;
        std::uint64_t failures = 0;
        std::string last_failure = {};  // empty: the last attempt was none
        std::optional<std::chrono::system_clock::time_point> written_at = std::nullopt;
    };

    // `retry`: between two attempts with the same state.
    explicit StateWriter(base::milliseconds retry = base::seconds(10));
    // Waits for nothing: who wants what was pushed flushes before.
    ~StateWriter();

    StateWriter(const StateWriter&) = delete;
    StateWriter& operator=(const StateWriter&) = delete;

    // The thread begins with the first one.
    void push(std::string directory, discovery::SavedState state);
    // True if the last one was written, false if that has failed or not ended in time.
    bool flush(base::milliseconds limit);
    // What waits is not written.
    void drop();
    Facts facts() const;

  private:
    struct Shared;
    std::shared_ptr<Shared> shared_;  // with the thread, which may have to be left behind
};

}  // namespace ringside::app
