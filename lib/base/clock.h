// The one notion of time inside the program: monotonic, passed in, never asked for in the core.
#pragma once

#include <chrono>

namespace ringside::base {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using Duration = Clock::duration;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

inline constexpr TimePoint kNever = TimePoint::max();

}  // namespace ringside::base
