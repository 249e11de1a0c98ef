#include "health/outage.h"

#include <algorithm>

namespace ringside::health {

bool Outage::on_failure(base::TimePoint now) noexcept {
    if (!is_on()) {
        failing_from_ = now;
        failures_ = 0;
    }
    heard_at_ = now;
    ++failures_;
    if (since_) {
        if (answered_) {
            answered_.reset();
            ++relapses_;
        }
        return false;
    }
    const bool soon = last_end_ && now - *last_end_ < kCalm;
    hold_ = soon ? std::clamp(hold_ * 2, kHoldMin, kHoldMax) : base::milliseconds(0);
    since_ = now;
    relapses_ = 0;
    return true;
}

void Outage::on_answer(base::TimePoint now) noexcept {
    if (since_ && !answered_) {
        answered_ = now;
    }
}

std::optional<OutageEnd> Outage::take_end(base::TimePoint now) noexcept {
    if (now < next_deadline()) {
        return std::nullopt;
    }
    const OutageEnd end{*answered_ - *since_, relapses_};
    since_.reset();
    answered_.reset();
    last_end_ = now;
    return end;
}

bool Outage::take_silence(base::TimePoint now) noexcept {
    if (now < next_silence()) {
        return false;
    }
    heard_at_ = now;
    return true;
}

base::TimePoint Outage::next_deadline() const noexcept {
    return answered_ ? *answered_ + hold_ : base::kNever;
}

}  // namespace ringside::health
