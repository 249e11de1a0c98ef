#include "http/server.h"

#include "http/server_state.h"
#include "io/file_descriptor.h"
#include "io/peer_name.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <utility>

namespace ringside::http {
namespace {

namespace asio = boost::asio;

constexpr int kSendBufferBytes = 64 << 10;  // Linux takes twice that, else up to 4 MiB a client

}  // namespace

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

// A coroutine that waits on its socket is resumed with an error and ends; one whose wait was over
// already sees that the socket is closed.
void Server::State::close() {
    timer_.cancel();
    for (Connection& connection : connections_) {
        connection.stream.close();
        connection.later.cancel();
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
