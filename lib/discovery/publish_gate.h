// Holds changes back a little so that a storm of them becomes one new ring. Pure.
//
// What clients wait for (a node is dead, or is back) goes through at once, as long as there are not
// many of them: two nodes that die together are two rings, a hundred are a few.
#pragma once

#include "base/clock.h"

#include <algorithm>
#include <optional>

namespace ringside::discovery {

// Rings are not rebuilt more often than this in the long run, whatever sources and nodes do.
inline constexpr base::milliseconds kPublishIntervalMin{100};

// A value. Each publish takes one of kBurst places, and each interval frees one.
class PublishGate {
  public:
    static constexpr int kBurst = 8;

    // A change waits to be published: at once after a quiet interval, else when the interval since
    // the last publish is over.
    void request() noexcept { waiting_ = true; }

    // One waits that needs no quiet interval, only a place.
    void request_at_once() noexcept { waiting_ = urgent_ = true; }

    // True if a change waits and its time has come.
    bool open(base::TimePoint now) const noexcept { return now >= next_deadline(); }

    // Everything that waited was published.
    void on_published(base::TimePoint now) noexcept {
        waiting_ = urgent_ = false;
        last_publish_ = now;
        all_free_at_ = std::max(all_free_at_, now) + kPublishIntervalMin;
    }

    // When open() will be true; kNever if nothing waits.
    base::TimePoint next_deadline() const noexcept {
        if (!waiting_) {
            return base::kNever;
        }
        const base::TimePoint quiet =
            last_publish_ ? *last_publish_ + kPublishIntervalMin : base::TimePoint::min();
        return urgent_ ? std::min(quiet, all_free_at_ - (kBurst - 1) * kPublishIntervalMin) : quiet;
    }

  private:
    bool waiting_ = false;
    bool urgent_ = false;
    std::optional<base::TimePoint> last_publish_;
    base::TimePoint all_free_at_{};
};

}  // namespace ringside::discovery
