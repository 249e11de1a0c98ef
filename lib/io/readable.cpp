#include "io/readable.h"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <utility>

namespace ringside::io {

struct Readable::State {
    boost::asio::posix::stream_descriptor descriptor;
    std::function<void()> on_readable;

    static void wait(const std::shared_ptr<State>& state) {
        state->descriptor.async_wait(
            boost::asio::posix::descriptor_base::wait_read,
            [weak = std::weak_ptr<State>(state)](const boost::system::error_code& failure) {
                const auto waiting = weak.lock();
                if (!waiting || failure) {
                    return;
                }
                waiting->on_readable();
                if (waiting->descriptor.is_open()) {
                    wait(waiting);
                }
            });
    }
};

Readable::Readable(EventLoop& loop, FileDescriptor descriptor, std::function<void()> on_readable)
    : state_(std::make_shared<State>(
          State{boost::asio::posix::stream_descriptor(loop.context(), descriptor.release()),
                std::move(on_readable)})) {
    State::wait(state_);
}

Readable::~Readable() {
    boost::system::error_code ignored;
    state_->descriptor.close(ignored);
}

int Readable::fd() const noexcept {
    return state_->descriptor.native_handle();
}

}  // namespace ringside::io
