#include "io/event_loop.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <thread>

namespace ringside::io {
namespace {

TEST(EventLoop, runs_posted_tasks_in_their_order_until_it_is_stopped) {
    EventLoop loop;
    std::string order;

    loop.post([&] { order += 'a'; });
    loop.post([&] { order += 'b'; });
    loop.post([&] { loop.stop(); });
    loop.run();

    EXPECT_EQ(order, "ab");
}

TEST(EventLoop, takes_tasks_and_stop_from_another_thread) {
    EventLoop loop;
    std::thread::id ran_on;

    std::thread other([&] {
        loop.post([&] {
            ran_on = std::this_thread::get_id();
            loop.stop();
        });
    });
    loop.run();
    other.join();

    EXPECT_EQ(ran_on, std::this_thread::get_id());
}

TEST(EventLoop, can_be_run_again) {
    EventLoop loop;
    int runs = 0;

    for (int i = 0; i < 2; ++i) {
        loop.post([&] {
            ++runs;
            loop.stop();
        });
        loop.run();
    }

    EXPECT_EQ(runs, 2);
}

TEST(EventLoop, tells_after_each_event_that_it_ran) {
    EventLoop loop;
    std::string order;

    loop.post([&] { order += 'a'; });
    loop.post([&] {
        order += 'b';
        loop.stop();
    });
    loop.run([&] { order += '|'; });

    EXPECT_EQ(order, "a|b|");
}

TEST(EventLoop, tells_a_waker_of_each_post_and_stop) {
    EventLoop loop;
    int wakes = 0;
    loop.set_waker([&] { ++wakes; });

    loop.post([] {});
    loop.stop();

    EXPECT_EQ(wakes, 2);
}

TEST(EventLoopTimer, calls_its_task_at_the_deadline_and_not_before) {
    EventLoop loop;
    EventLoop::Timer timer(loop);
    const auto deadline = base::Clock::now() + base::milliseconds{20};
    base::TimePoint called{};

    timer.arm(deadline, [&] {
        called = base::Clock::now();
        loop.stop();
    });
    loop.run();

    EXPECT_GE(called, deadline);
}

TEST(EventLoopTimer, a_newer_call_replaces_the_older_one) {
    EventLoop loop;
    EventLoop::Timer timer(loop);
    std::string order;

    timer.arm(base::Clock::now(), [&] { order += "old"; });
    timer.arm(base::Clock::now() + base::milliseconds{5}, [&] {
        order += "new";
        loop.stop();
    });
    loop.run();

    EXPECT_EQ(order, "new");
}

TEST(EventLoopTimer, may_arm_itself_from_its_task) {
    EventLoop loop;
    EventLoop::Timer timer(loop);
    int calls = 0;
    std::function<void()> again = [&] {
        if (++calls == 3) {
            loop.stop();
            return;
        }
        timer.arm(base::Clock::now(), again);
    };

    timer.arm(base::Clock::now(), again);
    loop.run();

    EXPECT_EQ(calls, 3);
}

TEST(EventLoopTimer, is_silent_once_it_is_cancelled_or_gone) {
    EventLoop loop;
    EventLoop::Timer cancelled(loop);
    std::optional<EventLoop::Timer> gone(std::in_place, loop);
    EventLoop::Timer last(loop);
    std::string order;

    cancelled.arm(base::Clock::now(), [&] { order += 'c'; });
    gone->arm(base::Clock::now(), [&] { order += 'g'; });
    cancelled.arm(base::kNever, [&] { order += 'n'; });
    gone.reset();
    last.arm(base::Clock::now() + base::milliseconds{5}, [&] { loop.stop(); });
    loop.run();

    EXPECT_EQ(order, "");
}

}  // namespace
}  // namespace ringside::io
