// Deadlines in O(1): arm, cancel, and one question per turn: who has expired?
//
// A hashed wheel of doubly linked lists (Varghese & Lauck 1987, scheme 6) whose links live in the
// owner's slots, so nothing is allocated after a slot was first used. Deadlines are rounded up to a
// tick; one further away than a full turn of the wheel is simply passed over until its time comes.
// A bit for each slot says whether it has timers, so that a turn does not walk the empty ones.
// Owned by the worker, used by its thread.
#pragma once

#include "base/clock.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace ringside::base {

class DeadlineWheel {
  public:
    // Expiry comes at most one tick late.
    static constexpr milliseconds kTick{5};

    explicit DeadlineWheel(TimePoint start);

    // A slot for one timer, free to arm. Ids are small integers and are reused after remove().
    using TimerId = std::uint32_t;
    TimerId add(std::uint64_t cookie);
    void remove(TimerId id) noexcept;

    // Replaces the timer's deadline if it has one. kNever is allowed and never expires.
    void arm(TimerId id, TimePoint deadline) noexcept;
    void cancel(TimerId id) noexcept;
    bool armed(TimerId id) const noexcept;

    // Calls on_expired(cookie) for each timer whose deadline is <= now, in no particular order;
    // each is disarmed before its call, and the call may add, arm, cancel or remove any timer.
    template <typename OnExpired>
    void advance(TimePoint now, OnExpired&& on_expired) {
        if (now >= next_tick_at_) {  // most turns come within a tick
            collect_expired(now);
        }
        while (expired_head_ != kNone) {
            const TimerId id = expired_head_;
            unlink(id);
            const std::uint64_t cookie = timers_[id].cookie;  // the call may move timers_
            on_expired(cookie);
        }
    }

    // No timer expires before this time; kNever if none is armed. Exact to a tick.
    TimePoint next_expiry() const noexcept;

  private:
    static constexpr std::uint32_t kNone = UINT32_MAX;
    static constexpr std::uint32_t kSlots = 512;
    static constexpr std::uint32_t kWordBits = 64;
    static constexpr std::uint32_t kWords = kSlots / kWordBits;
    static constexpr std::uint32_t kUnarmed = kNone;
    static constexpr std::uint32_t kExpired = kSlots;  // the list number of the expired ones

    struct Timer {
        std::uint64_t cookie = 0;
        std::uint64_t tick = 0;  // expires when the wheel has reached this tick
        std::uint32_t list = kUnarmed;
        std::uint32_t previous = kNone;
        std::uint32_t next = kNone;
    };

    std::uint64_t tick_at_or_after(TimePoint deadline) const noexcept;
    std::uint32_t& head_of(std::uint32_t list) noexcept;
    void link(TimerId id, std::uint32_t list) noexcept;
    void unlink(TimerId id) noexcept;
    void mark_occupied(std::uint32_t slot) noexcept;
    void mark_empty(std::uint32_t slot) noexcept;
    std::uint32_t empty_slots_from(std::uint64_t tick) const noexcept;
    void collect_expired(TimePoint now) noexcept;

    TimePoint start_;
    TimePoint next_tick_at_;          // when current_tick_ is over
    std::uint64_t current_tick_ = 0;  // all timers with tick <= this one have been collected
    std::size_t armed_count_ = 0;
    std::vector<Timer> timers_;
    std::vector<TimerId> free_;
    std::vector<std::uint32_t> heads_;
    std::array<std::uint64_t, kWords> occupied_{};  // bit by slot: its list is not empty
    std::uint32_t occupied_words_ = 0;              // bit by word of occupied_: it is not zero
    std::uint32_t expired_head_ = kNone;
};

}  // namespace ringside::base
