// A listener of the admin API or of the statistics: an HTTP server in front of the routes.
#pragma once

#include "admin/routes.h"
#include "base/expected.h"
#include "config/config.h"
#include "http/server.h"
#include "io/event_loop.h"

#include <cstdint>
#include <memory>

namespace ringside::admin {

// Scrapers of many teams may come at the same second; each stays for first_byte_deadline.
inline constexpr http::ServerLimits kStatsLimits{.connections_max = 256};

struct AdminSetup {
    http::ServerLimits limits = {};
    io::InheritedSockets* inherited = nullptr;  // as io::Listener's
};

// HTTP on every listener. A client of AdminScope::stats that sends no request is a scraper made for
// twemproxy: it gets the statistics as one line, and then the end of the connection
// (docs/decisions/013-the-statistics-port.md).
//
// Owned by App; control thread only.
class AdminServer {
  public:
    // Binds `listen` (port 0: any free one) and serves while `loop` runs. What `context` refers to
    // and `loop` outlive the server; the controller has been started. The error holds the reason;
    // who calls knows the address.
    static base::Expected<std::unique_ptr<AdminServer>> open(io::EventLoop& loop,
                                                             const AdminContext& context,
                                                             const config::Listen& listen,
                                                             AdminScope scope,
                                                             const AdminSetup& setup = {});

    AdminServer(const AdminServer&) = delete;
    AdminServer& operator=(const AdminServer&) = delete;

    // As io::Listener's.
    base::Status renew_if_lost() { return server_->renew_if_lost(); }
    io::Listener::Share share() { return server_->share(); }

    // The port that was bound; 0 for a unix socket.
    std::uint16_t port() const noexcept { return server_->port(); }
    const AdminCounters& counters() const noexcept { return site_.counters; }

  private:
    AdminServer(const AdminContext& context, AdminScope scope) : site_{context, scope, {}} {}

    AdminSite site_;
    std::unique_ptr<http::Server> server_;  // refers to site_
};

}  // namespace ringside::admin
