#include "io/event_loop.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <utility>

namespace ringside::io {

struct EventLoop::State {
    boost::asio::io_context context{1};  // one thread runs it
    // Keeps run() waiting while there is nothing to do.
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{
        context.get_executor()};
    std::function<void()> waker;

    void wake() const {
        if (waker) {
            waker();
        }
    }
};

EventLoop::EventLoop() : state_(std::make_unique<State>()) {}
EventLoop::~EventLoop() = default;

void EventLoop::run() {
    state_->context.run();
    state_->context.restart();
}

void EventLoop::run(const std::function<void()>& after_event) {
    while (state_->context.run_one() != 0) {
        after_event();
    }
    state_->context.restart();
}

void EventLoop::stop() {
    state_->context.stop();
    state_->wake();
}

void EventLoop::post(std::function<void()> task) {
    boost::asio::post(state_->context, std::move(task));
    state_->wake();
}

boost::asio::io_context& EventLoop::context() {
    return state_->context;
}

void EventLoop::set_waker(std::function<void()> waker) {
    state_->waker = std::move(waker);
}

struct EventLoop::Timer::State {
    explicit State(boost::asio::io_context& context) : timer(context) {}

    boost::asio::steady_timer timer;
    std::function<void()> task;
    std::uint64_t arming = 0;  // which arm() a completion belongs to; an older one is void
};

EventLoop::Timer::Timer(EventLoop& loop) : state_(std::make_shared<State>(loop.context())) {}
EventLoop::Timer::~Timer() = default;

void EventLoop::Timer::arm(base::TimePoint deadline, std::function<void()> task) {
    cancel();
    if (deadline == base::kNever) {
        return;
    }
    state_->task = std::move(task);
    state_->timer.expires_at(deadline);
    // Weak: the Timer may be gone, or armed anew, by the time a completion that was already queued
    // is run.
    state_->timer.async_wait([weak = std::weak_ptr<State>(state_),
                              arming = state_->arming](const boost::system::error_code& failure) {
        const auto state = weak.lock();
        if (failure || !state || state->arming != arming) {
            return;
        }
        std::exchange(state->task, nullptr)();
    });
}

void EventLoop::Timer::cancel() {
    ++state_->arming;
    state_->task = nullptr;
    state_->timer.cancel();
}

}  // namespace ringside::io
