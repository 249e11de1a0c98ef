#include "proxy/pool_runtime.h"

#include "base/limits.h"

#include <algorithm>

namespace ringside::proxy {

void RedialPacing::on_failure(base::TimePoint now, std::string_view cause,
                              std::uint32_t random) noexcept {
    last_cause_ = cause;
    pause_ = std::clamp(pause_ * 2, base::kReconnectBackoffMin, base::kReconnectBackoffMax);
    // Between half and all of it.
    const auto half_ms = static_cast<std::uint32_t>(pause_.count() / 2);
    next_at_ = now + base::milliseconds(half_ms + random % (half_ms + 1));
}

}  // namespace ringside::proxy
