#include "health/failure_count.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ringside::health {
namespace {

using base::milliseconds;

base::TimePoint at(int ms) {
    return base::TimePoint(milliseconds(ms));
}

// Attempts in the order in which they ended, in milliseconds, and how many of them count.
struct Case {
    std::string name;
    std::vector<std::pair<int, int>> attempts;
    std::uint32_t counted;
};

class FailureCounting : public testing::TestWithParam<Case> {};

TEST_P(FailureCounting, takes_attempts_that_overlap_for_one) {
    FailureCount count;
    std::uint32_t counted = 0;

    for (const auto& [began, ended] : GetParam().attempts) {
        counted += count.on_failure({at(began), at(ended)}) ? 1 : 0;
    }

    EXPECT_EQ(counted, GetParam().counted);
    EXPECT_EQ(count.in_a_row(), GetParam().counted);
}

INSTANTIATE_TEST_SUITE_P(
    Attempts, FailureCounting,
    testing::Values(
        Case{"one_is_one", {{0, 1}}, 1}, Case{"one_behind_the_other_are_two", {{0, 1}, {2, 3}}, 2},
        Case{"one_that_begins_when_the_other_has_ended_is_a_second", {{0, 1}, {1, 2}}, 2},
        Case{"two_workers_refused_in_the_same_moment_are_one", {{10, 12}, {11, 13}}, 1},
        Case{"requests_of_many_clients_that_expire_one_by_one_are_one",
             {{0, 400}, {3, 403}, {150, 550}, {399, 799}},
             1},
        Case{"those_that_were_asked_again_behind_that_are_the_second",
             {{0, 400}, {3, 403}, {400, 800}, {404, 804}},
             2},
        Case{"one_within_another_is_told_late_and_is_none", {{5, 9}, {6, 7}}, 1},
        Case{"a_loss_seen_late_by_a_second_worker_is_none", {{0, 20}, {19, 22}}, 1},
        Case{"overlap_is_with_what_counted_not_with_what_did_not", {{0, 10}, {9, 30}, {10, 31}}, 2},
        Case{"of_no_length_at_different_moments_are_two", {{4, 4}, {5, 5}}, 2},
        Case{"of_no_length_at_the_same_moment_are_one", {{4, 4}, {4, 4}}, 1}),
    [](const auto& instance) { return instance.param.name; });

TEST(FailureCount, an_answer_ends_the_row_and_what_overlaps_with_it_stays_one) {
    FailureCount count;
    count.on_failure({at(0), at(400)});

    count.on_answer();

    EXPECT_EQ(count.in_a_row(), 0U);
    EXPECT_FALSE(count.on_failure({at(100), at(500)})) << "of the same hang";
    EXPECT_TRUE(count.on_failure({at(450), at(850)}));
    EXPECT_EQ(count.in_a_row(), 1U);
}

TEST(FailureCount, a_restart_forgets_what_began_before_it) {
    FailureCount count;
    count.on_failure({at(0), at(1)});

    count.restart(at(10));

    EXPECT_EQ(count.in_a_row(), 0U);
    EXPECT_FALSE(count.on_failure({at(5), at(15)}));
    EXPECT_TRUE(count.on_failure({at(10), at(15)}));
}

}  // namespace
}  // namespace ringside::health
