// An event loop that a test runs until something has happened.
#pragma once

#include "base/clock.h"
#include "io/event_loop.h"

#include <gtest/gtest.h>

#include <functional>

namespace ringside::discovery {

class LoopHarness {
  public:
    // Far beyond what any step takes; reached only by a test that fails.
    static constexpr base::seconds kPatience{20};

    // Runs the loop until happened() was called.
    void run_until_happened() {
        bool in_time = true;
        io::EventLoop::Timer patience(loop);
        patience.arm(base::Clock::now() + kPatience, [&] {
            in_time = false;
            loop.stop();
        });
        loop.run();
        ASSERT_TRUE(in_time) << "nothing happened";
    }

    void happened() { loop.stop(); }

    // Runs what the loop has to do for a moment, for tests that nothing happens.
    void run_for(base::milliseconds span) {
        io::EventLoop::Timer end(loop);
        end.arm(base::Clock::now() + span, [this] { loop.stop(); });
        loop.run();
    }

    io::EventLoop loop;
};

}  // namespace ringside::discovery
