// Decides whether one node is well enough to be on the ring. Pure: no clock, no I/O.
//
//   in_ring --failure_limit failures in a row--> ejected --delay is over--> probing
//      ^                                            ^                          |
//      |                                            +----- probe failed -------+
//      +------------------------------------------------- probe succeeded -----+
//
// A node that the ring cannot do without (max_ejected) is given up all the same, but kept there:
// its requests fail at once, and it is probed without such delays. When there is room it leaves.
//
// A node in the ring is probed as well when it has failed and nobody has asked it since (Outage);
// the answer clears its record, and moves nothing.
//
// The limit, the delay before the first probe and the count that any answer resets are twemproxy's
// (nc_server.c, server_failure). Its return without a probe, which costs user requests in each
// cycle, is not. The delay grows with each failed probe, and for a node that fails again soon after
// its return, so that a flapping node does not churn the ring.
//
// A value, owned by the controller's record of the node.
#pragma once

#include "base/clock.h"
#include "health/failure_count.h"

#include <cstdint>

namespace ringside::health {

// The part of a pool's policy that is about ejection.
struct EjectionPolicy {
    bool auto_eject = false;          // without it failures are counted and nothing else happens
    std::uint32_t failure_limit = 2;  // >= 1
    base::milliseconds retry_timeout{30'000};  // from the ejection to the first probe
    bool may_leave = true;  // the ring can do without one more node (max_ejected)
};

class Ejector {
  public:
    enum class State : std::uint8_t { in_ring, ejected, probing };

    // What an event leads to.
    enum class Change : std::uint8_t {
        none,
        ejected,  // it leaves the ring
        kept,     // it is given up, and stays in the ring
        back,     // it is trusted again, and in the ring
        well,     // it was in the ring, and has answered a probe
    };

    // An attempt to use the node has failed; whether it counts is FailureCount's matter.
    // `random` out of [0, 1) spreads the probes of many processes.
    Change on_failure(const EjectionPolicy& policy, const Attempt& attempt, double random) noexcept;

    // The node answered a request. Says nothing about an ejected node: that is the probe's matter.
    void on_recovered() noexcept;

    // True if the node shall be probed now; the answer is expected at on_probe().
    bool begin_probe(base::TimePoint now) noexcept;

    // In the ring: true if it shall be probed all the same, unless that is under way; the answer is
    // expected at on_probe().
    bool begin_check() noexcept;

    // The probe's outcome.
    Change on_probe(const EjectionPolicy& policy, bool healthy, base::TimePoint now,
                    double random) noexcept;

    // The ring cannot do without it any more. True if it had been off the ring.
    bool keep(base::TimePoint now) noexcept;

    // The node has a new address: what the old one did no longer counts, and an ejected node is
    // probed at once; if it is being probed, when that has ended, as nobody could tell the two
    // answers from each other.
    void on_new_address(base::TimePoint now) noexcept;

    // The node is asked with other settings from now on: one that is out is probed at once. The
    // answer of a probe with the settings before does not come.
    void on_new_settings(base::TimePoint now) noexcept;

    // The delays before further probes grow from this one, whatever they had grown to; a node that
    // is out is probed at once.
    void on_new_retry_timeout(base::milliseconds retry_timeout, base::TimePoint now) noexcept;

    // Back to the ring and to a clean record: the operator's word, or a node that is new again.
    void reset(base::TimePoint now) noexcept {
        *this = Ejector();
        failures_.restart(now);
    }

    State state() const noexcept { return state_; }
    bool is_in_ring() const noexcept { return state_ == State::in_ring || is_kept_; }
    // Given up, but in the ring.
    bool is_kept() const noexcept { return state_ != State::in_ring && is_kept_; }
    // In a row, those of probes included.
    std::uint32_t failures() const noexcept { return failures_.in_a_row(); }

    // When begin_probe() will say yes; kNever unless ejected.
    base::TimePoint next_deadline() const noexcept;

  private:
    void schedule_probe(base::TimePoint now, double random) noexcept;

    State state_ = State::in_ring;
    bool is_kept_ = false;             // of meaning unless it is in_ring
    bool is_checked_ = false;          // a probe of begin_check() is under way
    bool is_asked_elsewhere_ = false;  // the probe under way is at an address that it had before
    FailureCount failures_;
    base::milliseconds delay_{0};  // before the probe that comes next or came last; 0: none yet
    base::TimePoint probe_at_{};
    base::TimePoint returned_at_{};  // meaningful in the ring with a delay_
};

}  // namespace ringside::health
