// The slowest requests of the last minutes, for whoever asks why something was slow.
//
// A table of so many for each minute: what is faster than all of a full one costs a comparison, and
// nothing allocates. Times are as exact as a turn is short (ARCHITECTURE.md, "The turn"). Owned by
// WorkerState.
#pragma once

#include "base/clock.h"
#include "protocol/outcome.h"
#include "proxy/key_start.h"
#include "routing/snapshot.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace ringside::proxy {

struct SlowRequest {
    base::TimePoint ended{};                 // when the client's answer was complete
    base::Duration took{};                   // since it was understood
    base::TimePoint written = base::kNever;  // when the node had got all of it; kNever: not
    routing::PoolId pool = 0;
    routing::NodeId node = 0;    // the last that it was sent to; 0: none
    std::string_view command{};  // static text
    KeyStart key{};
    protocol::Outcome outcome = protocol::Outcome::ok;
};

class SlowLog {
  public:
    static constexpr std::size_t kMinutes = 5;
    static constexpr std::size_t kPerMinute = 16;

    // Whether a request that has ended now belongs into the table.
    bool wants(base::Duration took, base::TimePoint now) noexcept {
        return took > least_ || now >= end_;
    }
    // Requires: wants().
    void add(const SlowRequest& request) noexcept;

    // Those of the last kMinutes, in no order, added to `rows`.
    void list(base::TimePoint now, std::vector<SlowRequest>& rows) const;

  private:
    struct Minute {
        std::array<SlowRequest, kPerMinute> rows;
        std::size_t count = 0;
    };

    void begin_minute(base::TimePoint now) noexcept;

    std::array<Minute, kMinutes + 1> minutes_;  // the last of them is not over
    std::size_t current_ = 0;
    base::TimePoint end_{};     // of the current one
    base::Duration least_{-1};  // what is not longer has no place any more
};

}  // namespace ringside::proxy
