#include "base/deadline_wheel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <vector>

namespace ringside::base {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr TimePoint kStart{seconds(1000)};
constexpr milliseconds kTick = DeadlineWheel::kTick;

std::vector<std::uint64_t> expired_at(DeadlineWheel& wheel, TimePoint now) {
    std::vector<std::uint64_t> cookies;
    wheel.advance(now, [&cookies](std::uint64_t cookie) { cookies.push_back(cookie); });
    return cookies;
}

TEST(DeadlineWheel, a_timer_expires_once_and_not_before_its_deadline) {
    DeadlineWheel wheel(kStart);
    const auto id = wheel.add(7);
    wheel.arm(id, kStart + milliseconds(50));

    EXPECT_TRUE(wheel.armed(id));
    EXPECT_THAT(expired_at(wheel, kStart + milliseconds(49)), IsEmpty());
    EXPECT_THAT(expired_at(wheel, kStart + milliseconds(50)), ElementsAre(7));
    EXPECT_FALSE(wheel.armed(id));
    EXPECT_THAT(expired_at(wheel, kStart + seconds(100)), IsEmpty());
}

TEST(DeadlineWheel, a_deadline_between_two_ticks_is_rounded_up) {
    DeadlineWheel wheel(kStart);
    wheel.arm(wheel.add(1), kStart + milliseconds(51));

    EXPECT_THAT(expired_at(wheel, kStart + milliseconds(54)), IsEmpty());
    EXPECT_THAT(expired_at(wheel, kStart + milliseconds(55)), ElementsAre(1));
}

TEST(DeadlineWheel, a_deadline_that_has_passed_expires_with_the_next_tick) {
    DeadlineWheel wheel(kStart);
    static_cast<void>(expired_at(wheel, kStart + seconds(1)));
    wheel.arm(wheel.add(1), kStart + milliseconds(10));
    wheel.arm(wheel.add(2), kStart - seconds(10));
    wheel.arm(wheel.add(3), TimePoint::min());

    EXPECT_THAT(expired_at(wheel, kStart + seconds(1)), IsEmpty());
    EXPECT_THAT(expired_at(wheel, kStart + seconds(1) + kTick), UnorderedElementsAre(1, 2, 3));
}

TEST(DeadlineWheel, arming_again_replaces_the_deadline) {
    DeadlineWheel wheel(kStart);
    const auto id = wheel.add(1);
    wheel.arm(id, kStart + milliseconds(20));

    wheel.arm(id, kStart + milliseconds(100));

    EXPECT_THAT(expired_at(wheel, kStart + milliseconds(99)), IsEmpty());
    EXPECT_THAT(expired_at(wheel, kStart + milliseconds(100)), ElementsAre(1));
}

TEST(DeadlineWheel, a_cancelled_or_removed_timer_does_not_expire) {
    DeadlineWheel wheel(kStart);
    const auto cancelled = wheel.add(1);
    const auto removed = wheel.add(2);
    const auto kept = wheel.add(3);
    for (const auto id : {cancelled, removed, kept}) {
        wheel.arm(id, kStart + milliseconds(20));
    }

    wheel.cancel(cancelled);
    wheel.cancel(cancelled);  // twice does no harm
    wheel.remove(removed);

    EXPECT_FALSE(wheel.armed(cancelled));
    EXPECT_THAT(expired_at(wheel, kStart + seconds(1)), ElementsAre(3));
}

TEST(DeadlineWheel, a_removed_slot_is_reused_with_its_new_cookie) {
    DeadlineWheel wheel(kStart);
    const auto first = wheel.add(1);
    wheel.arm(first, kStart + milliseconds(20));
    wheel.remove(first);

    const auto second = wheel.add(2);
    EXPECT_EQ(second, first);
    EXPECT_FALSE(wheel.armed(second));
    wheel.arm(second, kStart + milliseconds(20));

    EXPECT_THAT(expired_at(wheel, kStart + seconds(1)), ElementsAre(2));
}

TEST(DeadlineWheel, a_deadline_beyond_one_turn_of_the_wheel_waits_for_its_round) {
    DeadlineWheel wheel(kStart);
    wheel.arm(wheel.add(1), kStart + seconds(30));
    TimePoint now = kStart;

    for (; now < kStart + seconds(30); now += milliseconds(7)) {
        ASSERT_THAT(expired_at(wheel, now), IsEmpty());
    }

    EXPECT_THAT(expired_at(wheel, kStart + seconds(30)), ElementsAre(1));
}

TEST(DeadlineWheel, one_long_pause_expires_all_that_is_due_and_nothing_else) {
    DeadlineWheel wheel(kStart);
    wheel.arm(wheel.add(1), kStart + milliseconds(5));
    wheel.arm(wheel.add(2), kStart + seconds(59));
    wheel.arm(wheel.add(3), kStart + seconds(61));

    EXPECT_THAT(expired_at(wheel, kStart + seconds(60)), UnorderedElementsAre(1, 2));
    EXPECT_THAT(expired_at(wheel, kStart + seconds(61)), ElementsAre(3));
}

TEST(DeadlineWheel, a_timer_armed_for_never_does_not_expire) {
    DeadlineWheel wheel{TimePoint{}};
    const auto id = wheel.add(1);
    wheel.arm(id, kNever);

    EXPECT_THAT(expired_at(wheel, TimePoint{} + std::chrono::hours(24 * 365)), IsEmpty());
    EXPECT_TRUE(wheel.armed(id));
}

TEST(DeadlineWheel, time_that_stands_still_or_goes_back_expires_nothing) {
    DeadlineWheel wheel(kStart);
    wheel.arm(wheel.add(1), kStart + milliseconds(20));

    EXPECT_THAT(expired_at(wheel, kStart - seconds(1)), IsEmpty());
    EXPECT_THAT(expired_at(wheel, kStart), IsEmpty());
    EXPECT_THAT(expired_at(wheel, kStart + milliseconds(15)), IsEmpty());
    EXPECT_THAT(expired_at(wheel, kStart + milliseconds(5)), IsEmpty());
    EXPECT_THAT(expired_at(wheel, kStart + milliseconds(20)), ElementsAre(1));
}

TEST(DeadlineWheel, a_callback_may_arm_its_own_timer_again) {
    DeadlineWheel wheel(kStart);
    const auto id = wheel.add(1);
    wheel.arm(id, kStart + milliseconds(10));
    int calls = 0;

    for (TimePoint now = kStart; now <= kStart + milliseconds(100); now += kTick) {
        wheel.advance(now, [&wheel, &calls, id, now](std::uint64_t) {
            ++calls;
            wheel.arm(id, now);  // already due: must not be called again in this advance()
        });
    }

    EXPECT_EQ(calls, 19);
}

TEST(DeadlineWheel, a_callback_may_cancel_or_remove_others_that_are_due_too) {
    DeadlineWheel wheel(kStart);
    std::vector<DeadlineWheel::TimerId> ids;
    for (std::uint64_t cookie = 0; cookie < 4; ++cookie) {
        ids.push_back(wheel.add(cookie));
        wheel.arm(ids.back(), kStart + milliseconds(10));
    }
    int calls = 0;

    wheel.advance(kStart + milliseconds(10), [&wheel, &ids, &calls](std::uint64_t cookie) {
        ++calls;
        for (std::uint64_t other = 0; other < ids.size(); ++other) {
            if (other == cookie) {
                continue;
            }
            EXPECT_TRUE(wheel.armed(ids[other]));
            if (other % 2 == 0) {
                wheel.cancel(ids[other]);
            } else {
                wheel.remove(ids[other]);
            }
        }
    });

    EXPECT_EQ(calls, 1);
    EXPECT_EQ(wheel.next_expiry(), kNever);
}

TEST(DeadlineWheel, a_callback_may_add_timers_until_the_table_moves) {
    DeadlineWheel wheel(kStart);
    wheel.arm(wheel.add(99), kStart + milliseconds(10));
    std::vector<std::uint64_t> cookies;

    wheel.advance(kStart + milliseconds(10), [&wheel, &cookies](const std::uint64_t& cookie) {
        for (std::uint64_t more = 0; more < 1000; ++more) {
            wheel.arm(wheel.add(more), kStart + milliseconds(20));
        }
        cookies.push_back(cookie);
    });

    EXPECT_THAT(cookies, ElementsAre(99));
    EXPECT_EQ(expired_at(wheel, kStart + milliseconds(20)).size(), 1000U);
}

TEST(DeadlineWheel, the_next_expiry_is_that_of_the_earliest_timer) {
    DeadlineWheel wheel(kStart);
    EXPECT_EQ(wheel.next_expiry(), kNever);
    const auto late = wheel.add(1);
    const auto early = wheel.add(2);

    wheel.arm(late, kStart + milliseconds(400));
    EXPECT_EQ(wheel.next_expiry(), kStart + milliseconds(400));
    wheel.arm(early, kStart + milliseconds(101));
    EXPECT_EQ(wheel.next_expiry(), kStart + milliseconds(105));
    wheel.cancel(early);
    EXPECT_EQ(wheel.next_expiry(), kStart + milliseconds(400));
    wheel.cancel(late);
    EXPECT_EQ(wheel.next_expiry(), kNever);
}

TEST(DeadlineWheel, sleeping_until_the_next_expiry_reaches_a_far_deadline_in_few_wakes) {
    DeadlineWheel wheel(kStart);
    wheel.arm(wheel.add(1), kStart + seconds(30));
    TimePoint now = kStart;
    int wakes = 0;
    std::vector<std::uint64_t> cookies;

    while (cookies.empty() && wakes < 100) {
        const TimePoint next = wheel.next_expiry();
        ASSERT_GT(next, now);
        now = next;
        cookies = expired_at(wheel, now);
        ++wakes;
    }

    EXPECT_EQ(now, kStart + seconds(30));
    EXPECT_LE(wakes, 13);  // one per turn of the wheel
}

TEST(DeadlineWheel, the_next_expiry_finds_a_slot_however_far_behind_or_ahead) {
    for (std::int64_t turned = 0; turned < 512; turned += 3) {
        for (std::int64_t ahead = 1; ahead <= 512; ++ahead) {
            DeadlineWheel wheel(kStart);
            const TimePoint now = kStart + kTick * turned;
            static_cast<void>(expired_at(wheel, now));

            wheel.arm(wheel.add(7), now + kTick * ahead);

            ASSERT_EQ(wheel.next_expiry(), now + kTick * ahead);
            ASSERT_THAT(expired_at(wheel, now + kTick * (ahead - 1)), IsEmpty());
            ASSERT_THAT(expired_at(wheel, now + kTick * ahead), ElementsAre(7));
        }
    }
}

TEST(DeadlineWheel, a_slot_is_occupied_until_its_last_timer_has_left) {
    DeadlineWheel wheel(kStart);
    std::vector<DeadlineWheel::TimerId> ids;
    for (std::uint64_t cookie = 0; cookie < 3; ++cookie) {
        ids.push_back(wheel.add(cookie));
        wheel.arm(ids.back(), kStart + milliseconds(400));
    }

    for (const std::size_t gone : {1U, 2U, 0U}) {  // the middle, the head, the rest
        EXPECT_EQ(wheel.next_expiry(), kStart + milliseconds(400));
        wheel.cancel(ids[gone]);
    }

    EXPECT_EQ(wheel.next_expiry(), kNever);
}

TEST(DeadlineWheel, while_expired_timers_wait_for_their_call_the_next_expiry_is_the_next_tick) {
    DeadlineWheel wheel(kStart);
    wheel.arm(wheel.add(1), kStart + milliseconds(20));
    wheel.arm(wheel.add(2), kStart + milliseconds(20));
    std::vector<TimePoint> next;

    wheel.advance(kStart + milliseconds(20),
                  [&wheel, &next](std::uint64_t) { next.push_back(wheel.next_expiry()); });

    EXPECT_THAT(next, ElementsAre(kStart + milliseconds(20) + kTick, kNever));
}

TEST(DeadlineWheel, any_sequence_of_operations_equals_a_sorted_list) {
    std::mt19937 random(6);
    DeadlineWheel wheel(kStart);
    std::vector<DeadlineWheel::TimerId> ids;
    for (std::uint64_t cookie = 0; cookie < 50; ++cookie) {
        ids.push_back(wheel.add(cookie));
    }
    std::map<std::uint64_t, TimePoint> armed;
    TimePoint now = kStart;

    for (int i = 0; i < 20'000; ++i) {
        const std::uint64_t cookie = random() % ids.size();
        if (random() % 4 == 0) {
            wheel.cancel(ids[cookie]);
            armed.erase(cookie);
        } else {
            const TimePoint deadline = now + milliseconds(1 + random() % 6000);
            wheel.arm(ids[cookie], deadline);
            armed[cookie] = deadline;
        }
        const bool pauses = random() % 500 == 0;
        now += milliseconds(random() % (pauses ? 10'000 : 20));
        for (const std::uint64_t expired : expired_at(wheel, now)) {
            ASSERT_TRUE(armed.contains(expired));
            ASSERT_LE(armed[expired], now);
            armed.erase(expired);
        }
        for (const auto& [cookie_left, deadline] : armed) {
            ASSERT_GT(deadline + kTick, now) << "more than a tick late";
            ASSERT_TRUE(wheel.armed(ids[cookie_left]));
        }
    }
}

// The same promises by walking all timers, in ticks after kStart.
class NaiveWheel {
  public:
    void arm(std::uint64_t cookie, TimePoint deadline) {
        const std::int64_t tick =
            deadline <= kStart ? 0 : (deadline - kStart - Duration(1)) / kTick + 1;
        ticks_[cookie] = std::max(tick, now_ + 1);
    }

    void cancel(std::uint64_t cookie) { ticks_.erase(cookie); }
    bool armed(std::uint64_t cookie) const { return ticks_.contains(cookie); }

    std::vector<std::uint64_t> expired_at(TimePoint now) {
        std::vector<std::uint64_t> cookies;
        if (now < kStart) {
            return cookies;
        }
        now_ = std::max<std::int64_t>(now_, (now - kStart) / kTick);
        for (const auto& [cookie, tick] : ticks_) {
            if (tick <= now_) {
                cookies.push_back(cookie);
            }
        }
        for (const std::uint64_t cookie : cookies) {
            ticks_.erase(cookie);
        }
        return cookies;
    }

    // A timer of a later round looks as if it were due in the next turn of 512 ticks.
    TimePoint next_expiry() const {
        TimePoint next = kNever;
        for (const auto& [cookie, tick] : ticks_) {
            next = std::min(next, kStart + kTick * (now_ + (tick - now_ - 1) % 512 + 1));
        }
        return next;
    }

  private:
    std::map<std::uint64_t, std::int64_t> ticks_;
    std::int64_t now_ = 0;
};

// Deadlines of the past, of this turn, of later ones, on the edges of a turn, and none.
TimePoint some_deadline(std::mt19937& random, TimePoint now) {
    constexpr milliseconds kTurn = kTick * 512;
    switch (random() % 8) {
        case 0:
            return now - milliseconds(random() % 3000);
        case 1:
            return now + kTurn * (random() % 4) + milliseconds(random() % 11) - kTick;
        case 2:
            return now + milliseconds(random() % 60'000);
        case 3:
            return random() % 4 == 0 ? kNever : now + kTurn;
        default:
            return now + milliseconds(random() % 2600);
    }
}

// Mostly turns of an event loop; also standing still, a step back, whole turns and long pauses.
Duration some_pause(std::mt19937& random) {
    switch (random() % 64) {
        case 0:
            return milliseconds(random() % 40'000);
        case 1:
            return kTick * 512 * (1 + random() % 3);
        case 2:
            return -milliseconds(random() % 100);
        default:
            return std::chrono::microseconds(random() % 12'000);
    }
}

TEST(DeadlineWheel, any_sequence_of_operations_equals_a_walk_of_all_timers) {
    for (const std::uint64_t timers : {1U, 3U, 40U, 700U}) {
        std::mt19937 random(static_cast<std::uint32_t>(timers));
        DeadlineWheel wheel(kStart);
        NaiveWheel naive;
        std::vector<DeadlineWheel::TimerId> ids;
        for (std::uint64_t cookie = 0; cookie < timers; ++cookie) {
            ids.push_back(wheel.add(cookie));
        }
        TimePoint now = kStart - milliseconds(20);

        for (int i = 0; i < 5'000; ++i) {
            for (std::uint64_t change = random() % 4; change > 0; --change) {
                const std::uint64_t cookie = random() % timers;
                if (random() % 3 == 0) {
                    wheel.cancel(ids[cookie]);
                    naive.cancel(cookie);
                } else {
                    const TimePoint deadline = some_deadline(random, now);
                    wheel.arm(ids[cookie], deadline);
                    naive.arm(cookie, deadline);
                }
                ASSERT_EQ(wheel.armed(ids[cookie]), naive.armed(cookie));
            }
            ASSERT_EQ(wheel.next_expiry(), naive.next_expiry()) << "step " << i;
            now = random() % 4 == 0 && wheel.next_expiry() < now + seconds(60)
                      ? wheel.next_expiry()
                      : now + some_pause(random);
            ASSERT_THAT(expired_at(wheel, now),
                        testing::UnorderedElementsAreArray(naive.expired_at(now)))
                << "step " << i;
            ASSERT_EQ(wheel.next_expiry(), naive.next_expiry()) << "step " << i;
        }
    }
}

}  // namespace
}  // namespace ringside::base
