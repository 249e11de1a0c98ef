// One thread's io_context. The control thread runs it plainly; a worker thread cuts it into turns.
//
// Owned by App (control) or WorkerThread. post() and stop() may be called from any thread, all else
// from the thread that runs the loop.
#pragma once

#include <functional>
#include <memory>

#include "base/clock.h"

namespace boost::asio {
class io_context;
}

namespace ringside::io {

class EventLoop {
  public:
    EventLoop();
    ~EventLoop();

    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    // Runs until stop().
    void run();
    void stop();

    // Runs `task` on the loop's thread, soon. In the order of the calls.
    void post(std::function<void()> task);

    // Calls `task` once at `deadline`, unless cancelled by a newer call for the same timer.
    // For the control thread's own deadlines; workers have their wheel.
    class Timer {
      public:
        explicit Timer(EventLoop& loop);
        ~Timer();
        void arm(base::TimePoint deadline, std::function<void()> task);
        void cancel();

      private:
        struct State;
        std::shared_ptr<State> state_;
    };

    // For the files that speak Asio themselves.
    boost::asio::io_context& context();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace ringside::io
