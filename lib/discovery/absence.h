// For how long is remembered what has left: a node of a pool, or a pool. A pure rule.
//
// For kAbsenceMax, so that what comes back soon is what it was, with its counters and the
// operator's ejection; longer while such an ejection has to hold; and never more at a time than
// there is room (docs/decisions/036-what-is-gone-ends.md).
#pragma once

#include "base/clock.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ringside::discovery {

struct Absence {
    std::uint32_t id = 0;
    base::TimePoint since{};
    // Of the operator's ejections that go with it: the latest end, and whether one has none.
    base::TimePoint held_until{};
    bool is_held_for_ever = false;  // as long as there is room

    // One more ejection; kNever: without an end.
    void hold_until(base::TimePoint end) noexcept;
};

// When it is forgotten if there is room until then; kNever: not before somebody needs the room.
base::TimePoint end_of(const Absence& absence) noexcept;

// Those that are forgotten now: the ones whose time is over; and if more than `room` are left, the
// oldest of them. Those that an ejection with an end still holds are the last to make room.
std::vector<std::uint32_t> forgotten(std::vector<Absence> absences, std::size_t room,
                                     base::TimePoint now);

}  // namespace ringside::discovery
