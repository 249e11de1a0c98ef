#include "proxy/pool_runtime.h"

#include "base/limits.h"

#include <algorithm>

namespace ringside::proxy {

void RedialPacing::on_failure(const health::Attempt& attempt, std::string_view cause,
                              std::uint32_t unpaced, std::uint32_t random) {
    last_cause_ = cause;
    if (!failures_.on_failure(attempt) || failures_.in_a_row() <= unpaced) {
        return;
    }
    pause_ = std::clamp(pause_ * 2, base::kReconnectBackoffMin, base::kReconnectBackoffMax);
    // Between half and all of it.
    const auto half_ms = static_cast<std::uint32_t>(pause_.count() / 2);
    next_at_ = attempt.ended + base::milliseconds(half_ms + random % (half_ms + 1));
}

void RedialPacing::on_steady_link() noexcept {
    failures_.on_answer();
    pause_ = base::milliseconds(0);
}

void RedialPacing::reset(base::TimePoint now) noexcept {
    failures_.restart(now);
    pause_ = base::milliseconds(0);
    next_at_ = {};
}

}  // namespace ringside::proxy
