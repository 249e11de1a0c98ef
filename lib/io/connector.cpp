#include "io/connector.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <cerrno>
#include <cstddef>
#include <string>
#include <utility>

namespace ringside::io {

using boost::asio::posix::stream_descriptor;

class Connector::State : public std::enable_shared_from_this<Connector::State> {
  public:
    State(EventLoop& loop, std::vector<SocketAddress> addresses, base::milliseconds timeout,
          OnEnd on_end)
        : loop_(loop),
          socket_(loop.context()),
          share_timer_(loop),
          addresses_(std::move(addresses)),
          timeout_(timeout),
          on_end_(std::move(on_end)) {}

    void start();

  private:
    void connect_next();
    void arm_share();
    void on_writable();
    void end(base::Expected<FileDescriptor> result);

    EventLoop& loop_;
    stream_descriptor socket_;
    EventLoop::Timer share_timer_;  // of the address that is being connected to
    const std::vector<SocketAddress> addresses_;
    const base::milliseconds timeout_;
    OnEnd on_end_;  // empty once it was called
    std::size_t next_ = 0;
    std::string problem_ = "connect: no address can be used";
};

// Later, because a connection may fail at once and on_end must not be called from the constructor.
void Connector::State::start() {
    loop_.post([weak = weak_from_this()] {
        if (const auto self = weak.lock()) {
            self->connect_next();
        }
    });
}

void Connector::State::connect_next() {
    while (next_ < addresses_.size()) {
        FileDescriptor fd = start_connect(addresses_[next_++]);
        if (!fd) {
            problem_ = system_message("connect", errno);
            continue;
        }
        boost::system::error_code failure;
        socket_.assign(fd.get(), failure);
        if (failure) {
            problem_ = "connect: " + failure.message();
            continue;
        }
        static_cast<void>(fd.release());  // the socket's now
        arm_share();
        socket_.async_wait(
            stream_descriptor::wait_write,
            [weak = weak_from_this(), attempt = next_](const boost::system::error_code& error) {
                const auto self = weak.lock();
                // A wait that was over already when its share was comes without an
                // error, and may meet the next attempt.
                if (!error && self && self->next_ == attempt) {
                    self->on_writable();
                }
            });
        return;
    }
    end(base::Error{base::Errc::io, problem_});
}

void Connector::State::arm_share() {
    if (next_ == addresses_.size()) {
        share_timer_.cancel();
        return;
    }
    const auto count = static_cast<int>(addresses_.size());
    share_timer_.arm(base::Clock::now() + timeout_ / count, [this] {
        boost::system::error_code ignored;
        socket_.close(ignored);
        connect_next();
    });
}

void Connector::State::on_writable() {
    const int problem = connect_result(socket_.native_handle());
    if (problem != 0) {
        problem_ = system_message("connect", problem);
        boost::system::error_code ignored;
        socket_.close(ignored);
        connect_next();
        return;
    }
    share_timer_.cancel();
    end(FileDescriptor(socket_.release()));
}

void Connector::State::end(base::Expected<FileDescriptor> result) {
    const auto keep_alive = shared_from_this();  // on_end may destroy the Connector
    std::exchange(on_end_, nullptr)(std::move(result));
}

Connector::Connector(EventLoop& loop, std::vector<SocketAddress> addresses,
                     base::milliseconds timeout, OnEnd on_end)
    : state_(std::make_shared<State>(loop, std::move(addresses), timeout, std::move(on_end))) {
    state_->start();
}

Connector::~Connector() = default;

}  // namespace ringside::io
