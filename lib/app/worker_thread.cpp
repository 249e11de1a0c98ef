#include "app/worker_thread.h"

#include "base/clock.h"
#include "base/log.h"

#include <fmt/core.h>

#include <pthread.h>
#include <string.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace ringside::app {
namespace {

io::Cookie to_cookie(proxy::Peer peer) noexcept {
    return {static_cast<std::uint32_t>(peer.side), peer.index, peer.generation};
}

proxy::Peer to_peer(io::Cookie cookie) noexcept {
    return {static_cast<proxy::Peer::Side>(cookie.kind), cookie.index, cookie.generation};
}

io::StreamId to_stream(proxy::ConnectionId connection) noexcept {
    return io::StreamId{static_cast<std::uint32_t>(connection)};
}

proxy::ConnectionId to_connection(io::StreamId stream) noexcept {
    return proxy::ConnectionId{static_cast<std::uint32_t>(stream)};
}

proxy::StreamEnd to_end(io::StreamFailure failure) noexcept {
    switch (failure) {
        case io::StreamFailure::eof:
            return proxy::StreamEnd::eof;
        case io::StreamFailure::reset:
            return proxy::StreamEnd::reset;
        case io::StreamFailure::refused:
            return proxy::StreamEnd::refused;
        case io::StreamFailure::no_connection:
            return proxy::StreamEnd::no_connection;
        case io::StreamFailure::own_shortage:
            return proxy::StreamEnd::own_shortage;
    }
    return proxy::StreamEnd::reset;
}

}  // namespace

WorkerThread::WorkerThread(io::EventLoop& control, metrics::Registry& registry, Options options)
    : control_(control),
      registry_(registry),
      options_(std::move(options)),
      door_(control, loop_),
      streams_(loop_, *this),
      worker_(*this, registry,
              {.index = options_.index,
               .seed = options_.seed,
               .start = base::Clock::now(),
               .process = options_.process,
               .log = base::log()}) {}

WorkerThread::~WorkerThread() {
    loop_.stop();
    if (thread_.joinable()) {
        thread_.join();
    }
}

void WorkerThread::start() {
    thread_ = std::thread([this] { run(); });
}

void WorkerThread::run() {
    const std::string name = fmt::format("worker-{}", options_.index);
    ::pthread_setname_np(::pthread_self(), name.c_str());
    streams_.run();
}

void WorkerThread::adopt(routing::SnapshotPtr snapshot) {
    loop_.post([this, snapshot = std::move(snapshot)] {
        worker_.adopt(snapshot);
        const std::uint64_t version = worker_.adopted_version();
        adopted_version_.store(version, std::memory_order_relaxed);
        if (options_.on_adopted) {
            control_.post(
                [this, version, at = base::Clock::now()] { options_.on_adopted(version, at); });
        }
    });
}

void WorkerThread::set_drain_limit(base::milliseconds limit) {
    loop_.post([this, limit] { worker_.set_drain_limit(limit); });
}

void WorkerThread::drain() {
    loop_.post([this] {
        worker_.drain();
        draining_ = true;
    });
}

void WorkerThread::hand_over(io::FileDescriptor socket, routing::PoolId pool,
                             ClientCount& clients) {
    clients.add();
    session_count_.fetch_add(1, std::memory_order_relaxed);
    registry_.connection_opened();
    // Shared only because a task must be copyable; a task that never runs closes the socket.
    loop_.post([this, owned = std::make_shared<io::FileDescriptor>(std::move(socket)), pool,
                &clients] { accept(*owned, pool, clients); });
}

template <typename Answer, typename Fill>
base::Status WorkerThread::ask_worker(Answer answer, Fill fill,
                                      std::function<void(base::Expected<Answer>)> on_answer) {
    // Shared, as an answer may come when nobody waits for it any more.
    const auto shared = std::make_shared<Answer>(std::move(answer));
    return door_.ask([shared, fill = std::move(fill)] { fill(*shared); },
                     [shared, on_answer = std::move(on_answer)](const base::Status& status) {
                         if (status) {
                             on_answer(std::move(*shared));
                         } else {
                             on_answer(status.error());
                         }
                     });
}

base::Status WorkerThread::ask(const proxy::ConnectionQuestion& question, OnConnections on_answer) {
    proxy::ConnectionPage page;
    page.rows.reserve(std::min(question.rows_max, proxy::kConnectionRowsMax));
    return ask_worker(
        std::move(page),
        [this, question](proxy::ConnectionPage& answer) {
            worker_.list(question, answer);
            complete(answer);
        },
        std::move(on_answer));
}

void WorkerThread::complete(proxy::ConnectionPage& page) const {
    for (proxy::ConnectionRow& row : page.rows) {
        if (!row.connection) {
            continue;
        }
        const io::StreamId stream = to_stream(*row.connection);
        const io::StreamTraffic traffic = streams_.traffic(stream);
        row.received_bytes = traffic.received_bytes;
        row.sent_bytes = traffic.sent_bytes;
        if (row.side == proxy::Peer::Side::session) {
            row.peer = streams_.peer_name(stream);
        }
    }
}

base::Status WorkerThread::ask_facts(OnFacts on_answer) {
    return ask_worker(
        Facts{},
        [this, asked = base::Clock::now()](Facts& facts) {
            facts = {.adopted_version = worker_.adopted_version(),
                     .turns = turns_,
                     .sessions = worker_.session_count(),
                     .links = worker_.link_count(),
                     .requests = worker_.request_count(),
                     .told_after = base::Clock::now() - asked};
        },
        std::move(on_answer));
}

base::Status WorkerThread::ask_slow(OnSlow on_answer) {
    return ask_worker(
        std::vector<proxy::SlowRequest>(),
        [this](std::vector<proxy::SlowRequest>& rows) { worker_.list_slow(rows); },
        std::move(on_answer));
}

base::Status WorkerThread::ask_hot_keys(routing::PoolId pool, OnHotKeys on_answer) {
    return ask_worker(
        proxy::HotKeyList(),
        [this, pool](proxy::HotKeyList& list) { worker_.list_hot_keys(pool, list); },
        std::move(on_answer));
}

base::Status WorkerThread::ask_send_away(std::optional<routing::PoolId> pool, bool only_count,
                                         OnSentAway on_answer) {
    return ask_worker(
        std::size_t{0},
        [this, pool, only_count](std::size_t& sessions) {
            sessions = only_count ? worker_.count_staying(pool) : worker_.send_away(pool);
        },
        std::move(on_answer));
}

void WorkerThread::accept(io::FileDescriptor& socket, routing::PoolId pool, ClientCount& clients) {
    const io::StreamId stream = streams_.add(socket.release(), {});
    proxy::Peer peer;
    if (!worker_.on_accept(to_connection(stream), pool, peer)) {
        streams_.close(stream);
        forget_client(clients);
        return;
    }
    clients_of(stream) = &clients;
    streams_.set_cookie(stream, to_cookie(peer));
}

void WorkerThread::forget_client(ClientCount& clients) noexcept {
    clients.remove();
    session_count_.fetch_sub(1, std::memory_order_relaxed);
    registry_.connection_closed();
}

ClientCount*& WorkerThread::clients_of(io::StreamId stream) {
    const auto index = static_cast<std::size_t>(stream);
    if (index >= clients_.size()) {
        clients_.resize(index + 1);
    }
    return clients_[index];
}

proxy::ConnectionId WorkerThread::connect(const routing::Address& address, proxy::Peer peer) {
    const io::StreamId stream = streams_.connect(address, to_cookie(peer));
    clients_of(stream) = nullptr;
    registry_.connection_opened();
    return to_connection(stream);
}

void WorkerThread::limit_unacknowledged(proxy::ConnectionId connection, base::milliseconds limit) {
    streams_.limit_unacknowledged(to_stream(connection), limit);
}

std::size_t WorkerThread::write(proxy::ConnectionId connection, std::string_view bytes) {
    return streams_.write(to_stream(connection), bytes);
}

void WorkerThread::close(proxy::ConnectionId connection) {
    const io::StreamId stream = to_stream(connection);
    streams_.close(stream);
    if (ClientCount* clients = std::exchange(clients_of(stream), nullptr)) {
        forget_client(*clients);
    } else {
        registry_.connection_closed();
    }
}

void WorkerThread::finish_writing(proxy::ConnectionId connection) {
    streams_.finish_writing(to_stream(connection));
}

bool WorkerThread::has_unread(proxy::ConnectionId connection) {
    return streams_.has_unread(to_stream(connection));
}

bool WorkerThread::is_deserted(proxy::ConnectionId connection) {
    return streams_.is_deserted(to_stream(connection));
}

void WorkerThread::pause_reading(proxy::ConnectionId connection) {
    streams_.pause_reading(to_stream(connection));
}

void WorkerThread::resume_reading(proxy::ConnectionId connection) {
    streams_.resume_reading(to_stream(connection));
}

base::microseconds WorkerThread::unix_time() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<base::microseconds>(now);
}

void WorkerThread::report(const health::HealthEvent& event) {
    control_.post([this, event] { options_.on_health(event); });
}

void WorkerThread::begin_turn(base::TimePoint now) {
    ++turns_;
    turn_began_ = now;
    worker_.begin_turn(now);
}

base::TimePoint WorkerThread::end_of_turn() {
    worker_.end_of_turn();
    if (draining_) {
        is_drained_.store(worker_.is_idle(), std::memory_order_relaxed);
    }
    turn_durations_.add(base::Clock::now() - turn_began_);
    return worker_.next_deadline();
}

std::span<char> WorkerThread::read_target(io::Cookie cookie) {
    return worker_.read_target(to_peer(cookie));
}

void WorkerThread::on_bytes(io::Cookie cookie, std::size_t size) {
    worker_.on_bytes(to_peer(cookie), size);
}

void WorkerThread::on_writable(io::Cookie cookie) {
    worker_.on_writable(to_peer(cookie));
}

void WorkerThread::on_connected(io::Cookie cookie) {
    worker_.on_connected(to_peer(cookie));
}

void WorkerThread::on_end(io::Cookie cookie, io::StreamFailure failure, int error) {
    // The words of strerror(), which are static here.
    const char* const words = error == 0 ? nullptr : ::strerrordesc_np(error);
    worker_.on_end(to_peer(cookie), to_end(failure), words == nullptr ? std::string_view{} : words);
}

}  // namespace ringside::app
