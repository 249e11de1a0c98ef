#include "app/control_lag.h"

#include <gtest/gtest.h>

#include <numeric>
#include <thread>

namespace ringside::app {
namespace {

using namespace std::chrono_literals;

TEST(ControlLag, what_holds_up_the_loop_is_seen) {
    io::EventLoop loop;
    const ControlLag lag(loop);
    io::EventLoop::Timer stop(loop);
    io::EventLoop::Timer hog(loop);
    hog.arm(base::Clock::now() + ControlLag::kInterval - 20ms,
            [] { std::this_thread::sleep_for(120ms); });
    stop.arm(base::Clock::now() + ControlLag::kInterval + 300ms, [&loop] { loop.stop(); });

    loop.run();

    const metrics::Histogram::Values values = lag.values();
    EXPECT_EQ(std::accumulate(values.counts.begin(), values.counts.end(), 0), 1);
    EXPECT_GE(std::chrono::nanoseconds(values.sum_ns), 80ms);
}

}  // namespace
}  // namespace ringside::app
