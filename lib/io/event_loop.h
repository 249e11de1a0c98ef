// One thread's io_context: posted tasks, timers, and whatever Asio waits for.
//
// Owned by App (control) or WorkerThread. post() and stop() may be called from any thread, all else
// from the thread that runs the loop. The control thread runs it with run(). A worker thread runs a
// StreamLoop on it, which serves posted tasks and stop() only: timers there belong to the worker.
#pragma once

#include "base/clock.h"

#include <functional>
#include <memory>

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

    // Runs until stop(), one that came before included; can be run again.
    void run();
    // The same, with a call of `after_event` after each task and completion.
    void run(const std::function<void()>& after_event);
    void stop();

    // Runs `task` on the loop's thread, soon. In the order of the calls.
    void post(std::function<void()> task);

    // Calls `task` once at `deadline`, unless cancelled by a newer call for the same timer.
    // For the control thread's own deadlines; workers have their wheel.
    class Timer {
      public:
        explicit Timer(EventLoop& loop);
        ~Timer();

        Timer(const Timer&) = delete;
        Timer& operator=(const Timer&) = delete;

        // kNever cancels.
        void arm(base::TimePoint deadline, std::function<void()> task);
        void cancel();

      private:
        struct State;
        std::shared_ptr<State> state_;
    };

    // For the files that speak Asio themselves.
    boost::asio::io_context& context();

    // For a StreamLoop, which sleeps in its own epoll set instead of in Asio's: `waker` is called
    // after each post() and stop(), on the thread that calls them. Set before other threads post.
    void set_waker(std::function<void()> waker);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace ringside::io
