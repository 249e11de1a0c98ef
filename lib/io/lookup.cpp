#include "io/lookup.h"

#include "io/look_up.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace ringside::io {

struct Lookup::Question {
    OnFound on_found;
};

// One thread and one line of questions: that bounds what a slow resolver can pile up.
struct Lookup::State {
    struct Entry {
        routing::Address address;
        std::weak_ptr<Question> question;
    };

    explicit State(EventLoop& owner_loop) : loop(&owner_loop) {}

    std::mutex mutex;  // guards all of the below
    std::condition_variable changed;
    std::deque<Entry> line;
    EventLoop* loop;  // null once the Lookup is gone

    void work() {
        std::unique_lock lock(mutex);
        while (true) {
            changed.wait(lock, [this] { return loop == nullptr || !line.empty(); });
            if (loop == nullptr) {
                return;
            }
            const Entry entry = std::move(line.front());
            line.pop_front();
            if (entry.question.expired()) {
                continue;
            }
            lock.unlock();
            auto answer = look_up(entry.address);
            lock.lock();
            // Posted under the lock: the loop cannot go away meanwhile.
            if (loop != nullptr) {
                loop->post([question = entry.question, answer = std::move(answer)]() mutable {
                    if (const auto asked = question.lock()) {
                        asked->on_found(std::move(answer));
                    }
                });
            }
        }
    }
};

Lookup::Lookup(EventLoop& loop) : loop_(loop) {}

Lookup::~Lookup() {
    if (!state_) {
        return;
    }
    const std::lock_guard lock(state_->mutex);
    state_->loop = nullptr;
    state_->changed.notify_one();
}

Lookup::QuestionPtr Lookup::ask(const routing::Address& address, OnFound on_found) {
    if (!state_) {
        state_ = std::make_shared<State>(loop_);
        std::thread([state = state_] { state->work(); }).detach();
    }
    auto question = std::make_shared<Question>(Question{std::move(on_found)});
    const std::lock_guard lock(state_->mutex);
    state_->line.push_back({address, question});
    state_->changed.notify_one();
    return question;
}

}  // namespace ringside::io
