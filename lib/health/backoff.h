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

}  // namespace ringside::health
