#include "health/ejector.h"

#include "health/backoff.h"

#include <algorithm>
#include <limits>

namespace ringside::health {
namespace {

constexpr double kProbeDelayFactor = 1.5;
constexpr base::milliseconds kProbeDelayMax{60'000};

// Enough to break the lockstep of sidecars that saw the same node die, too little to be noticed:
// a node is to be back within retry_timeout and 200 ms after it answers again.
constexpr base::milliseconds kProbeJitter{100};

}  // namespace

bool Ejector::on_failure(const EjectionPolicy& policy, base::TimePoint now,
                         double random) noexcept {
    if (state_ != State::in_ring) {
        return false;  // late news of links that are going away
    }
    if (failures_ < std::numeric_limits<std::uint32_t>::max()) {
        ++failures_;
    }
    if (!policy.auto_eject || failures_ < policy.failure_limit) {
        return false;
    }
    const bool flaps = delay_.count() > 0 && now - returned_at_ < delay_;
    delay_ = flaps ? grown_delay(delay_, kProbeDelayFactor, kProbeDelayMax)
                   : std::max(policy.retry_timeout, base::milliseconds(1));
    schedule_probe(now, random);
    return true;
}

void Ejector::on_recovered() noexcept {
    if (state_ == State::in_ring) {
        failures_ = 0;
    }
}

bool Ejector::begin_probe(base::TimePoint now) noexcept {
    if (state_ != State::ejected || now < probe_at_) {
        return false;
    }
    state_ = State::probing;
    return true;
}

bool Ejector::on_probe(bool healthy, base::TimePoint now, double random) noexcept {
    if (state_ != State::probing) {
        return false;  // restored meanwhile
    }
    if (!healthy) {
        ++failures_;
        delay_ = grown_delay(delay_, kProbeDelayFactor, kProbeDelayMax);
        schedule_probe(now, random);
        return false;
    }
    state_ = State::in_ring;
    failures_ = 0;
    returned_at_ = now;
    return true;
}

void Ejector::on_new_address(base::TimePoint now) noexcept {
    if (state_ == State::in_ring) {
        failures_ = 0;
        return;
    }
    state_ = State::ejected;
    probe_at_ = now;
}

base::TimePoint Ejector::next_deadline() const noexcept {
    return state_ == State::ejected ? probe_at_ : base::kNever;
}

void Ejector::schedule_probe(base::TimePoint now, double random) noexcept {
    state_ = State::ejected;
    probe_at_ = now + delay_ + jitter(kProbeJitter, random);
}

}  // namespace ringside::health
