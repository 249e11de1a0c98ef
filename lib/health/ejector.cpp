#include "health/ejector.h"

#include "health/backoff.h"

#include <algorithm>
#include <utility>

namespace ringside::health {
namespace {

constexpr double kProbeDelayFactor = 1.5;
constexpr base::milliseconds kProbeDelayMax{60'000};

// Enough to break the lockstep of sidecars that saw the same node die, too little to be noticed:
// a node is to be back within retry_timeout and 200 ms after it answers again.
constexpr base::milliseconds kProbeJitter{100};

// Between the probes of a node that is kept in the ring: "without pause", and no storm.
constexpr base::milliseconds kKeptProbePause{100};

}  // namespace

Ejector::Change Ejector::on_failure(const EjectionPolicy& policy, const Attempt& attempt,
                                    double random) noexcept {
    if (state_ != State::in_ring) {
        return Change::none;  // late news of links that are going away
    }
    if (!failures_.on_failure(attempt) || !policy.auto_eject || failures() < policy.failure_limit) {
        return Change::none;
    }
    const base::TimePoint now = attempt.ended;
    const bool flaps = delay_.count() > 0 && now - returned_at_ < delay_;
    delay_ = flaps ? grown_delay(delay_, kProbeDelayFactor, kProbeDelayMax)
                   : std::max(policy.retry_timeout, base::milliseconds(1));
    is_kept_ = !policy.may_leave;
    schedule_probe(now, random);
    return is_kept_ ? Change::kept : Change::ejected;
}

void Ejector::on_recovered() noexcept {
    if (state_ == State::in_ring) {
        failures_.on_answer();
    }
}

bool Ejector::begin_probe(base::TimePoint now) noexcept {
    if (now < next_deadline()) {
        return false;
    }
    state_ = State::probing;
    return true;
}

bool Ejector::begin_check() noexcept {
    return state_ == State::in_ring && !std::exchange(is_checked_, true);
}

Ejector::Change Ejector::on_probe(const EjectionPolicy& policy, bool healthy, base::TimePoint now,
                                  double random) noexcept {
    if (is_checked_) {
        is_checked_ = false;
        const bool is_elsewhere = std::exchange(is_asked_elsewhere_, false);
        if (state_ != State::in_ring || is_elsewhere || !healthy) {
            return Change::none;  // one that was ejected meanwhile has a probe of its own to come
        }
        failures_.on_answer();
        return Change::well;
    }
    if (state_ != State::probing) {
        return Change::none;  // restored meanwhile
    }
    if (is_asked_elsewhere_) {
        on_new_settings(now);
        return Change::none;
    }
    if (!healthy) {
        failures_.on_failure({now, now});
        const bool leaves = is_kept_ && policy.auto_eject && policy.may_leave;
        if (leaves) {
            is_kept_ = false;
        } else if (!is_kept_) {
            delay_ = grown_delay(delay_, kProbeDelayFactor, kProbeDelayMax);
        }
        schedule_probe(now, random);
        return leaves ? Change::ejected : Change::none;
    }
    state_ = State::in_ring;
    is_kept_ = false;
    failures_.restart(now);
    returned_at_ = now;
    return Change::back;
}

bool Ejector::keep(base::TimePoint now) noexcept {
    if (is_in_ring()) {
        return false;
    }
    is_kept_ = true;
    probe_at_ = now;  // unless one is under way
    return true;
}

void Ejector::on_new_address(base::TimePoint now) noexcept {
    is_asked_elsewhere_ = is_checked_ || state_ == State::probing;
    if (state_ == State::in_ring) {
        failures_.restart(now);
    } else {
        probe_at_ = now;
    }
}

void Ejector::on_new_settings(base::TimePoint now) noexcept {
    is_checked_ = false;
    is_asked_elsewhere_ = false;
    if (state_ == State::in_ring) {
        failures_.restart(now);
        return;
    }
    state_ = State::ejected;
    probe_at_ = now;
}

void Ejector::on_new_retry_timeout(base::milliseconds retry_timeout, base::TimePoint now) noexcept {
    if (delay_.count() > 0) {
        delay_ = std::max(retry_timeout, base::milliseconds(1));
    }
    if (state_ == State::ejected) {
        probe_at_ = now;
    }
}

base::TimePoint Ejector::next_deadline() const noexcept {
    return state_ == State::ejected && !is_checked_ ? probe_at_ : base::kNever;
}

void Ejector::schedule_probe(base::TimePoint now, double random) noexcept {
    state_ = State::ejected;
    probe_at_ = now + (is_kept_ ? kKeptProbePause : delay_) + jitter(kProbeJitter, random);
}

}  // namespace ringside::health
