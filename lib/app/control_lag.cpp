#include "app/control_lag.h"

namespace ringside::app {

ControlLag::ControlLag(io::EventLoop& loop) : timer_(loop) {
    arm();
}

void ControlLag::arm() {
    const base::TimePoint due = base::Clock::now() + kInterval;
    timer_.arm(due, [this, due] {
        lateness_.add(base::Clock::now() - due);
        arm();
    });
}

}  // namespace ringside::app
