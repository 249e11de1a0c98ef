// Decides whether one node is well enough to be on the ring. Pure: no clock, no I/O.
//
//   in_ring --failure_limit failures in a row--> ejected --delay is over--> probing
//      ^                                            ^                          |
//      |                                            +----- probe failed -------+
//      +------------------------------------------------- probe succeeded -----+
//
// The limit, the delay before the first probe and the count that any answer resets are twemproxy's
// (nc_server.c, server_failure). Its return without a probe, which costs user requests in each
// cycle, is not. The delay grows with each failed probe, and for a node that fails again soon after
// its return, so that a flapping node does not churn the ring.
//
// A value, owned by the controller's record of the node.
#pragma once

#include "base/clock.h"

#include <cstdint>

namespace ringside::health {

// The part of a pool's policy that is about ejection.
struct EjectionPolicy {
    bool auto_eject = false;          // without it failures are counted and nothing else happens
    std::uint32_t failure_limit = 2;  // >= 1
    base::milliseconds retry_timeout{30'000};  // from the ejection to the first probe
};

class Ejector {
  public:
    enum class State : std::uint8_t { in_ring, ejected, probing };

    // The node failed. True if this ejects it. `random` out of [0, 1) spreads the probes of many
    // processes.
    bool on_failure(const EjectionPolicy& policy, base::TimePoint now, double random) noexcept;

    // The node answered a request. Says nothing about an ejected node: that is the probe's matter.
    void on_recovered() noexcept;

    // True if the node shall be probed now; the answer is expected at on_probe().
    bool begin_probe(base::TimePoint now) noexcept;

    // The probe's outcome. True if the node comes back to the ring.
    bool on_probe(bool healthy, base::TimePoint now, double random) noexcept;

    // The node has a new address: what the old one did no longer counts, and an ejected node is
    // probed at once.
    void on_new_address(base::TimePoint now) noexcept;

    // The node is asked with other settings from now on: one that is out is probed at once.
    void on_new_settings(base::TimePoint now) noexcept { on_new_address(now); }

    // Back to the ring and to a clean record: the operator's word, or a node that is new again.
    void reset() noexcept { *this = Ejector(); }

    State state() const noexcept { return state_; }
    std::uint32_t failures() const noexcept { return failures_; }  // in a row, probes included

    // When begin_probe() will say yes; kNever unless ejected.
    base::TimePoint next_deadline() const noexcept;

  private:
    void schedule_probe(base::TimePoint now, double random) noexcept;

    State state_ = State::in_ring;
    std::uint32_t failures_ = 0;
    base::milliseconds delay_{0};  // before the probe that comes next or came last; 0: none yet
    base::TimePoint probe_at_{};
    base::TimePoint returned_at_{};  // meaningful in the ring with a delay_
};

}  // namespace ringside::health
