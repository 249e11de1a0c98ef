// When the links to a node are replaced that refuses writes as a replica: it
// may be that its name means another node by now, or that another one has its
// address. Pure.
//
// At the first refusal, then not sooner than a while after the time before,
// which doubles while no write is done: for a node that is to be a replica a
// new link every half a minute costs nothing.
//
// A value, owned by the controller's record of the node.
#pragma once

#include "base/clock.h"

namespace ringside::health {

class LinkRenewal {
  public:
    // A write was refused, over links of the latest epoch.
    void on_refused(base::TimePoint now) noexcept;

    // A write was done: nothing is due any more.
    void on_write() noexcept;

    // True if the links shall be replaced now. To be asked after on_refused() and
    // at next_deadline().
    bool take(base::TimePoint now) noexcept;

    // When take() will say yes; kNever if another event has to come first.
    base::TimePoint next_deadline() const noexcept;

  private:
    bool wanted_ = false;
    base::TimePoint not_before_{};
    base::milliseconds pause_{0};
};

}  // namespace ringside::health
