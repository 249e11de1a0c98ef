#include "discovery/absence.h"

#include "base/limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <vector>

namespace ringside::discovery {
namespace {

using namespace std::chrono_literals;
using base::TimePoint;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr TimePoint kLeft{1000s};
constexpr std::size_t kRoom = 3;

TEST(Absence, is_over_after_its_time) {
    const Absence absence{.id = 1, .since = kLeft};

    EXPECT_EQ(end_of(absence), kLeft + base::kAbsenceMax);
    EXPECT_THAT(forgotten({absence}, kRoom, kLeft + base::kAbsenceMax - 1ms), IsEmpty());
    EXPECT_THAT(forgotten({absence}, kRoom, kLeft + base::kAbsenceMax), ElementsAre(1));
}

TEST(Absence, lasts_as_long_as_an_ejection_that_ends_later) {
    const TimePoint end = kLeft + base::kAbsenceMax + 5h;
    const Absence absence{.id = 1, .since = kLeft, .held_until = end};

    EXPECT_EQ(end_of(absence), end);
    EXPECT_THAT(forgotten({absence}, kRoom, end - 1ms), IsEmpty());
    EXPECT_THAT(forgotten({absence}, kRoom, end), ElementsAre(1));
}

TEST(Absence, is_not_shorter_for_an_ejection_that_ends_sooner) {
    const Absence absence{.id = 1, .since = kLeft, .held_until = kLeft + 1s};

    EXPECT_EQ(end_of(absence), kLeft + base::kAbsenceMax);
}

TEST(Absence, lasts_with_an_ejection_without_an_end_until_others_need_the_room) {
    const Absence ejected{.id = 1, .since = kLeft, .is_held_for_ever = true};
    const TimePoint later = kLeft + 1000h;

    EXPECT_EQ(end_of(ejected), base::kNever);
    EXPECT_THAT(forgotten({ejected}, kRoom, later), IsEmpty());
    EXPECT_THAT(forgotten({{.id = 4, .since = later},
                           {.id = 3, .since = later},
                           ejected,
                           {.id = 2, .since = later}},
                          kRoom, later),
                ElementsAre(1));
}

// A pool may have nodes with an ejection of each kind.
TEST(Absence, is_held_by_an_end_though_another_ejection_has_none) {
    Absence both{.id = 1, .since = kLeft};
    both.hold_until(kLeft + 2h);
    both.hold_until(base::kNever);
    both.hold_until(kLeft + 1h);

    EXPECT_EQ(end_of(both), base::kNever);
    EXPECT_THAT(forgotten({both, {.id = 2, .since = kLeft + 1s}}, 1, kLeft + 30min),
                ElementsAre(2));
    EXPECT_THAT(forgotten({both, {.id = 3, .since = kLeft + 140min}}, 1, kLeft + 150min),
                ElementsAre(1));
}

TEST(Absence, of_the_oldest_makes_room) {
    EXPECT_THAT(forgotten({{.id = 7, .since = kLeft + 2s},
                           {.id = 8, .since = kLeft},
                           {.id = 5, .since = kLeft + 1s},
                           {.id = 9, .since = kLeft + 3s},
                           {.id = 6, .since = kLeft + 1s}},
                          kRoom, kLeft + 4s),
                UnorderedElementsAre(8, 5));
}

TEST(Absence, with_an_ejection_that_lasts_makes_room_last) {
    const Absence held{.id = 1, .since = kLeft, .held_until = kLeft + 1h};
    const Absence held_too{.id = 2, .since = kLeft + 1s, .held_until = kLeft + 1h};

    EXPECT_THAT(forgotten({held, held_too, {.id = 3, .since = kLeft + 2s}}, 2, kLeft + 3s),
                ElementsAre(3));
    EXPECT_THAT(forgotten({held_too, held}, 1, kLeft + 3s), ElementsAre(1));
}

TEST(Absence, that_is_over_takes_no_room) {
    const TimePoint now = kLeft + base::kAbsenceMax;

    EXPECT_THAT(forgotten({{.id = 1, .since = kLeft},
                           {.id = 2, .since = now},
                           {.id = 3, .since = now},
                           {.id = 4, .since = kLeft}},
                          2, now),
                UnorderedElementsAre(1, 4));
}

TEST(Absence, of_nobody_is_no_trouble) {
    EXPECT_THAT(forgotten({}, 0, kLeft), IsEmpty());
}

}  // namespace
}  // namespace ringside::discovery
