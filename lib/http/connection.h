// One connection of a Server, as its coroutine and whoever looks for a place see it. Private to
// server.cpp.
#pragma once

#include "base/clock.h"
#include "http/pace.h"
#include "http/stream.h"

#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>

namespace ringside::http {

// What happens to a connection at its deadline.
enum class Overdue : std::uint8_t { close, stop_waiting };

// On the server's loop only. An element of the server's list, and removed by its own coroutine.
struct Connection {
    explicit Connection(boost::asio::io_context& context) : stream(context), later(context) {}

    Stream stream;
    boost::asio::steady_timer later;          // rings when an answer that takes time is there
    std::string peer;                         // io::peer_name()
    std::string input;                        // received, not yet answered
    base::TimePoint deadline = base::kNever;  // unless it is moved
    Overdue overdue = Overdue::close;
    // It waits for its client: for a request, the rest of one, the end, or for an answer to be
    // taken. Of a request that has begun, since then. kNever: the client waits.
    base::TimePoint waits_since = base::kNever;
    bool is_ready = false;  // its handshake is over; without TLS at once
    bool writes = false;    // what it waits for is that an answer is taken
    bool lingers = false;   // it has been refused, and is told so
    Pace pace;
    std::size_t held_bytes = 0;  // of the body that its client is reading

    bool is_quiet() const { return is_ready && input.empty() && !writes; }

    // What its client has sent whole is not lost, unless it does not take the answers, or takes
    // longer than `lag` for a request.
    bool is_dispensable(base::TimePoint now, base::milliseconds lag) const {
        if (waits_since == base::kNever) {
            return false;
        }
        const bool lags = (writes || !input.empty()) && now - waits_since >= lag;
        return lingers || lags || (!writes && !stream.has_unread());
    }
    // Better displaced than another one: who was refused or does not take answers, then who has
    // been waited for longer. Who has just come is the last.
    bool is_dispensable_before(const Connection& other) const {
        return std::tuple(!(writes || lingers), waits_since) <
               std::tuple(!(other.writes || other.lingers), other.waits_since);
    }
};

// What a coroutine awaits in its scope is its connection's client.
class WaitForClient {
  public:
    explicit WaitForClient(Connection& connection, base::TimePoint since = base::Clock::now())
        : connection_(connection) {
        connection.waits_since = since;
    }
    ~WaitForClient() { connection_.waits_since = base::kNever; }
    WaitForClient(const WaitForClient&) = delete;
    WaitForClient& operator=(const WaitForClient&) = delete;

  private:
    Connection& connection_;
};

}  // namespace ringside::http
