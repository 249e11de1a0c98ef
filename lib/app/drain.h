// How the process ends: what to do when, as a function of time and of the clients that are left.
//
// Pure. Listening has stopped when it begins. For a while clients are served as before, so that one
// that is told to go elsewhere can do so in its own time; then they are closed as soon as what they
// have asked for is answered; then the rest is cut off.
#pragma once

#include "base/clock.h"

#include <cstddef>
#include <cstdint>

namespace ringside::app {

// Together less than the 30 s that Kubernetes waits between SIGTERM and SIGKILL by default.
inline constexpr base::seconds kDrainGrace{5};
inline constexpr base::seconds kDrainLimit{10};  // from the end of the grace

enum class DrainStep : std::uint8_t {
    wait,           // look again soon
    close_clients,  // said once
    stop,
};

class Drain {
  public:
    explicit Drain(base::TimePoint begin) noexcept : begin_(begin) {}

    // What to do at `now` with so many clients left.
    DrainStep next(base::TimePoint now, std::size_t clients) noexcept {
        if (clients == 0 || now >= begin_ + kDrainGrace + kDrainLimit) {
            return DrainStep::stop;
        }
        if (!closing_ && now >= begin_ + kDrainGrace) {
            closing_ = true;
            return DrainStep::close_clients;
        }
        return DrainStep::wait;
    }

  private:
    base::TimePoint begin_;
    bool closing_ = false;
};

}  // namespace ringside::app
