#include "discovery/absence.h"

#include "base/limits.h"

#include <algorithm>
#include <iterator>
#include <tuple>

namespace ringside::discovery {

using base::TimePoint;

void Absence::hold_until(TimePoint end) noexcept {
    if (end == base::kNever) {
        is_held_for_ever = true;
    } else {
        held_until = std::max(held_until, end);
    }
}

TimePoint end_of(const Absence& absence) noexcept {
    return absence.is_held_for_ever
               ? base::kNever
               : std::max(absence.since + base::kAbsenceMax, absence.held_until);
}

std::vector<std::uint32_t> forgotten(std::vector<Absence> absences, std::size_t room,
                                     TimePoint now) {
    const auto is_held = [now](const Absence& absence) { return absence.held_until > now; };
    const auto left = std::partition(absences.begin(), absences.end(),
                                     [now](const auto& absence) { return end_of(absence) <= now; });
    const auto count = static_cast<std::size_t>(absences.end() - left);
    auto end = left;  // of those that are forgotten
    if (count > room) {
        end += static_cast<std::ptrdiff_t>(count - room);
        std::nth_element(left, end, absences.end(), [is_held](const Absence& a, const Absence& b) {
            return std::tuple(is_held(a), a.since, a.id) < std::tuple(is_held(b), b.since, b.id);
        });
    }
    std::vector<std::uint32_t> ids;
    std::transform(absences.begin(), end, std::back_inserter(ids),
                   [](const Absence& absence) { return absence.id; });
    return ids;
}

}  // namespace ringside::discovery
