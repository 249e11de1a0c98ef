// How the process ends: what to do when, as a function of time and of what is left to be done.
//
// Pure. During the grace everything goes on as before, so that whoever sends clients here can
// notice and stop. Then nobody else is let in, and the clients that are there are asked to leave;
// when the limit is over the rest is cut off.
// docs/decisions/030-a-drain-answers-what-has-arrived.md
#pragma once

#include "base/clock.h"

#include <cstdint>

namespace ringside::app {

// How long a connection that is being made takes to arrive, once no new ones can begin.
inline constexpr base::milliseconds kLastConnections{20};

enum class DrainStep : std::uint8_t {
    wait,            // look again soon
    stop_listening,  // said once: let no new connection begin
    send_away,       // said once: take the last connections, close the listeners, ask all to leave
    stop,
};

class Drain {
  public:
    struct Times {
        base::milliseconds grace;
        base::milliseconds limit;  // from the end of the grace
    };

    Drain(base::TimePoint begin, const Times& times) noexcept
        : stop_listening_at_(begin + times.grace), stop_at_(stop_listening_at_ + times.limit) {}

    // What to do at `now`. `is_done`: of what clients have asked for nothing is left.
    DrainStep next(base::TimePoint now, bool is_done) noexcept {
        switch (stage_) {
            case Stage::grace:
                if (now < stop_listening_at_) {
                    return DrainStep::wait;
                }
                stage_ = Stage::last_connections;
                send_away_at_ = now + kLastConnections;
                return DrainStep::stop_listening;
            case Stage::last_connections:
                if (now < send_away_at_) {
                    return DrainStep::wait;
                }
                stage_ = Stage::leaving;
                return DrainStep::send_away;
            case Stage::leaving:
                return is_done || now >= stop_at_ ? DrainStep::stop : DrainStep::wait;
        }
        return DrainStep::stop;
    }

  private:
    enum class Stage : std::uint8_t { grace, last_connections, leaving };

    const base::TimePoint stop_listening_at_;
    const base::TimePoint stop_at_;
    base::TimePoint send_away_at_{};
    Stage stage_ = Stage::grace;
};

}  // namespace ringside::app
