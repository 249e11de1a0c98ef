#include "health/ejector.h"

#include <gtest/gtest.h>

#include <vector>

namespace ringside::health {
namespace {

using base::milliseconds;
using base::seconds;

constexpr EjectionPolicy kPolicy{
    .auto_eject = true, .failure_limit = 2, .retry_timeout = milliseconds(1000)};
constexpr base::TimePoint kStart{seconds(1000)};

// An ejector whose node was ejected at `now`.
Ejector ejected_at(base::TimePoint now) {
    Ejector ejector;
    ejector.on_failure(kPolicy, now, 0);
    ejector.on_failure(kPolicy, now, 0);
    return ejector;
}

TEST(Ejector, ejects_at_the_limit_of_failures_in_a_row) {
    Ejector ejector;

    EXPECT_FALSE(ejector.on_failure(kPolicy, kStart, 0));
    EXPECT_EQ(ejector.state(), Ejector::State::in_ring);
    EXPECT_TRUE(ejector.on_failure(kPolicy, kStart, 0));

    EXPECT_EQ(ejector.state(), Ejector::State::ejected);
    EXPECT_EQ(ejector.failures(), 2U);
}

TEST(Ejector, an_answer_resets_the_count) {
    Ejector ejector;
    ejector.on_failure(kPolicy, kStart, 0);

    ejector.on_recovered();

    EXPECT_EQ(ejector.failures(), 0U);
    EXPECT_FALSE(ejector.on_failure(kPolicy, kStart, 0));
}

TEST(Ejector, never_ejects_without_auto_eject) {
    EjectionPolicy policy = kPolicy;
    policy.auto_eject = false;
    Ejector ejector;

    for (int i = 0; i < 100; ++i) {
        EXPECT_FALSE(ejector.on_failure(policy, kStart, 0));
    }

    EXPECT_EQ(ejector.state(), Ejector::State::in_ring);
    EXPECT_EQ(ejector.failures(), 100U);
    EXPECT_EQ(ejector.next_deadline(), base::kNever);
}

TEST(Ejector, probes_after_the_retry_timeout_and_not_before) {
    Ejector ejector = ejected_at(kStart);

    EXPECT_EQ(ejector.next_deadline(), kStart + milliseconds(1000));
    EXPECT_FALSE(ejector.begin_probe(kStart + milliseconds(999)));
    EXPECT_TRUE(ejector.begin_probe(kStart + milliseconds(1000)));

    EXPECT_EQ(ejector.state(), Ejector::State::probing);
    EXPECT_FALSE(ejector.begin_probe(kStart + milliseconds(1001)));  // one at a time
}

TEST(Ejector, the_random_number_delays_a_probe_by_less_than_100_ms) {
    Ejector ejector;
    ejector.on_failure(kPolicy, kStart, 0.5);
    ejector.on_failure(kPolicy, kStart, 0.5);

    EXPECT_EQ(ejector.next_deadline(), kStart + milliseconds(1050));
}

TEST(Ejector, a_successful_probe_brings_the_node_back_with_a_clean_count) {
    Ejector ejector = ejected_at(kStart);
    ejector.begin_probe(kStart + seconds(1));

    EXPECT_TRUE(ejector.on_probe(true, kStart + seconds(1), 0));

    EXPECT_EQ(ejector.state(), Ejector::State::in_ring);
    EXPECT_EQ(ejector.failures(), 0U);
    EXPECT_EQ(ejector.next_deadline(), base::kNever);
}

TEST(Ejector, failed_probes_are_repeated_with_growing_delays_up_to_a_minute) {
    Ejector ejector = ejected_at(kStart);
    base::TimePoint now = ejector.next_deadline();
    std::vector<long> delays_ms;

    for (int i = 0; i < 12; ++i) {
        ASSERT_TRUE(ejector.begin_probe(now));
        EXPECT_FALSE(ejector.on_probe(false, now, 0));
        const auto delay = ejector.next_deadline() - now;
        delays_ms.push_back(std::chrono::duration_cast<milliseconds>(delay).count());
        now = ejector.next_deadline();
    }

    EXPECT_EQ(delays_ms, (std::vector<long>{1500, 2250, 3375, 5062, 7593, 11389, 17083, 25624,
                                            38436, 57654, 60000, 60000}));
    EXPECT_EQ(ejector.failures(), 14U);
}

TEST(Ejector, news_from_links_of_an_ejected_node_changes_nothing) {
    Ejector ejector = ejected_at(kStart);

    EXPECT_FALSE(ejector.on_failure(kPolicy, kStart + milliseconds(10), 0));
    ejector.on_recovered();

    EXPECT_EQ(ejector.state(), Ejector::State::ejected);
    EXPECT_EQ(ejector.failures(), 2U);
    EXPECT_EQ(ejector.next_deadline(), kStart + milliseconds(1000));
}

TEST(Ejector, a_node_that_fails_again_soon_after_its_return_stays_out_longer) {
    Ejector ejector = ejected_at(kStart);
    ejector.begin_probe(kStart + seconds(1));
    ejector.on_probe(true, kStart + seconds(1), 0);

    const base::TimePoint again = kStart + milliseconds(1500);
    ejector.on_failure(kPolicy, again, 0);
    EXPECT_TRUE(ejector.on_failure(kPolicy, again, 0));

    EXPECT_EQ(ejector.next_deadline(), again + milliseconds(1500));
}

TEST(Ejector, a_node_that_was_well_for_a_while_starts_over) {
    Ejector ejector = ejected_at(kStart);
    ejector.begin_probe(kStart + seconds(1));
    ejector.on_probe(true, kStart + seconds(1), 0);

    const base::TimePoint again = kStart + seconds(3);
    ejector.on_failure(kPolicy, again, 0);
    ejector.on_failure(kPolicy, again, 0);

    EXPECT_EQ(ejector.next_deadline(), again + milliseconds(1000));
}

TEST(Ejector, a_new_address_is_probed_at_once) {
    Ejector ejector = ejected_at(kStart);

    ejector.on_new_address(kStart + milliseconds(10));

    EXPECT_TRUE(ejector.begin_probe(kStart + milliseconds(10)));
}

TEST(Ejector, the_probe_of_an_old_address_does_not_count_for_the_new_one) {
    Ejector ejector = ejected_at(kStart);
    ejector.begin_probe(kStart + seconds(1));

    ejector.on_new_address(kStart + seconds(1));

    EXPECT_FALSE(ejector.on_probe(true, kStart + seconds(1), 0));
    EXPECT_EQ(ejector.state(), Ejector::State::ejected);
}

TEST(Ejector, a_new_address_wipes_the_failures_of_a_node_in_the_ring) {
    Ejector ejector;
    ejector.on_failure(kPolicy, kStart, 0);

    ejector.on_new_address(kStart);

    EXPECT_FALSE(ejector.on_failure(kPolicy, kStart, 0));
}

TEST(Ejector, a_reset_node_is_in_the_ring_and_a_late_probe_is_ignored) {
    Ejector ejector = ejected_at(kStart);
    ejector.begin_probe(kStart + seconds(1));

    ejector.reset();

    EXPECT_FALSE(ejector.on_probe(false, kStart + seconds(2), 0));
    EXPECT_EQ(ejector.state(), Ejector::State::in_ring);
    EXPECT_EQ(ejector.failures(), 0U);
}

}  // namespace
}  // namespace ringside::health
