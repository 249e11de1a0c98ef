// Holds what a worker reports to what a failure is: an attempt that has begun and ended, and of one
// node no two of them overlap (docs/decisions/028-what-counts-as-a-failure.md).
#pragma once

#include "base/clock.h"
#include "health/health_event.h"
#include "routing/snapshot.h"

#include <cstddef>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::sim {

class FailureCheck {
  public:
    // What is wrong with those that have come since the last call; empty: nothing.
    std::string_view check(const std::vector<health::HealthEvent>& reports, base::TimePoint now) {
        for (; seen_ < reports.size(); ++seen_) {
            const health::HealthEvent& event = reports[seen_];
            if (!is_failure(event.kind) || !event.counts) {
                continue;
            }
            ++failures_;
            if (event.attempt.began > event.attempt.ended || event.attempt.ended > now) {
                return "a failure that has not ended";
            }
            auto [last, is_first] = ends_.try_emplace({event.pool, event.node});
            if (!is_first && event.attempt.began < last->second) {
                return "a failure that overlaps with one that was reported";
            }
            last->second = event.attempt.ended;
        }
        return {};
    }

    std::size_t failures() const noexcept { return failures_; }

  private:
    static bool is_failure(health::HealthKind kind) noexcept {
        return kind != health::HealthKind::recovered && kind != health::HealthKind::readonly &&
               kind != health::HealthKind::writable;
    }

    std::size_t seen_ = 0;
    std::size_t failures_ = 0;
    // When the last failure of each node that was reported had ended.
    std::map<std::pair<routing::PoolId, routing::NodeId>, base::TimePoint> ends_;
};

}  // namespace ringside::sim
