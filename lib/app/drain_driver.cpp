#include "app/drain_driver.h"

#include "base/clock.h"
#include "base/log.h"

#include <algorithm>
#include <cstddef>

namespace ringside::app {

using base::LogEvent;
namespace {

// How often a drain looks whether the last client has gone.
constexpr base::milliseconds kInterval{5};

}  // namespace

DrainDriver::DrainDriver(io::EventLoop& control, AcceptorSet& acceptors, WorkerThreads& workers)
    : control_(control), acceptors_(acceptors), workers_(workers), timer_(control) {}

void DrainDriver::begin(const Drain::Times& times) {
    base::log().info({LogEvent::draining},
                     "told to stop: {} clients, and whoever comes, are served for {} ms more",
                     session_count(workers_), times.grace.count());
    drain_.emplace(base::Clock::now(), times);
    go_on();
}

// As in app/signal_actions.cpp, not within the switch.
static void tell_send_away(std::size_t clients) {
    base::log().info({LogEvent::draining},
                     "taking no more clients; {} are told the end behind their last answers",
                     clients);
}

void DrainDriver::go_on() {
    const base::TimePoint now = base::Clock::now();
    switch (drain_->next(now, is_done())) {
        case DrainStep::stop:
            control_.stop();
            return;
        case DrainStep::stop_listening:
            acceptors_.stop_taking();
            break;
        case DrainStep::send_away:
            acceptors_.close();
            tell_send_away(session_count(workers_));
            for (const auto& worker : workers_) {
                worker->drain();
            }
            break;
        case DrainStep::wait:
            break;
    }
    timer_.arm(now + kInterval, [this] { go_on(); });
}

bool DrainDriver::is_done() const {
    return session_count(workers_) == 0 &&
           std::all_of(workers_.begin(), workers_.end(),
                       [](const auto& worker) { return worker->is_drained(); });
}

}  // namespace ringside::app
