// A listener of the admin API or of the statistics: accepts connections and answers their requests,
// one after another.
#pragma once

#include "admin/context.h"
#include "base/clock.h"
#include "base/expected.h"
#include "config/config.h"
#include "io/event_loop.h"
#include "io/listener.h"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace ringside::admin {

// What keeps slow, idle and numerous clients from holding memory. Tests have shorter ones.
struct AdminLimits {
    // Over it the connection that has been idle the longest is closed; if none is, the new one gets
    // a 503. People, probes and dashboards; each may hold one large answer.
    std::size_t connections_max = 32;
    // From the first byte of a request (of the first one: from accept) to its last. Over it: close.
    base::milliseconds request_deadline{5'000};
    // Between requests, and for an answer to be taken. Over it: close.
    base::milliseconds idle_deadline{30'000};
    // AdminScope::stats: for the first byte of a request. Over it: the statistics as raw text.
    base::milliseconds first_byte_deadline{250};
};

// Scrapers of many teams may come at the same second; each stays for first_byte_deadline.
inline constexpr AdminLimits kStatsLimits{.connections_max = 256};

// HTTP on every listener. A client of AdminScope::stats that sends no request within
// first_byte_deadline, ends its side at once, or sends what is no HTTP, is a scraper made for
// twemproxy: it gets the statistics as one line, and then the end of the connection
// (docs/decisions/013-the-statistics-port.md).
//
// Owned by App; control thread only. No failing client, accept or answer ends it.
class AdminServer {
  public:
    // Binds `listen` (port 0: any free one) and serves while `loop` runs. What `context` refers to
    // and `loop` outlive the server; the controller has been started. The error holds the reason;
    // who calls knows the address.
    static base::Expected<std::unique_ptr<AdminServer>> open(io::EventLoop& loop,
                                                             const AdminContext& context,
                                                             const config::Listen& listen,
                                                             AdminScope scope,
                                                             const AdminLimits& limits = {});
    // Closes all connections; nothing is answered afterwards.
    ~AdminServer();

    AdminServer(const AdminServer&) = delete;
    AdminServer& operator=(const AdminServer&) = delete;

    // As io::Listener's.
    base::Status renew_if_lost() { return listener_->renew_if_lost(); }

    // The port that was bound; 0 for a unix socket.
    std::uint16_t port() const noexcept;
    const AdminCounters& counters() const noexcept;

  private:
    class State;
    AdminServer(std::shared_ptr<State> state, std::unique_ptr<io::Listener> listener);

    std::shared_ptr<State> state_;  // shared with the connections' coroutines, which may end later
    std::unique_ptr<io::Listener> listener_;
};

}  // namespace ringside::admin
