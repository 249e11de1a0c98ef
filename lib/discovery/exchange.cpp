#include "discovery/exchange.h"

#include "base/limits.h"
#include "io/socket.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <fmt/core.h>

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

namespace ringside::discovery {
namespace {

using base::Errc;
using base::Error;
using boost::asio::posix::stream_descriptor;

constexpr std::size_t kReadBytes = 16 * 1024;

}  // namespace

class Exchange::State : public std::enable_shared_from_this<Exchange::State> {
  public:
    State(io::EventLoop& loop, Request request, IsWhole is_whole, OnEnd on_end)
        : loop_(loop),
          socket_(loop.context()),
          timer_(loop),
          share_timer_(loop),
          request_(std::move(request)),
          is_whole_(std::move(is_whole)),
          on_end_(std::move(on_end)) {}

    void start();

  private:
    void connect_next();
    void arm_share();
    void on_connect_event();
    void send();
    void receive();
    void take(std::string_view bytes);
    void end(base::Expected<std::string> result);

    // Calls `(this->*handler)()` when the socket is ready, unless the Exchange is over by then.
    void wait(stream_descriptor::wait_type readiness, void (State::*handler)());

    io::EventLoop& loop_;
    stream_descriptor socket_;
    io::EventLoop::Timer timer_;
    io::EventLoop::Timer share_timer_;  // of the address that is being connected to
    const Request request_;
    const IsWhole is_whole_;
    OnEnd on_end_;  // empty once it was called

    std::size_t next_address_ = 0;
    std::string connect_problem_ = "connect: no address can be used";
    std::size_t sent_ = 0;
    std::string received_;
};

void Exchange::State::start() {
    timer_.arm(base::Clock::now() + request_.timeout, [this] {
        end(Error{Errc::timed_out,
                  fmt::format("no answer within {} ms", request_.timeout.count())});
    });
    // Later, because a connection may fail at once and on_end must not be called from here.
    loop_.post([weak = weak_from_this()] {
        const auto self = weak.lock();
        if (self && self->on_end_) {
            self->connect_next();
        }
    });
}

void Exchange::State::connect_next() {
    while (next_address_ < request_.addresses.size()) {
        const auto address = io::numeric_address(request_.addresses[next_address_++]);
        errno = EADDRNOTAVAIL;
        io::FileDescriptor fd = address ? io::start_connect(*address) : io::FileDescriptor();
        if (!fd) {
            connect_problem_ = io::system_message("connect", errno);
            continue;
        }
        boost::system::error_code failure;
        socket_.assign(fd.get(), failure);
        if (failure) {
            connect_problem_ = "connect: " + failure.message();
            continue;
        }
        static_cast<void>(fd.release());  // the socket's now
        arm_share();
        wait(stream_descriptor::wait_write, &State::on_connect_event);
        return;
    }
    end(Error{Errc::io, connect_problem_});
}

// The last address has all of the time that is left.
void Exchange::State::arm_share() {
    if (next_address_ == request_.addresses.size()) {
        share_timer_.cancel();
        return;
    }
    const auto count = static_cast<int>(request_.addresses.size());
    share_timer_.arm(base::Clock::now() + request_.timeout / count, [this] {
        boost::system::error_code ignored;
        socket_.close(ignored);
        connect_next();
    });
}

void Exchange::State::on_connect_event() {
    const int problem = io::connect_result(socket_.native_handle());
    if (problem != 0) {
        connect_problem_ = io::system_message("connect", problem);
        boost::system::error_code ignored;
        socket_.close(ignored);
        connect_next();
        return;
    }
    share_timer_.cancel();
    send();
}

void Exchange::State::send() {
    const ssize_t written = ::send(socket_.native_handle(), request_.bytes.data() + sent_,
                                   request_.bytes.size() - sent_, MSG_NOSIGNAL);
    if (written < 0 && errno != EAGAIN && errno != EINTR) {
        end(Error{Errc::io, io::system_message("send", errno)});
        return;
    }
    sent_ += written > 0 ? static_cast<std::size_t>(written) : 0;
    if (sent_ < request_.bytes.size()) {
        wait(stream_descriptor::wait_write, &State::send);
        return;
    }
    wait(stream_descriptor::wait_read, &State::receive);
}

void Exchange::State::receive() {
    std::array<char, kReadBytes> buffer;
    const ssize_t size = ::recv(socket_.native_handle(), buffer.data(), buffer.size(), 0);
    if (size > 0) {
        take({buffer.data(), static_cast<std::size_t>(size)});
        return;
    }
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
        wait(stream_descriptor::wait_read, &State::receive);
        return;
    }
    const std::string how =
        size == 0 ? "the connection was closed" : io::system_message("recv", errno);
    end(Error{Errc::io, fmt::format("{} after {} bytes of an answer", how, received_.size())});
}

void Exchange::State::take(std::string_view bytes) {
    received_ += bytes;
    if (is_whole_(received_)) {
        end(std::move(received_));
        return;
    }
    if (received_.size() > base::kDiscoveryAnswerBytesMax) {
        end(Error{Errc::malformed, fmt::format("the answer is longer than {} bytes",
                                               base::kDiscoveryAnswerBytesMax)});
        return;
    }
    wait(stream_descriptor::wait_read, &State::receive);
}

void Exchange::State::end(base::Expected<std::string> result) {
    const auto keep_alive = shared_from_this();  // on_end may destroy the Exchange
    timer_.cancel();
    share_timer_.cancel();
    boost::system::error_code ignored;
    socket_.close(ignored);
    std::exchange(on_end_, nullptr)(std::move(result));
}

void Exchange::State::wait(stream_descriptor::wait_type readiness, void (State::*handler)()) {
    socket_.async_wait(
        readiness, [weak = weak_from_this(), handler](const boost::system::error_code& failure) {
            const auto self = weak.lock();
            // A completion that was already queued when the Exchange ended comes without a failure.
            if (!failure && self && self->on_end_) {
                (self.get()->*handler)();
            }
        });
}

Exchange::Exchange(io::EventLoop& loop, Request request, IsWhole is_whole, OnEnd on_end)
    : state_(std::make_shared<State>(loop, std::move(request), std::move(is_whole),
                                     std::move(on_end))) {
    state_->start();
}

Exchange::~Exchange() = default;

}  // namespace ringside::discovery
