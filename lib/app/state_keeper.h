// Keeps what outlives the process in a file: reads it at start, and has it written when it has
// become another one.
//
// Owned by App; control thread only, which never waits for the disk but at start.
#pragma once

#include "admin/context.h"
#include "app/state_writer.h"
#include "base/clock.h"
#include "discovery/saved_state.h"
#include "io/event_loop.h"

#include <functional>
#include <optional>
#include <string>

namespace ringside::app {

class StateKeeper {
  public:
    // Changes within this are written as one.
    static constexpr base::milliseconds kPause{1000};

    // What is to be kept at this moment.
    using Take = std::function<discovery::SavedState(const base::Moment&)>;

    // `loop` outlives it.
    StateKeeper(io::EventLoop& loop, Take take) : take_(std::move(take)), timer_(loop) {}

    // What the process before has left in this directory; nothing if it has not, or it is of no
    // use. What it is, and why not, is logged. Blocks. At start, once.
    std::optional<discovery::SavedState> read(const std::string& directory);

    // Where it is written from now on; empty: nowhere.
    void set_directory(std::string directory);
    // What is to be kept may have changed.
    void on_change();
    // The process ends: what there is now is written. Waits, but no longer than kStateFlushMax.
    void finish();

    admin::StateView view() const;

  private:
    void write();

    const Take take_;
    io::EventLoop::Timer timer_;
    bool is_due_ = false;  // the timer is armed
    base::TimePoint not_before_{};
    std::string directory_;
    std::string read_;                           // what came of the reading, for people
    std::optional<discovery::SavedState> kept_;  // in the file of directory_, or on its way there
    StateWriter writer_;
};

}  // namespace ringside::app
