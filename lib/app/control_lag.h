// How late the control thread is: each second a timer of its own tells by how much it came too
// late, which is as long as whatever else waited there. Owned by App; control thread only.
#pragma once

#include "base/clock.h"
#include "io/event_loop.h"
#include "metrics/histogram.h"

namespace ringside::app {

class ControlLag {
  public:
    static constexpr base::seconds kInterval{1};

    // `loop` outlives it.
    explicit ControlLag(io::EventLoop& loop);

    metrics::Histogram::Values values() const noexcept { return lateness_.get(); }

  private:
    void arm();

    metrics::Histogram lateness_;
    io::EventLoop::Timer timer_;
};

}  // namespace ringside::app
