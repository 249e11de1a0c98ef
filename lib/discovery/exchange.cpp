#include "discovery/exchange.h"

#include "base/limits.h"
#include "io/connector.h"
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
          request_(std::move(request)),
          is_whole_(std::move(is_whole)),
          on_end_(std::move(on_end)) {}

    void start();
    void limit(base::TimePoint deadline);

  private:
    void on_connected(base::Expected<io::FileDescriptor> result);
    void send();
    void receive();
    void take(std::string_view bytes);
    void end(base::Expected<std::string> result);

    // Calls `(this->*handler)()` when the socket is ready, unless the Exchange is over by then.
    void wait(stream_descriptor::wait_type readiness, void (State::*handler)());

    io::EventLoop& loop_;
    stream_descriptor socket_;
    io::EventLoop::Timer timer_;
    std::unique_ptr<io::Connector> connector_;  // until there is a connection
    const Request request_;
    const IsWhole is_whole_;
    OnEnd on_end_;  // empty once it was called
    const base::TimePoint begin_ = base::Clock::now();
    base::TimePoint deadline_ = base::kNever;

    std::size_t sent_ = 0;
    std::string received_;
};

void Exchange::State::limit(base::TimePoint deadline) {
    if (!on_end_ || deadline >= deadline_) {
        return;
    }
    deadline_ = deadline;
    timer_.arm(deadline_, [this] {
        const auto took = std::chrono::round<base::milliseconds>(deadline_ - begin_);
        end(Error{Errc::timed_out, fmt::format("no answer within {} ms", took.count())});
    });
}

void Exchange::State::start() {
    limit(begin_ + request_.timeout);
    connector_ = std::make_unique<io::Connector>(
        loop_, io::numeric_addresses(request_.addresses), request_.timeout,
        [this](base::Expected<io::FileDescriptor> result) { on_connected(std::move(result)); });
}

void Exchange::State::on_connected(base::Expected<io::FileDescriptor> result) {
    connector_.reset();
    if (!result) {
        end(result.error());
        return;
    }
    boost::system::error_code failure;
    socket_.assign(result->get(), failure);
    if (failure) {
        end(Error{Errc::io, "connect: " + failure.message()});
        return;
    }
    static_cast<void>(result->release());  // the socket's now
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
    end(Error{Errc::io,
              received_.empty()
                  ? fmt::format("{} without an answer{}", how, request_.why_no_byte)
                  : fmt::format("{} after {} bytes of an answer", how, received_.size())});
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
    connector_.reset();
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

void Exchange::limit(base::milliseconds rest) {
    state_->limit(base::Clock::now() + rest);
}

}  // namespace ringside::discovery
