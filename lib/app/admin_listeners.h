// The listeners that speak HTTP: of the admin API, the statistics and the probes.
//
// Owned by App; control thread only. Their addresses stay what they were at the start: a reload
// changes those of pools only.
#pragma once

#include "admin/context.h"
#include "admin/server.h"
#include "app/client_room.h"
#include "app/listen_names.h"
#include "base/expected.h"
#include "config/config.h"
#include "http/server.h"
#include "io/event_loop.h"

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace ringside::app {

class AdminListeners {
  public:
    // `loop`, `inherited` and what `context` refers to outlive them.
    AdminListeners(io::EventLoop& loop, admin::AdminContext context,
                   io::InheritedSockets* inherited = nullptr);

    // Binds those that `process` wants; `names` are those in their addresses. A default address
    // that is taken is only a warning. Called once.
    base::Status open(const config::ProcessConfig& process, const ClientRoom& room,
                      const FoundNames& names);
    // A unix socket whose file is gone is made anew.
    void renew_if_lost();
    // As io::Listener's, of all.
    std::vector<io::Listener::Share> shares();
    // Where they are. Requires: opened for `process`.
    void log_start(const config::ProcessConfig& process) const;

    // What those that are open have seen.
    std::vector<admin::ListenerView> views() const;
    // Of the admin API; 0: it has none.
    std::uint16_t admin_port() const;

  private:
    struct Wanted {
        std::string_view key;  // of the configuration: "admin"
        const config::Listen& listen;
        bool is_default;  // the address: if it is taken, the process runs without
        admin::AdminScope scope;
        http::ServerLimits limits = {};
    };

    base::Status open_one(const Wanted& wanted, const FoundNames& names,
                          std::unique_ptr<admin::AdminServer>& opened);

    io::EventLoop& loop_;
    const admin::AdminContext context_;
    io::InheritedSockets* const inherited_;
    // Null: not wanted, or its default address is taken.
    std::unique_ptr<admin::AdminServer> admin_;
    std::unique_ptr<admin::AdminServer> stats_;
    std::unique_ptr<admin::AdminServer> probes_;
};

}  // namespace ringside::app
