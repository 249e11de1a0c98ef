// What a Server says to one connection, from the first byte to the last: a coroutine for each.
#include "http/coding.h"
#include "http/server_state.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace ringside::http {
namespace {

namespace asio = boost::asio;

constexpr unsigned kContentTooLarge = 413;
// Of a body that counts in held_bytes_max: who asks a probe is never refused for what others read.
constexpr std::size_t kHeldBytesMin = std::size_t{64} << 10;
constexpr std::size_t kReadBytes = 4096;

// What a client may still send after its last answer before its connection is closed: closing with
// unread bytes would reset it, and the answer might be lost on the way.
constexpr std::size_t kLingerBytesMax = std::size_t{64} << 10;

// For programs.
std::string_view code_of(unsigned refusal_status) noexcept {
    return refusal_status == kContentTooLarge ? "too_large" : "malformed_request";
}

}  // namespace

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

}  // namespace ringside::http
