#include "app/worker_door.h"

#include <fmt/core.h>

#include <utility>

namespace ringside::app {

using base::Errc;
using base::Error;

WorkerDoor::WorkerDoor(io::EventLoop& control, io::EventLoop& worker, base::milliseconds patience)
    : control_(control), worker_(worker), patience_(patience), timer_(control) {}

base::Status WorkerDoor::ask(Question question, OnDone on_done) {
    if (under_way_ == kUnderWayMax) {
        return Error{Errc::conflict,
                     fmt::format("the worker has {} questions to answer already", under_way_)};
    }
    ++under_way_;
    const std::uint64_t id = ++last_id_;
    waiting_.emplace(id, Waiting{base::Clock::now() + patience_, std::move(on_done)});
    worker_.post([this, id, question = std::move(question)] {
        question();
        control_.post([this, id] { on_answer(id); });
    });
    arm();
    return base::Done{};
}

void WorkerDoor::on_answer(std::uint64_t id) {
    --under_way_;
    auto answered = waiting_.extract(id);  // who is told may ask the next question
    if (!answered.empty()) {
        arm();
        answered.mapped().on_done(base::Done{});
    }
}

void WorkerDoor::expire() {
    const base::TimePoint now = base::Clock::now();
    while (!waiting_.empty() && waiting_.begin()->second.deadline <= now) {
        const auto late = waiting_.extract(waiting_.begin());
        late.mapped().on_done(
            Error{Errc::timed_out,
                  fmt::format("the worker has not answered within {} ms", patience_.count())});
    }
    arm();
}

void WorkerDoor::arm() {
    timer_.arm(waiting_.empty() ? base::kNever : waiting_.begin()->second.deadline,
               [this] { expire(); });
}

}  // namespace ringside::app
