// Ends the process when it is told to: does what Drain says, when it says it.
//
// Owned by App; control thread only.
#pragma once

#include "app/acceptor_set.h"
#include "app/drain.h"
#include "io/event_loop.h"

#include <optional>

namespace ringside::app {

class DrainDriver {
  public:
    // All outlive it. `control` is stopped at the end.
    DrainDriver(io::EventLoop& control, AcceptorSet& acceptors, WorkerThreads& workers);

    void begin(const Drain::Times& times);
    bool has_begun() const noexcept { return drain_.has_value(); }

  private:
    void go_on();
    // Nothing is left to be done for any client.
    bool is_done() const;

    io::EventLoop& control_;
    AcceptorSet& acceptors_;
    WorkerThreads& workers_;
    io::EventLoop::Timer timer_;
    std::optional<Drain> drain_;
};

}  // namespace ringside::app
