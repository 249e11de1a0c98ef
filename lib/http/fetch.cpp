#include "http/fetch.h"

#include "http/stream.h"
#include "io/connector.h"
#include "io/socket.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>

namespace ringside::http {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kReadBytes = std::size_t{16} << 10;
constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

std::string request_text(const Fetch::Request& request) {
    const bool is_ipv6 = request.host.find(':') != std::string::npos;
    std::string host = is_ipv6 ? fmt::format("[{}]", request.host) : request.host;
    // RFC 9110, 7.2: as in the URI, which leaves out the default. All addresses have one port.
    const std::uint16_t port = request.addresses.empty() ? 0 : request.addresses.front().port;
    if (port != 0 && port != (request.tls == nullptr ? kHttpPort : kHttpsPort)) {
        host += fmt::format(":{}", port);
    }
    std::string text =
        fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: ringside/" RINGSIDE_VERSION
                    "\r\nConnection: close\r\nContent-Length: {}\r\n",
                    to_string(request.method), request.target, host, request.body.size());
    for (const auto& [name, value] : request.headers) {
        fmt::format_to(std::back_inserter(text), "{}: {}\r\n", name, value);
    }
    text += "\r\n";
    text += request.body;
    return text;
}

}  // namespace

class Fetch::State : public std::enable_shared_from_this<Fetch::State> {
  public:
    State(io::EventLoop& loop, Request request, Events events)
        : loop_(loop),
          request_(std::move(request)),
          events_(std::move(events)),
          stream_(loop.context()),
          timer_(loop),
          reader_(request_.method, [this](std::string_view bytes) { on_body(bytes); }) {}

    void start();
    void stop();

  private:
    void on_connected(base::Expected<io::FileDescriptor> result);
    static asio::awaitable<void> run(std::shared_ptr<State> self);
    asio::awaitable<base::Status> ask();
    asio::awaitable<base::Status> shake_hands();
    asio::awaitable<base::Status> read_all();
    base::Status take(std::string_view bytes);
    void on_body(std::string_view bytes);
    void arm(base::milliseconds limit, const char* what);
    // What an operation's error means; the deadline's, if that has ended it.
    base::Error failure(const char* call, const boost::system::error_code& error) const;
    void end(base::Status result);

    io::EventLoop& loop_;
    const Request request_;
    Events events_;  // empty once on_end was called or nobody listens
    Stream stream_;
    std::unique_ptr<io::Connector> connector_;  // until there is a connection
    io::EventLoop::Timer timer_;
    std::string overdue_;  // what was not there in time
    ResponseReader reader_;
    bool head_told_ = false;
    std::size_t body_bytes_ = 0;
};

void Fetch::State::start() {
    arm(request_.timeout, "answer");
    connector_ = std::make_unique<io::Connector>(
        loop_, io::numeric_addresses(request_.addresses), request_.timeout,
        [this](base::Expected<io::FileDescriptor> result) { on_connected(std::move(result)); });
}

void Fetch::State::stop() {
    events_ = {};
    connector_.reset();
    timer_.cancel();
    stream_.close();
}

void Fetch::State::on_connected(base::Expected<io::FileDescriptor> result) {
    connector_.reset();
    if (!result) {
        end(result.error());
        return;
    }
    if (const auto error = stream_.assign(std::move(*result))) {
        end(failure("connect", error));
        return;
    }
    asio::co_spawn(loop_.context(), run(shared_from_this()), asio::detached);
}

asio::awaitable<void> Fetch::State::run(std::shared_ptr<State> self) {
    base::Status result = co_await self->ask();
    self->end(std::move(result));
}

asio::awaitable<base::Status> Fetch::State::ask() {
    if (request_.tls != nullptr) {
        base::Status done = co_await shake_hands();
        if (!done) {
            co_return done;
        }
    }
    const std::string text = request_text(request_);
    if (const auto error = co_await stream_.write(text)) {
        co_return failure("send", error);
    }
    co_return co_await read_all();
}

asio::awaitable<base::Status> Fetch::State::shake_hands() {
    Stream::Tls& tls = stream_.use_tls(request_.tls->current());
    request_.tls->demand_name(*tls.native_handle(), request_.host);
    const auto error = co_await stream_.handshake(Stream::Tls::client);
    if (!error) {
        co_return base::Done{};
    }
    if (!overdue_.empty()) {
        co_return failure("tls", error);
    }
    co_return base::Error{base::Errc::io, "tls: " + tls_problem(error, *tls.native_handle())};
}

asio::awaitable<base::Status> Fetch::State::read_all() {
    std::array<char, kReadBytes> chunk;
    while (!reader_.is_complete()) {
        const auto [error, size] = co_await stream_.read_some(chunk);
        // A server that closes without TLS's own end may have been cut off: only what has told its
        // length or its last chunk is whole then, and that has ended the loop.
        if (error == asio::error::eof) {
            co_return reader_.end();
        }
        if (error) {
            co_return failure("recv", error);
        }
        base::Status taken = take({chunk.data(), size});
        if (!taken) {
            co_return taken;
        }
    }
    co_return base::Done{};
}

base::Status Fetch::State::take(std::string_view bytes) {
    base::Status taken = reader_.take(bytes);
    if (!taken) {
        return taken;
    }
    if (body_bytes_ > request_.body_bytes_max) {
        return base::Error{base::Errc::malformed, fmt::format("the answer is longer than {} bytes",
                                                              request_.body_bytes_max)};
    }
    if (reader_.has_head()) {
        if (!std::exchange(head_told_, true) && events_.on_head) {
            events_.on_head(reader_.head());
        }
        arm(request_.silence_max, "more");
    }
    return base::Done{};
}

// The head goes first.
void Fetch::State::on_body(std::string_view bytes) {
    if (!std::exchange(head_told_, true) && events_.on_head) {
        events_.on_head(reader_.head());
    }
    body_bytes_ += bytes.size();
    if (body_bytes_ <= request_.body_bytes_max && events_.on_body) {
        events_.on_body(bytes);
    }
}

void Fetch::State::arm(base::milliseconds limit, const char* what) {
    if (limit.count() == 0) {
        timer_.cancel();
        return;
    }
    timer_.arm(base::Clock::now() + limit, [this, limit, what] {
        overdue_ = fmt::format("no {} within {} ms", what, limit.count());
        if (connector_) {
            connector_.reset();
            end(failure("connect", {}));
            return;
        }
        stream_.close();  // the coroutine goes on with an error
    });
}

base::Error Fetch::State::failure(const char* call, const boost::system::error_code& error) const {
    if (!overdue_.empty()) {
        return {base::Errc::timed_out, overdue_};
    }
    return {base::Errc::io, fmt::format("{}: {}", call, error.message())};
}

void Fetch::State::end(base::Status result) {
    const auto keep_alive = shared_from_this();  // on_end may destroy the Fetch
    const Events events = std::exchange(events_, {});
    stop();
    if (events.on_end) {
        events.on_end(std::move(result));
    }
}

Fetch::Fetch(io::EventLoop& loop, Request request, Events events)
    : state_(std::make_shared<State>(loop, std::move(request), std::move(events))) {
    state_->start();
}

Fetch::~Fetch() {
    state_->stop();
}

}  // namespace ringside::http
