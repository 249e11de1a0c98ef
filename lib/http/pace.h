// How far somebody lags behind in taking what is written: who never reads, and who reads so little
// that it comes to the same.
#pragma once

#include "base/clock.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace ringside::http {

// One for each connection. Only time in which a write had to wait counts, not that in which there
// was nothing to write.
class Pace {
  public:
    // What anybody takes who wants the answer.
    static constexpr std::int64_t kBytesPerSecond = 16 << 10;

    // A write waits from now on.
    void begin(base::TimePoint now) noexcept { behind_since_ = now - lag_; }
    // It has got rid of so many bytes.
    void on_taken(std::size_t bytes, base::TimePoint now) noexcept {
        const auto fair =
            base::Duration(base::seconds(1)) * static_cast<std::int64_t>(bytes) / kBytesPerSecond;
        lag_ = std::max(base::Duration(0), now - behind_since_ - fair);
        behind_since_ = now - lag_;
    }
    // Since when nothing has been taken, or as long as would explain the lag. Only while a write
    // waits.
    base::TimePoint behind_since() const noexcept { return behind_since_; }

  private:
    base::TimePoint behind_since_{};
    base::Duration lag_{0};
};

}  // namespace ringside::http
