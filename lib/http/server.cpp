#include "http/server.h"

#include "http/coding.h"
#include "http/connection.h"
#include "io/file_descriptor.h"
#include "io/peer_name.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace ringside::http {
namespace {

namespace asio = boost::asio;

constexpr unsigned kContentTooLarge = 413;
constexpr unsigned kServiceUnavailable = 503;
// Of a body that counts in held_bytes_max: who asks a probe is never refused for what others read.
constexpr std::size_t kHeldBytesMin = std::size_t{64} << 10;
constexpr std::size_t kReadBytes = 4096;
constexpr int kSendBufferBytes = 64 << 10;  // Linux takes twice that, else up to 4 MiB a client

// What a client may still send after its last answer before its connection is closed: closing with
// unread bytes would reset it, and the answer might be lost on the way.
constexpr std::size_t kLingerBytesMax = std::size_t{64} << 10;

// For programs.
std::string_view code_of(unsigned refusal_status) noexcept {
    return refusal_status == kContentTooLarge ? "too_large" : "malformed_request";
}

}  // namespace

// What the connections share. Each is an element of the list, and a coroutine that removes it.
class Server::State {
  public:
    State(io::EventLoop& loop, const ServerLimits& limits, Handler handler,
          ServerCounters& counters)
        : loop_(loop),
          limits_(limits),
          handler_(std::move(handler)),
          counters_(counters),
          timer_(loop) {}

    // Before the first accept().
    base::Status use_tls(const TlsSettings& settings);
    static void accept(const std::shared_ptr<State>& state, int fd);
    void close();
    bool is_quiet() const {
        return std::all_of(connections_.begin(), connections_.end(),
                           [](const Connection& each) { return each.is_quiet(); });
    }
    std::optional<std::int64_t> certificate_end() {
        return tls_ ? tls_->certificate_end() : std::nullopt;
    }

  private:
    using Connections = std::list<Connection>;

    // Removes the connection when its coroutine ends, in whatever way.
    struct Removal {
        State& state;
        Connections::iterator position;
        ~Removal() { state.connections_.erase(position); }
    };

    // While a body is read by its client: ServerLimits::held_bytes_max.
    class Holding {
      public:
        Holding(State& state, Connection& connection, std::size_t bytes);
        ~Holding();
        Holding(const Holding&) = delete;
        Holding& operator=(const Holding&) = delete;
        bool has_room() const noexcept { return has_room_; }

      private:
        State& state_;
        Connection& connection_;
        bool has_room_ = true;
    };

    static asio::awaitable<void> serve(std::shared_ptr<State> state,
                                       Connections::iterator position);
    static void begin(const std::shared_ptr<State>& state, int fd);
    // begin(), in the place of one that waits for its client.
    static void displace(const std::shared_ptr<State>& state, int fd);
    // As ServerLimits says, one of those that `may_be`. False if none of them can be.
    bool close_one(bool (*may_be)(const Connection& connection));
    asio::awaitable<bool> shake_hands(Connection& connection);
    asio::awaitable<bool> speaks_http(Connection& connection);
    asio::awaitable<void> write_raw(Connection& connection);
    // `since`: when it began to wait for what is read.
    static asio::awaitable<Stream::Transfer> read_some(Connection& connection, std::span<char> into,
                                                       base::TimePoint since);
    asio::awaitable<RequestRead> next_request(Connection& connection);
    asio::awaitable<Response> answer(Connection& connection, const Request& request);
    asio::awaitable<bool> write(Connection& connection, std::string text);
    asio::awaitable<void> write_stream(Connection& connection, BodyStream& body, Method method);
    asio::awaitable<bool> write_rest(Connection& connection, const NextPiece& next,
                                     const Framing& framing);
    asio::awaitable<void> refuse(Connection& connection, const RequestRead& read);
    asio::awaitable<void> linger(Connection& connection);

    void set_deadline(Connection& connection, base::milliseconds from_now,
                      Overdue overdue = Overdue::close) {
        set_deadline(connection, base::Clock::now() + from_now, overdue);
    }
    void set_deadline(Connection& connection, base::TimePoint deadline,
                      Overdue overdue = Overdue::close);
    void arm_timer();
    void on_timer();
    void end_wait(Connection& connection);

    std::string refusal_text(unsigned status, std::string_view code,
                             std::string_view sentence) const;
    void refuse_connection(int fd);

    io::EventLoop& loop_;
    const ServerLimits limits_;
    const Handler handler_;
    ServerCounters& counters_;
    std::unique_ptr<TlsContext> tls_;  // null: in the clear
    Connections connections_;
    std::size_t held_bytes_ = 0;  // those of all connections
    io::EventLoop::Timer timer_;
    base::TimePoint timer_deadline_ = base::kNever;
};

base::Status Server::State::use_tls(const TlsSettings& settings) {
    auto context = TlsContext::open(TlsContext::Side::server, settings);
    if (!context) {
        return context.error();
    }
    tls_ = std::move(*context);
    return base::Done{};
}

void Server::State::accept(const std::shared_ptr<State>& state, int fd) {
    if (state->connections_.size() < state->limits_.connections_max) {
        begin(state, fd);
        return;
    }
    // Of a connection that seems to be idle a request may have been read and not been told yet: in
    // the next round of the loop it has.
    state->loop_.post(
        [weak = std::weak_ptr<State>(state), socket = std::make_shared<io::FileDescriptor>(fd)] {
            if (const auto present = weak.lock()) {
                displace(present, socket->release());
            }
        });
}

void Server::State::displace(const std::shared_ptr<State>& state, int fd) {
    if (state->connections_.size() >= state->limits_.connections_max &&
        !state->close_one([](const Connection&) { return true; })) {
        state->refuse_connection(fd);
        return;
    }
    begin(state, fd);
}

void Server::State::refuse_connection(int fd) {
    ++counters_.connections_refused;
    const std::string text =
        refusal_text(kServiceUnavailable, "too_many_connections", "too many connections");
    [[maybe_unused]] const auto sent =
        ::send(fd, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    ::close(fd);
}

std::string Server::State::refusal_text(unsigned status, std::string_view code,
                                        std::string_view sentence) const {
    return format_response(handler_.refusal(status, code, sentence),
                           {.keep_alive = false, .without_body = false});
}

void Server::State::begin(const std::shared_ptr<State>& state, int fd) {
    ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &kSendBufferBytes, sizeof(kSendBufferBytes));
    std::string peer = io::peer_name(fd);
    const auto position =
        state->connections_.emplace(state->connections_.end(), state->loop_.context());
    if (position->stream.assign(io::FileDescriptor(fd))) {
        state->connections_.erase(position);
        return;
    }
    position->peer = std::move(peer);
    asio::co_spawn(state->loop_.context(), serve(state, position), asio::detached);
}

bool Server::State::close_one(bool (*may_be)(const Connection& connection)) {
    const base::TimePoint now = base::Clock::now();
    Connection* chosen = nullptr;
    for (Connection& connection : connections_) {
        if (may_be(connection) && connection.is_dispensable(now, limits_.displaceable_lag) &&
            (chosen == nullptr || connection.is_dispensable_before(*chosen))) {
            chosen = &connection;
        }
    }
    if (chosen == nullptr) {
        return false;
    }
    ++counters_.connections_displaced;
    chosen->waits_since = base::kNever;
    chosen->stream.close();
    return true;
}

Server::State::Holding::Holding(State& state, Connection& connection, std::size_t bytes)
    : state_(state), connection_(connection) {
    const auto holds = [](const Connection& each) { return each.held_bytes > 0; };
    const auto fits = [&state, bytes] {
        return state.held_bytes_ == 0 || state.held_bytes_ + bytes <= state.limits_.held_bytes_max;
    };
    if (bytes < kHeldBytesMin) {
        return;
    }
    if (!fits()) {  // one that is closed lets go of its body when its coroutine ends, not before
        state.close_one(holds);
    }
    has_room_ = fits();
    connection.held_bytes = has_room_ ? bytes : 0;
    state.held_bytes_ += connection.held_bytes;
}

Server::State::Holding::~Holding() {
    state_.held_bytes_ -= std::exchange(connection_.held_bytes, 0);
}

// A coroutine that waits on its socket is resumed with an error and ends; one whose wait was over
// already sees that the socket is closed.
void Server::State::close() {
    timer_.cancel();
    for (Connection& connection : connections_) {
        connection.stream.close();
        connection.later.cancel();
    }
}

asio::awaitable<void> Server::State::serve(std::shared_ptr<State> state,
                                           Connections::iterator position) {
    const Removal removal{*state, position};
    Connection& connection = *position;
    if (state->handler_.raw && !co_await state->speaks_http(connection)) {
        if (connection.stream.is_open()) {
            co_await state->write_raw(connection);
        }
        co_return;
    }
    state->set_deadline(connection, state->limits_.request_deadline);
    if (state->tls_ && !co_await state->shake_hands(connection)) {
        co_return;
    }
    connection.is_ready = true;
    bool keep_alive = true;
    while (keep_alive) {
        RequestRead read = co_await state->next_request(connection);
        if (read.status == ReadStatus::refused) {
            co_await state->refuse(connection, read);
        }
        if (read.status != ReadStatus::complete) {
            co_return;
        }
        connection.input.erase(0, read.consumed_bytes);
        read.request.peer = connection.peer;
        Response response = co_await state->answer(connection, read.request);
        keep_alive = read.request.keep_alive && !response.is_last;
        const Holding holding(*state, connection, response.body.size());
        if (!holding.has_room()) {
            ++state->counters_.requests_refused;
            response = state->handler_.refusal(kServiceUnavailable, "too_much_unread",
                                               "other answers are being read; ask again later");
        }
        choose_coding(read.request, response);
        const Framing framing{.keep_alive = keep_alive,
                              .without_body = read.request.method == Method::head,
                              .chunked = read.request.takes_chunks};
        if (!co_await state->write(connection, format_response(response, framing))) {
            co_return;
        }
        if (response.stream) {
            co_await state->write_stream(connection, *response.stream, read.request.method);
            break;
        }
        if (response.rest && !co_await state->write_rest(connection, response.rest, framing)) {
            co_return;
        }
        keep_alive = keep_alive && (!response.rest || framing.chunked);
    }
    if (connection.stream.tls() != nullptr) {  // tell that nothing was cut off
        state->set_deadline(connection, state->limits_.request_deadline);
        const WaitForClient wait(connection);
        co_await connection.stream.end_writing();
    }
}

asio::awaitable<bool> Server::State::shake_hands(Connection& connection) {
    connection.stream.use_tls(tls_->current());
    const WaitForClient wait(connection);  // one that says nothing keeps nobody out
    const auto error = co_await connection.stream.handshake(Stream::Tls::server);
    if (error) {
        ++counters_.requests_refused;
    }
    co_return !error;
}

// The first bytes tell, or that none come for a while.
asio::awaitable<bool> Server::State::speaks_http(Connection& connection) {
    set_deadline(connection, limits_.first_byte_deadline, Overdue::stop_waiting);
    std::array<char, kReadBytes> chunk;
    const auto [error, size] = co_await connection.stream.read_some(chunk);
    connection.input.append(chunk.data(), size);
    co_return begins_http(connection.input);
}

asio::awaitable<void> Server::State::write_raw(Connection& connection) {
    ++counters_.raw_reads;
    const bool unread = !connection.input.empty();
    if (co_await write(connection, handler_.raw()) && unread) {
        co_await linger(connection);
    }
}

asio::awaitable<Stream::Transfer> Server::State::read_some(Connection& connection,
                                                           std::span<char> into,
                                                           base::TimePoint since) {
    const WaitForClient wait(connection, since);
    co_return co_await connection.stream.read_some(into);
}

// Completes with need_more if the connection has ended.
asio::awaitable<RequestRead> Server::State::next_request(Connection& connection) {
    std::array<char, kReadBytes> chunk;
    base::TimePoint since = base::Clock::now();
    if (!connection.input.empty()) {  // it has begun behind the one before
        set_deadline(connection, limits_.request_deadline);
    }
    while (connection.stream.is_open()) {
        RequestRead read = read_request(connection.input, limits_.message);
        if (read.status != ReadStatus::need_more) {
            co_return read;
        }
        const auto [error, size] = co_await read_some(connection, chunk, since);
        if (error) {
            break;
        }
        if (connection.input.empty()) {
            since = base::Clock::now();
            set_deadline(connection, limits_.request_deadline);
        }
        connection.input.append(chunk.data(), size);
    }
    co_return RequestRead{};
}

// On a connection that was closed meanwhile it may be empty.
asio::awaitable<Response> Server::State::answer(Connection& connection, const Request& request) {
    Response response = handler_.answer(request);
    if (!response.later) {
        co_return response;
    }
    const std::shared_ptr<LaterResponse> later = response.later;
    connection.deadline = base::kNever;
    connection.later.expires_at(asio::steady_timer::time_point::max());
    later->wait([&connection] { connection.later.cancel(); });
    // Ends with an error, as the timer is cancelled.
    co_await connection.later.async_wait(asio::as_tuple(asio::use_awaitable));
    later->wait(nullptr);
    if (later->get() == nullptr) {
        co_return Response{};
    }
    if (handler_.on_later) {
        handler_.on_later(request, *later->get());
    }
    co_return *later->get();
}

asio::awaitable<bool> Server::State::write(Connection& connection, std::string text) {
    connection.writes = true;
    for (std::string_view rest = text; !rest.empty();) {
        connection.pace.begin(base::Clock::now());
        connection.waits_since = connection.pace.behind_since();
        set_deadline(connection, connection.waits_since + limits_.idle_deadline);
        const auto [error, size] = co_await connection.stream.write_some(rest);
        if (error || !connection.stream.is_open()) {
            co_return false;
        }
        connection.pace.on_taken(size, base::Clock::now());
        rest.remove_prefix(size);
    }
    connection.writes = false;
    connection.waits_since = base::kNever;
    set_deadline(connection, limits_.idle_deadline);
    co_return true;
}

// Until either side ends it; who reads too slowly has the deadline of any other answer.
asio::awaitable<void> Server::State::write_stream(Connection& connection, BodyStream& body,
                                                  Method method) {
    body.wait([&connection] { connection.later.cancel(); });
    while (connection.stream.is_open() && method != Method::head) {
        std::string text = body.take();
        if (!text.empty()) {
            if (!co_await write(connection, std::move(text))) {
                break;
            }
            continue;
        }
        if (body.is_ended()) {
            break;
        }
        connection.deadline = base::kNever;
        connection.later.expires_at(asio::steady_timer::time_point::max());
        co_await connection.later.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    body.wait(nullptr);
    body.end();
}

// No piece is made before the one in front of it is written, which takes a round of the loop.
asio::awaitable<bool> Server::State::write_rest(Connection& connection, const NextPiece& next,
                                                const Framing& framing) {
    for (bool is_over = framing.without_body; !is_over;) {
        std::string piece = next();
        is_over = piece.empty();
        if (framing.chunked) {
            piece = as_chunk(piece);
        }
        if (!piece.empty() && !co_await write(connection, std::move(piece))) {
            co_return false;
        }
    }
    co_return true;
}

asio::awaitable<void> Server::State::refuse(Connection& connection, const RequestRead& read) {
    ++counters_.requests_refused;
    std::string text =
        refusal_text(read.refusal_status, code_of(read.refusal_status), read.refusal);
    if (co_await write(connection, std::move(text))) {
        co_await linger(connection);
    }
}

// Ends the connection without a reset that could overtake the answer.
asio::awaitable<void> Server::State::linger(Connection& connection) {
    set_deadline(connection, limits_.request_deadline);
    connection.lingers = true;
    const base::TimePoint since = base::Clock::now();
    {
        const WaitForClient wait(connection, since);
        co_await connection.stream.end_writing();
    }
    std::array<char, kReadBytes> dropped;
    for (std::size_t total = 0; total < kLingerBytesMax && connection.stream.is_open();) {
        const auto [error, size] = co_await read_some(connection, dropped, since);
        if (error) {
            co_return;
        }
        total += size;
    }
}

void Server::State::set_deadline(Connection& connection, base::TimePoint deadline,
                                 Overdue overdue) {
    connection.deadline = deadline;
    connection.overdue = overdue;
    arm_timer();
}

// One timer for all: it rings at the earliest deadline, or earlier if that has moved since.
void Server::State::arm_timer() {
    const auto earliest = std::min_element(
        connections_.begin(), connections_.end(),
        [](const Connection& a, const Connection& b) { return a.deadline < b.deadline; });
    if (earliest == connections_.end() || earliest->deadline >= timer_deadline_) {
        return;
    }
    timer_deadline_ = earliest->deadline;
    // The timer is a member: it does not ring when this object is gone.
    timer_.arm(timer_deadline_, [this] { on_timer(); });
}

void Server::State::on_timer() {
    const base::TimePoint now = base::Clock::now();
    for (Connection& connection : connections_) {
        if (connection.deadline <= now) {
            connection.deadline = base::kNever;
            end_wait(connection);
        }
    }
    timer_deadline_ = base::kNever;
    arm_timer();
}

void Server::State::end_wait(Connection& connection) {
    switch (connection.overdue) {
        case Overdue::stop_waiting:
            connection.stream.cancel();
            return;
        case Overdue::close:
            ++counters_.timeouts;
            connection.stream.close();
            return;
    }
}

base::Expected<std::unique_ptr<Server>> Server::open(io::EventLoop& loop, const Options& options,
                                                     Handler handler, ServerCounters& counters) {
    auto state = std::make_shared<State>(loop, options.limits, std::move(handler), counters);
    if (options.tls) {
        if (const base::Status ready = state->use_tls(*options.tls); !ready) {
            return ready.error();
        }
    }
    auto listener =
        io::Listener::open(loop, options.listener, [state](int fd) { State::accept(state, fd); });
    if (!listener) {
        return listener.error();
    }
    return std::unique_ptr<Server>(new Server(std::move(state), std::move(*listener)));
}

Server::Server(std::shared_ptr<State> state, std::unique_ptr<io::Listener> listener)
    : state_(std::move(state)), listener_(std::move(listener)) {}

bool Server::is_quiet() const {
    return state_->is_quiet();
}

std::optional<std::int64_t> Server::certificate_end() {
    return state_->certificate_end();
}

Server::~Server() {
    listener_.reset();
    state_->close();
}

}  // namespace ringside::http
