// How the control thread asks a worker something, and is answered later: what only the worker knows
// stays the worker's, and no lock is taken for it.
//
// A question is posted to the worker's loop and runs there between two events; that it is done is
// posted back. Bounded: few questions are under way, each is given up after a while, and what a
// question may do on the worker's thread is for who writes it to bound (proxy/connection_list.h).
// Owned by WorkerThread; the public functions are the control thread's.
#pragma once

#include "base/clock.h"
#include "base/expected.h"
#include "io/event_loop.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>

namespace ringside::app {

class WorkerDoor {
  public:
    // Under way at one worker; further ones are refused. One that was given up counts until the
    // worker has come to it: else they would pile up before one that is stuck.
    static constexpr std::size_t kUnderWayMax = 4;
    // A worker that serves answers within a turn, which takes milliseconds.
    static constexpr base::milliseconds kPatience{1'000};

    using Question = std::function<void()>;
    using OnDone = std::function<void(const base::Status&)>;

    // The control loop is not run any more once this is gone, nor is the worker's.
    WorkerDoor(io::EventLoop& control, io::EventLoop& worker,
               base::milliseconds patience = kPatience);

    // Runs `question` on the worker's thread, soon. It owns what it writes its answer to, or a
    // share of it: nobody may look at that before `on_done` is told success, on the control thread.
    // timed_out: nobody ever may. Not called at all if the question is refused here (conflict).
    [[nodiscard]] base::Status ask(Question question, OnDone on_done);

  private:
    struct Waiting {
        base::TimePoint deadline;
        OnDone on_done;
    };

    void on_answer(std::uint64_t id);
    void expire();
    void arm();

    io::EventLoop& control_;
    io::EventLoop& worker_;
    const base::milliseconds patience_;
    std::uint64_t last_id_ = 0;
    std::size_t under_way_ = 0;                 // the worker has not come to them
    std::map<std::uint64_t, Waiting> waiting_;  // in the order of their deadlines
    io::EventLoop::Timer timer_;
};

}  // namespace ringside::app
