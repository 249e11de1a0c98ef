#include "health/link_renewal.h"

#include "base/limits.h"

#include <algorithm>

namespace ringside::health {

void LinkRenewal::on_refused(base::TimePoint now) noexcept {
    if (now - not_before_ > base::kReadonlyRedialMax) {
        pause_ = base::milliseconds(0);  // long ago
    }
    wanted_ = true;
}

void LinkRenewal::on_write() noexcept {
    wanted_ = false;
    pause_ = base::milliseconds(0);
}

bool LinkRenewal::take(base::TimePoint now) noexcept {
    if (now < next_deadline()) {
        return false;
    }
    wanted_ = false;
    pause_ = std::clamp(pause_ * 2, base::kReadonlyRedialMin, base::kReadonlyRedialMax);
    not_before_ = now + pause_;
    return true;
}

base::TimePoint LinkRenewal::next_deadline() const noexcept {
    return wanted_ ? not_before_ : base::kNever;
}

}  // namespace ringside::health
