// One moment on both clocks: the monotonic one for deadlines, the one on the wall for the eyes of
// people. Whoever talks to people asks for it once and passes it on.
#pragma once

#include "base/clock.h"

#include <chrono>

namespace ringside::base {

struct Moment {
    TimePoint steady;
    std::chrono::system_clock::time_point wall;
};

inline Moment moment_now() {
    return {Clock::now(), std::chrono::system_clock::now()};
}

}  // namespace ringside::base
