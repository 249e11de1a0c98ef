// Growing delays between repeated attempts. Pure: the random number comes in as an argument.
#pragma once

#include "base/clock.h"

#include <algorithm>

namespace ringside::health {

// `delay` grown by `factor`, but not above `max`. A delay that is above it already stays as it is.
// Requires: factor >= 1.
inline base::milliseconds grown_delay(base::milliseconds delay, double factor,
                                      base::milliseconds max) noexcept {
    const auto grown = base::milliseconds(
        static_cast<base::milliseconds::rep>(static_cast<double>(delay.count()) * factor));
    return std::max(delay, std::min(grown, max));
}

// Spreads attempts of many processes: a part of `width`, by `random` out of [0, 1).
inline base::milliseconds jitter(base::milliseconds width, double random) noexcept {
    return base::milliseconds(
        static_cast<base::milliseconds::rep>(static_cast<double>(width.count()) * random));
}

// `interval` plus or minus up to a tenth of it, by `random` out of [0, 1).
inline base::milliseconds spread_interval(base::milliseconds interval, double random) noexcept {
    return interval - interval / 10 + jitter(interval / 5, random);
}

// The pause before another attempt: anything up to `longest`, so that those who have failed at the
// same moment do not come back at the same moment ("full jitter": M. Brooker, AWS Architecture
// Blog, 2015), but not within kRetryPauseMin, or `longest` if that is less.
inline constexpr base::milliseconds kRetryPauseMin{50};
inline base::milliseconds retry_pause(base::milliseconds longest, double random) noexcept {
    const base::milliseconds least = std::min(kRetryPauseMin, longest);
    return least + jitter(longest - least, random);
}

}  // namespace ringside::health
