// Holds changes back a little so that a storm of them becomes one new ring. Pure.
#pragma once

#include "base/clock.h"

#include <optional>

namespace ringside::discovery {

// Rings are not rebuilt more often than this, whatever sources and nodes do.
inline constexpr base::milliseconds kPublishIntervalMin{100};

class PublishGate {
  public:
    // A change waits to be published.
    void request() noexcept { waiting_ = true; }

    // True if a change waits and its time has come: at once after a quiet interval, else when the
    // interval since the last publish is over.
    bool open(base::TimePoint now) const noexcept { return now >= next_deadline(); }

    // Everything that waited was published.
    void on_published(base::TimePoint now) noexcept {
        waiting_ = false;
        last_publish_ = now;
    }

    // When open() will be true; kNever if nothing waits.
    base::TimePoint next_deadline() const noexcept {
        if (!waiting_) {
            return base::kNever;
        }
        return last_publish_ ? *last_publish_ + kPublishIntervalMin : base::TimePoint::min();
    }

  private:
    bool waiting_ = false;
    std::optional<base::TimePoint> last_publish_;
};

}  // namespace ringside::discovery
