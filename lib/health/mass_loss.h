// Tells which losses of nodes are told together: when many are lost at once it is the network, not
// the nodes, and one line says more than many. Pure.
#pragma once

#include "base/clock.h"

namespace ringside::health {

// A value, owned by the controller, for the nodes of all pools.
class MassLoss {
  public:
    // What is lost within so long is lost at once.
    static constexpr base::milliseconds kAtOnce{1'000};

    // A node is lost. True if it is the first for a while: that is told by itself and at once, and
    // what follows within kAtOnce is kept until take().
    bool on_loss(base::TimePoint now) noexcept {
        if (now < quiet_from_) {
            waiting_ = true;
            return false;
        }
        quiet_from_ = now + kAtOnce;
        return true;
    }

    // When take() will have something; kNever: not before another event.
    base::TimePoint next_deadline() const noexcept { return waiting_ ? quiet_from_ : base::kNever; }

    // True if it is time to tell what was kept.
    bool take(base::TimePoint now) noexcept {
        if (now < next_deadline()) {
            return false;
        }
        waiting_ = false;
        return true;
    }

  private:
    bool waiting_ = false;
    base::TimePoint quiet_from_ = base::TimePoint::min();
};

}  // namespace ringside::health
