// Tells when many pools have lost all their nodes at once: the network, not the nodes. Pure.
#pragma once

#include "base/clock.h"

#include <cstddef>

namespace ringside::health {

// A value, owned by the controller.
class MassLoss {
  public:
    // What is lost within so long is lost at once.
    static constexpr base::milliseconds kAtOnce{1'000};

    // A pool has lost the last of its nodes.
    void on_pool_lost(base::TimePoint now) noexcept {
        if (lost_ == 0) {
            tell_at_ = now + kAtOnce;
        }
        ++lost_;
    }

    // When take() may have something; kNever: not before another event.
    base::TimePoint next_deadline() const noexcept { return lost_ == 0 ? base::kNever : tell_at_; }

    // True if it is time to tell that many pools are lost. One alone has told of itself.
    bool take(base::TimePoint now) noexcept {
        if (now < next_deadline()) {
            return false;
        }
        const bool many = lost_ > 1;
        lost_ = 0;
        return many;
    }

  private:
    std::size_t lost_ = 0;  // since a quiet moment
    base::TimePoint tell_at_{};
};

}  // namespace ringside::health
