#include "health/ejector.h"

#include <gtest/gtest.h>

#include <vector>

namespace ringside::health {
namespace {

using base::milliseconds;
using base::seconds;
using Change = Ejector::Change;

constexpr EjectionPolicy kPolicy{
    .auto_eject = true, .failure_limit = 2, .retry_timeout = milliseconds(1000)};
constexpr base::TimePoint kStart{seconds(1000)};

// One that takes no time: two of them overlap only if they are at the same moment.
Attempt attempt_at(base::TimePoint when) {
    return {when, when};
}

// `times` attempts in a row, the last one at `now`. True if the last one has ejected the node.
bool fail(Ejector& ejector, base::TimePoint now, int times = 1, double random = 0) {
    for (int i = times; i > 1; --i) {
        EXPECT_EQ(ejector.on_failure(kPolicy, attempt_at(now - base::microseconds(i)), random),
                  Change::none);
    }
    return ejector.on_failure(kPolicy, attempt_at(now), random) == Change::ejected;
}

// An ejector whose node was ejected at `now`.
Ejector ejected_at(base::TimePoint now) {
    Ejector ejector;
    fail(ejector, now, 2);
    return ejector;
}

TEST(Ejector, ejects_at_the_limit_of_failures_in_a_row) {
    Ejector ejector;

    EXPECT_FALSE(fail(ejector, kStart));
    EXPECT_EQ(ejector.state(), Ejector::State::in_ring);
    EXPECT_TRUE(fail(ejector, kStart + milliseconds(1)));

    EXPECT_EQ(ejector.state(), Ejector::State::ejected);
    EXPECT_EQ(ejector.failures(), 2U);
}

TEST(Ejector, an_answer_resets_the_count) {
    Ejector ejector;
    fail(ejector, kStart);

    ejector.on_recovered();

    EXPECT_EQ(ejector.failures(), 0U);
    EXPECT_FALSE(fail(ejector, kStart + milliseconds(1)));
}

TEST(Ejector, never_ejects_without_auto_eject) {
    EjectionPolicy policy = kPolicy;
    policy.auto_eject = false;
    Ejector ejector;

    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(ejector.on_failure(policy, attempt_at(kStart + milliseconds(i)), 0),
                  Change::none);
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
    fail(ejector, kStart, 2, 0.5);

    EXPECT_EQ(ejector.next_deadline(), kStart + milliseconds(1050));
}

TEST(Ejector, a_successful_probe_brings_the_node_back_with_a_clean_count) {
    Ejector ejector = ejected_at(kStart);
    ejector.begin_probe(kStart + seconds(1));

    EXPECT_EQ(ejector.on_probe(kPolicy, true, kStart + seconds(1), 0), Change::back);

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
        EXPECT_EQ(ejector.on_probe(kPolicy, false, now, 0), Change::none);
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

    EXPECT_FALSE(fail(ejector, kStart + milliseconds(10)));
    ejector.on_recovered();

    EXPECT_EQ(ejector.state(), Ejector::State::ejected);
    EXPECT_EQ(ejector.failures(), 2U);
    EXPECT_EQ(ejector.next_deadline(), kStart + milliseconds(1000));
}

TEST(Ejector, a_node_that_fails_again_soon_after_its_return_stays_out_longer) {
    Ejector ejector = ejected_at(kStart);
    ejector.begin_probe(kStart + seconds(1));
    ejector.on_probe(kPolicy, true, kStart + seconds(1), 0);

    const base::TimePoint again = kStart + milliseconds(1500);
    EXPECT_TRUE(fail(ejector, again, 2));

    EXPECT_EQ(ejector.next_deadline(), again + milliseconds(1500));
}

TEST(Ejector, a_node_that_was_well_for_a_while_starts_over) {
    Ejector ejector = ejected_at(kStart);
    ejector.begin_probe(kStart + seconds(1));
    ejector.on_probe(kPolicy, true, kStart + seconds(1), 0);

    const base::TimePoint again = kStart + seconds(3);
    fail(ejector, again, 2);

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

    EXPECT_EQ(ejector.on_probe(kPolicy, true, kStart + seconds(1), 0), Change::none);
    EXPECT_EQ(ejector.state(), Ejector::State::ejected);
}

TEST(Ejector, a_new_address_is_probed_when_the_probe_of_the_old_one_has_ended) {
    const base::TimePoint moved = kStart + seconds(1);
    for (const bool old_is_well : {true, false}) {
        Ejector ejector = ejected_at(kStart);
        ejector.begin_probe(moved);

        ejector.on_new_address(moved);
        EXPECT_FALSE(ejector.begin_probe(moved + milliseconds(1)));
        const base::TimePoint ended = moved + milliseconds(400);
        EXPECT_EQ(ejector.on_probe(kPolicy, old_is_well, ended, 0), Change::none);

        EXPECT_TRUE(ejector.begin_probe(ended));
        EXPECT_EQ(ejector.on_probe(kPolicy, true, ended, 0), Change::back);
    }
}

TEST(Ejector, with_new_settings_no_answer_to_the_old_ones_is_waited_for) {
    Ejector ejector = ejected_at(kStart);
    const base::TimePoint moved = kStart + seconds(1);
    ejector.begin_probe(moved);
    ejector.on_new_address(moved);

    ejector.on_new_settings(moved);

    EXPECT_TRUE(ejector.begin_probe(moved));
    EXPECT_EQ(ejector.on_probe(kPolicy, true, moved, 0), Change::back);
}

TEST(Ejector, a_new_address_wipes_the_failures_of_a_node_in_the_ring) {
    Ejector ejector;
    fail(ejector, kStart);

    ejector.on_new_address(kStart + milliseconds(1));

    EXPECT_FALSE(fail(ejector, kStart + milliseconds(2)));
    EXPECT_EQ(ejector.failures(), 1U);
}

TEST(Ejector, delays_begin_anew_with_another_retry_timeout) {
    Ejector ejector = ejected_at(kStart);
    base::TimePoint now = kStart;
    for (int i = 0; i < 20; ++i) {  // up to a minute
        now = ejector.next_deadline();
        ejector.begin_probe(now);
        ejector.on_probe(kPolicy, false, now, 0);
    }
    EjectionPolicy shorter = kPolicy;
    shorter.retry_timeout = milliseconds(200);

    ejector.on_new_retry_timeout(shorter.retry_timeout, now);

    ASSERT_TRUE(ejector.begin_probe(now));
    ejector.on_probe(shorter, false, now, 0);
    EXPECT_EQ(ejector.next_deadline(), now + milliseconds(300));
}

TEST(Ejector, delays_begin_anew_also_while_a_probe_is_under_way) {
    Ejector ejector = ejected_at(kStart);
    const base::TimePoint now = kStart + seconds(1);
    ASSERT_TRUE(ejector.begin_probe(now));
    EjectionPolicy shorter = kPolicy;
    shorter.retry_timeout = milliseconds(200);

    ejector.on_new_retry_timeout(shorter.retry_timeout, now);

    EXPECT_FALSE(ejector.begin_probe(now)) << "one at a time";
    ejector.on_probe(shorter, false, now, 0);
    EXPECT_EQ(ejector.next_deadline(), now + milliseconds(300));
}

TEST(Ejector, a_reset_node_is_in_the_ring_and_a_late_probe_is_ignored) {
    Ejector ejector = ejected_at(kStart);
    ejector.begin_probe(kStart + seconds(1));

    ejector.reset(kStart + seconds(1));

    EXPECT_EQ(ejector.on_probe(kPolicy, false, kStart + seconds(2), 0), Change::none);
    EXPECT_EQ(ejector.state(), Ejector::State::in_ring);
    EXPECT_EQ(ejector.failures(), 0U);
}

// A node that the ring cannot do without.
class KeptNode : public testing::Test {
  protected:
    KeptNode() {
        needed_.may_leave = false;
        ejector_.on_failure(needed_, attempt_at(kStart - milliseconds(1)), 0);
        change_ = ejector_.on_failure(needed_, attempt_at(kStart), 0);
    }

    EjectionPolicy needed_ = kPolicy;
    Ejector ejector_;
    Change change_;
};

TEST_F(KeptNode, stays_in_the_ring_and_is_probed_each_100_ms) {
    EXPECT_EQ(change_, Change::kept);
    EXPECT_TRUE(ejector_.is_kept());
    EXPECT_TRUE(ejector_.is_in_ring());

    base::TimePoint now = kStart;
    for (int i = 0; i < 20; ++i) {
        now += milliseconds(100);
        ASSERT_TRUE(ejector_.begin_probe(now));
        EXPECT_EQ(ejector_.on_probe(needed_, false, now, 0), Change::none);
    }
    ASSERT_TRUE(ejector_.begin_probe(now + milliseconds(100)));
    EXPECT_EQ(ejector_.on_probe(needed_, true, now + milliseconds(100), 0), Change::back);

    EXPECT_FALSE(ejector_.is_kept());
    EXPECT_EQ(ejector_.failures(), 0U);
}

TEST_F(KeptNode, leaves_when_there_is_room_and_it_still_fails) {
    ASSERT_TRUE(ejector_.begin_probe(kStart + milliseconds(100)));

    EXPECT_EQ(ejector_.on_probe(kPolicy, false, kStart + milliseconds(100), 0), Change::ejected);

    EXPECT_FALSE(ejector_.is_in_ring());
    EXPECT_EQ(ejector_.next_deadline(), kStart + milliseconds(1100));
}

TEST_F(KeptNode, stays_if_nothing_is_to_be_ejected_any_more) {
    EjectionPolicy off = kPolicy;
    off.auto_eject = false;
    ASSERT_TRUE(ejector_.begin_probe(kStart + milliseconds(100)));

    EXPECT_EQ(ejector_.on_probe(off, false, kStart + milliseconds(100), 0), Change::none);

    EXPECT_TRUE(ejector_.is_in_ring());
}

TEST_F(KeptNode, may_be_one_that_had_left) {
    Ejector ejector = ejected_at(kStart);

    EXPECT_TRUE(ejector.keep(kStart + milliseconds(10)));

    EXPECT_TRUE(ejector.is_kept());
    EXPECT_EQ(ejector.next_deadline(), kStart + milliseconds(10));
    EXPECT_FALSE(ejector.keep(kStart + milliseconds(20)));
}

TEST(Ejector, attempts_that_began_before_the_node_came_back_are_of_the_past) {
    Ejector ejector = ejected_at(kStart);
    ejector.begin_probe(kStart + seconds(1));
    ejector.on_probe(kPolicy, true, kStart + seconds(1), 0);

    const Attempt late{kStart + milliseconds(900), kStart + milliseconds(1300)};
    EXPECT_EQ(ejector.on_failure(kPolicy, late, 0), Change::none);

    EXPECT_EQ(ejector.failures(), 0U);
}

TEST(Ejector, a_node_in_the_ring_that_answers_a_probe_has_a_clean_record) {
    Ejector ejector;
    fail(ejector, kStart);

    EXPECT_TRUE(ejector.begin_check());
    EXPECT_FALSE(ejector.begin_check()) << "one at a time";
    EXPECT_EQ(ejector.on_probe(kPolicy, false, kStart + seconds(1), 0), Change::none);
    EXPECT_EQ(ejector.failures(), 1U) << "it may be that only probes fail";
    EXPECT_TRUE(ejector.begin_check());
    EXPECT_EQ(ejector.on_probe(kPolicy, true, kStart + seconds(2), 0), Change::well);

    EXPECT_EQ(ejector.failures(), 0U);
    EXPECT_EQ(ejector.on_probe(kPolicy, true, kStart + seconds(2), 0), Change::none);
}

TEST(Ejector, what_was_asked_before_the_ejection_does_not_end_it) {
    Ejector ejector;
    fail(ejector, kStart);
    ASSERT_TRUE(ejector.begin_check());
    fail(ejector, kStart + milliseconds(1));
    ASSERT_EQ(ejector.state(), Ejector::State::ejected);

    EXPECT_FALSE(ejector.begin_probe(kStart + seconds(2))) << "nobody could tell the answers apart";
    EXPECT_EQ(ejector.next_deadline(), base::kNever);
    EXPECT_EQ(ejector.on_probe(kPolicy, true, kStart + seconds(2), 0), Change::none);

    EXPECT_EQ(ejector.state(), Ejector::State::ejected);
    EXPECT_TRUE(ejector.begin_probe(kStart + seconds(2)));
}

TEST(Ejector, an_address_that_was_asked_and_is_no_longer_the_nodes_clears_nothing) {
    Ejector ejector;
    ASSERT_TRUE(ejector.begin_check());
    ejector.on_new_address(kStart);
    fail(ejector, kStart + milliseconds(1));

    EXPECT_EQ(ejector.on_probe(kPolicy, true, kStart + seconds(1), 0), Change::none);
    EXPECT_EQ(ejector.failures(), 1U);

    ASSERT_TRUE(ejector.begin_check());
    ejector.on_new_settings(kStart + seconds(2));
    EXPECT_TRUE(ejector.begin_check()) << "the answer to the first does not come";
}

}  // namespace
}  // namespace ringside::health
