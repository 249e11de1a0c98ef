// What the connections of a Server share. Private to server.cpp, which lets them in and watches
// their time, and serving.cpp, which talks to each.
#pragma once

#include "base/clock.h"
#include "http/connection.h"
#include "http/server.h"
#include "io/event_loop.h"

#include <boost/asio/awaitable.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace ringside::http {

inline constexpr unsigned kServiceUnavailable = 503;

// Each connection is an element of the list, and a coroutine that removes it.
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

    static boost::asio::awaitable<void> serve(std::shared_ptr<State> state,
                                              Connections::iterator position);
    static void begin(const std::shared_ptr<State>& state, int fd);
    // begin(), in the place of one that waits for its client.
    static void displace(const std::shared_ptr<State>& state, int fd);
    // As ServerLimits says, one of those that `may_be`. False if none of them can be.
    bool close_one(bool (*may_be)(const Connection& connection));
    boost::asio::awaitable<bool> shake_hands(Connection& connection);
    boost::asio::awaitable<bool> speaks_http(Connection& connection);
    boost::asio::awaitable<void> write_raw(Connection& connection);
    // `since`: when it began to wait for what is read.
    static boost::asio::awaitable<Stream::Transfer> read_some(Connection& connection,
                                                              std::span<char> into,
                                                              base::TimePoint since);
    boost::asio::awaitable<RequestRead> next_request(Connection& connection);
    boost::asio::awaitable<Response> answer(Connection& connection, const Request& request);
    boost::asio::awaitable<bool> write(Connection& connection, std::string text);
    boost::asio::awaitable<void> write_stream(Connection& connection, BodyStream& body,
                                              Method method);
    boost::asio::awaitable<bool> write_rest(Connection& connection, const NextPiece& next,
                                            const Framing& framing);
    boost::asio::awaitable<void> refuse(Connection& connection, const RequestRead& read);
    boost::asio::awaitable<void> linger(Connection& connection);

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

}  // namespace ringside::http
