#include "io/lookup.h"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <utility>

namespace ringside::io {

struct Lookup::Question {
    OnFound on_found;
};

struct Lookup::State {
    // getaddrinfo() cannot be interrupted, so one thread bounds what a slow resolver can pile up.
    boost::asio::thread_pool thread{1};
};

Lookup::Lookup(EventLoop& loop) : loop_(loop) {}

Lookup::~Lookup() {
    if (state_) {
        state_->thread.stop();
        state_->thread.join();
    }
}

Lookup::QuestionPtr Lookup::ask(const routing::Address& address, OnFound on_found) {
    if (!state_) {
        state_ = std::make_unique<State>();
    }
    auto question = std::make_shared<Question>(Question{std::move(on_found)});
    boost::asio::post(state_->thread, [this, address, weak = std::weak_ptr<Question>(question)] {
        if (weak.expired()) {
            return;
        }
        loop_.post([weak, answer = look_up(address)]() mutable {
            if (const auto asked = weak.lock()) {
                asked->on_found(std::move(answer));
            }
        });
    });
    return question;
}

}  // namespace ringside::io
