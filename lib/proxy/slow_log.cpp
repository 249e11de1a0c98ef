#include "proxy/slow_log.h"

namespace ringside::proxy {
namespace {

constexpr base::milliseconds kMinute{60'000};

bool is_faster(const SlowRequest& a, const SlowRequest& b) noexcept {
    return a.took < b.took;
}

}  // namespace

void SlowLog::add(const SlowRequest& request) noexcept {
    if (request.ended >= end_) {
        begin_minute(request.ended);
    }
    Minute& minute = minutes_[current_];
    if (minute.count < kPerMinute) {
        minute.rows[minute.count++] = request;
    } else {
        *std::min_element(minute.rows.begin(), minute.rows.end(), is_faster) = request;
    }
    if (minute.count == kPerMinute) {
        least_ = std::min_element(minute.rows.begin(), minute.rows.end(), is_faster)->took;
    }
}

void SlowLog::begin_minute(base::TimePoint now) noexcept {
    current_ = (current_ + 1) % minutes_.size();
    minutes_[current_].count = 0;
    end_ = now + kMinute;
    least_ = base::Duration{-1};
}

void SlowLog::list(base::TimePoint now, std::vector<SlowRequest>& rows) const {
    for (const Minute& minute : minutes_) {
        std::copy_if(minute.rows.begin(), minute.rows.begin() + static_cast<long>(minute.count),
                     std::back_inserter(rows), [now](const SlowRequest& row) {
                         return now - row.ended <= kMinute * static_cast<int>(kMinutes);
                     });
    }
}

}  // namespace ringside::proxy
