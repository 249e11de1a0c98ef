#include "base/deadline_wheel.h"

#include "base/check.h"

#include <algorithm>
#include <bit>

namespace ringside::base {

DeadlineWheel::DeadlineWheel(TimePoint start)
    : start_(start), next_tick_at_(start + kTick), heads_(kSlots, kNone) {}

DeadlineWheel::TimerId DeadlineWheel::add(std::uint64_t cookie) {
    if (free_.empty()) {
        timers_.emplace_back();
        free_.reserve(timers_.capacity());  // so that remove() never allocates
        timers_.back().cookie = cookie;
        return static_cast<TimerId>(timers_.size() - 1);
    }
    const TimerId id = free_.back();
    free_.pop_back();
    timers_[id].cookie = cookie;
    return id;
}

void DeadlineWheel::remove(TimerId id) noexcept {
    cancel(id);
    free_.push_back(id);
}

void DeadlineWheel::arm(TimerId id, TimePoint deadline) noexcept {
    cancel(id);
    timers_[id].tick = std::max(tick_at_or_after(deadline), current_tick_ + 1);
    link(id, static_cast<std::uint32_t>(timers_[id].tick % kSlots));
}

// Rounds up without adding to the deadline, which may be kNever.
std::uint64_t DeadlineWheel::tick_at_or_after(TimePoint deadline) const noexcept {
    if (deadline <= start_) {
        return 0;
    }
    const Duration from_start = deadline - start_;
    const auto whole = static_cast<std::uint64_t>(from_start / kTick);
    return from_start % kTick == Duration::zero() ? whole : whole + 1;
}

void DeadlineWheel::cancel(TimerId id) noexcept {
    if (timers_[id].list != kUnarmed) {
        unlink(id);
    }
}

bool DeadlineWheel::armed(TimerId id) const noexcept {
    return timers_[id].list != kUnarmed;
}

TimePoint DeadlineWheel::next_expiry() const noexcept {
    if (armed_count_ == 0) {
        return kNever;
    }
    // The nearest occupied slot; its timer may belong to a later round, which costs one early wake.
    const std::uint32_t empty = empty_slots_from(current_tick_ + 1);
    return next_tick_at_ + kTick * (empty < kSlots ? empty : 0);  // 0: expired, uncollected
}

// How many slots are empty from that of `tick` on, in the order of time; kSlots if all are.
std::uint32_t DeadlineWheel::empty_slots_from(std::uint64_t tick) const noexcept {
    const auto first = static_cast<std::uint32_t>(tick % kSlots);
    std::uint32_t word = first / kWordBits;
    const std::uint64_t rest = occupied_[word] >> (first % kWordBits);
    if (rest != 0) {
        return static_cast<std::uint32_t>(std::countr_zero(rest));
    }
    if (occupied_words_ == 0) {
        return kSlots;
    }
    // The next word with a bit; behind the last one it goes on with the first, up to this one.
    const std::uint32_t later = occupied_words_ >> (word + 1) << (word + 1);
    word = static_cast<std::uint32_t>(std::countr_zero(later != 0 ? later : occupied_words_));
    const auto bit = static_cast<std::uint32_t>(std::countr_zero(occupied_[word]));
    return (word * kWordBits + bit - first) % kSlots;
}

void DeadlineWheel::mark_occupied(std::uint32_t slot) noexcept {
    occupied_[slot / kWordBits] |= std::uint64_t{1} << (slot % kWordBits);
    occupied_words_ |= 1U << (slot / kWordBits);
}

void DeadlineWheel::mark_empty(std::uint32_t slot) noexcept {
    std::uint64_t& word = occupied_[slot / kWordBits];
    word &= ~(std::uint64_t{1} << (slot % kWordBits));
    if (word == 0) {
        occupied_words_ &= ~(1U << (slot / kWordBits));
    }
}

std::uint32_t& DeadlineWheel::head_of(std::uint32_t list) noexcept {
    return list == kExpired ? expired_head_ : heads_[list];
}

void DeadlineWheel::link(TimerId id, std::uint32_t list) noexcept {
    Timer& timer = timers_[id];
    std::uint32_t& head = head_of(list);
    timer.list = list;
    timer.previous = kNone;
    timer.next = head;
    if (head != kNone) {
        timers_[head].previous = id;
    }
    head = id;
    if (list != kExpired) {
        mark_occupied(list);
    }
    ++armed_count_;
}

void DeadlineWheel::unlink(TimerId id) noexcept {
    Timer& timer = timers_[id];
    DCHECK(timer.list != kUnarmed);
    if (timer.previous != kNone) {
        timers_[timer.previous].next = timer.next;
    } else {
        head_of(timer.list) = timer.next;
        if (timer.next == kNone && timer.list != kExpired) {
            mark_empty(timer.list);
        }
    }
    if (timer.next != kNone) {
        timers_[timer.next].previous = timer.previous;
    }
    timer.list = kUnarmed;
    timer.previous = timer.next = kNone;
    --armed_count_;
}

void DeadlineWheel::collect_expired(TimePoint now) noexcept {
    DCHECK(now >= next_tick_at_);
    const auto target = static_cast<std::uint64_t>((now - start_) / kTick);
    // After a long pause one look at every slot is enough.
    const std::uint64_t steps = std::min<std::uint64_t>(target - current_tick_, kSlots);
    const std::uint64_t first = current_tick_ + 1;
    current_tick_ = target;
    next_tick_at_ = start_ + kTick * static_cast<std::int64_t>(target + 1);
    std::uint64_t step = empty_slots_from(first);
    while (step < steps) {
        std::uint32_t id = heads_[(first + step) % kSlots];
        while (id != kNone) {
            const std::uint32_t next = timers_[id].next;
            if (timers_[id].tick <= target) {
                unlink(id);
                link(id, kExpired);
            }
            id = next;
        }
        ++step;
        step += empty_slots_from(first + step);
    }
}

}  // namespace ringside::base
