// Which failed attempts to use a node count as failures of it. Pure.
//
// A failure is one failed attempt: a loss with requests under way, a refused dial, the expiry of
// requests. Attempts that overlap in time count once, whichever links and workers they were made
// by: thirty clients that wait for one hung node have learnt one thing, not thirty. An answer of
// the node ends the row (docs/decisions/028-what-counts-as-a-failure.md).
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <limits>

namespace ringside::health {

// From the moment in which somebody began to use the node to that in which it had failed. Times of
// the monotonic clock, which all threads of the process share.
struct Attempt {
    base::TimePoint began{};
    base::TimePoint ended{};
};

// A value: the controller has one for each node, which decides; each worker has another of what it
// has seen itself, so that it reports nothing that cannot count.
class FailureCount {
  public:
    // True if it counts: it shares no moment with the attempt that counted last.
    bool on_failure(const Attempt& attempt) noexcept {
        if (attempt.began < counted_until_ || attempt.ended <= counted_until_) {
            return false;
        }
        counted_until_ = attempt.ended;
        if (in_a_row_ < std::numeric_limits<std::uint32_t>::max()) {
            ++in_a_row_;
        }
        return true;
    }

    void on_answer() noexcept { in_a_row_ = 0; }

    // Another beginning: what began before `now` says nothing of what comes.
    void restart(base::TimePoint now) noexcept { *this = FailureCount(now); }

    std::uint32_t in_a_row() const noexcept { return in_a_row_; }

    FailureCount() noexcept = default;

  private:
    // One tick less, as an attempt may begin and fail in the very moment of the restart.
    explicit FailureCount(base::TimePoint since) noexcept
        : counted_until_(since - base::Duration(1)) {}

    base::TimePoint counted_until_ = base::TimePoint::min();  // end of the one that counted last
    std::uint32_t in_a_row_ = 0;
};

}  // namespace ringside::health
