#include "proxy/link_queue.h"

#include "base/check.h"
#include "base/limits.h"

namespace ringside::proxy {

void LinkQueue::release() noexcept {
    is_held_back_ = false;
    staged_end_ = wire_end_;
}

void LinkQueue::mark_written(base::TimePoint now) noexcept {
    const std::uint64_t end = written_end();
    for (; written_ < places_.size(); ++written_) {
        Owed& owed = places_[written_];
        if (marked_end_ + owed.wire_bytes > end) {
            return;
        }
        marked_end_ += owed.wire_bytes;
        owed.written = now;
        if (owed.is_own()) {
            ++own_.written_places;
            own_.unwritten_bytes -= owed.wire_bytes;
        }
    }
}

bool LinkQueue::has_expired_unwritten() const noexcept {
    for (std::size_t i = written_; i < places_.size() && expired_count_ > 0; ++i) {
        if (places_[i].expired) {
            return true;
        }
    }
    return false;
}

void LinkQueue::limit_deadlines(base::TimePoint limit) noexcept {
    deadlines_ascend_ = true;
    youngest_deadline_ = {};
    for (std::size_t i = 0; i < places_.size(); ++i) {
        Owed& owed = places_[i];
        if (owed.is_own() || owed.expired) {
            continue;
        }
        owed.deadline = std::min(owed.deadline, limit);
        soonest_ = std::min(soonest_, owed.deadline);
        deadlines_ascend_ = deadlines_ascend_ && owed.deadline >= youngest_deadline_;
        youngest_deadline_ = owed.deadline;
    }
}

void LinkQueue::extend_front(base::TimePoint deadline) noexcept {
    steady_until_ = std::max(steady_until_, deadline);
    Owed& front = places_.front();
    if (front.expired || front.deadline >= deadline) {  // kNever too
        return;
    }
    front.deadline = deadline;  // `soonest_` stays a bound
    deadlines_ascend_ = places_.size() == 1;
    youngest_deadline_ = std::max(youngest_deadline_, deadline);
}

bool LinkQueue::is_silent(base::TimePoint now, base::milliseconds grace) const noexcept {
    return expired_count_ > base::kLinkAbandonedMax || now >= silent_from(grace);
}

LinkGauges LinkQueue::gauges() const noexcept {
    const std::size_t written = written_ - own_.written_places;
    const std::size_t asked = places_.size() - own_.places;
    const std::size_t asked_bytes = static_cast<std::size_t>(wire_end_ - gone_end_) - own_.bytes;
    LinkGauges gauges;
    gauges.in_queue = static_cast<std::int64_t>(asked - written);
    gauges.in_queue_bytes =
        static_cast<std::int64_t>(output_.size() - std::min(own_.unwritten_bytes, output_.size()));
    gauges.out_queue = static_cast<std::int64_t>(written);
    // What is answered before it was written is in the output still.
    gauges.out_queue_bytes =
        std::max(std::int64_t{0}, static_cast<std::int64_t>(asked_bytes) - gauges.in_queue_bytes);
    return gauges;
}

void LinkQueue::clear(BufferPool& buffers) noexcept {
    output_.clear();
    buffers.take_back(output_);  // which has lent it; expectations_ has not come from there
    *this = LinkQueue{};
}

}  // namespace ringside::proxy
