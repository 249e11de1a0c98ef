#include "app/admin_listeners.h"

#include "base/log.h"

#include <fmt/core.h>

#include <utility>

namespace ringside::app {

using base::log;
using base::LogEvent;

AdminListeners::AdminListeners(io::EventLoop& loop, admin::AdminContext context,
                               io::InheritedSockets* inherited)
    : loop_(loop), context_(std::move(context)), inherited_(inherited) {}

base::Status AdminListeners::open(const config::ProcessConfig& process, const ClientRoom& room,
                                  const FoundNames& names) {
    base::Status status = open_one({.key = "admin",
                                    .listen = process.admin,
                                    .is_default = process.admin_is_default,
                                    .scope = admin::AdminScope::everything,
                                    .limits = room.admin_limits()},
                                   names, admin_);
    if (status && process.stats) {
        status = open_one({.key = "stats",
                           .listen = *process.stats,
                           .is_default = process.stats_is_default,
                           .scope = admin::AdminScope::stats,
                           .limits = room.stats_limits()},
                          names, stats_);
    }
    if (status && process.probes) {
        status = open_one({.key = "probes",
                           .listen = *process.probes,
                           .is_default = false,
                           .scope = admin::AdminScope::probes,
                           .limits = room.admin_limits()},
                          names, probes_);
    }
    return status;
}

base::Status AdminListeners::open_one(const Wanted& wanted, const FoundNames& names,
                                      std::unique_ptr<admin::AdminServer>& opened) {
    const auto cannot_listen = [&wanted](const base::Error& error) {
        return error.in(fmt::format("{}: cannot listen on {}", wanted.key, wanted.listen.text));
    };
    const auto address = bind_address(wanted.listen.address, names);
    if (!address) {
        return cannot_listen(address.error());
    }
    config::Listen listen = wanted.listen;
    listen.address = *address;
    auto server = admin::AdminServer::open(loop_, context_, listen, wanted.scope,
                                           {wanted.limits, inherited_});
    if (server) {
        opened = std::move(*server);
        return base::Done{};
    }
    if (!wanted.is_default) {
        return cannot_listen(server.error());
    }
    log().warn({.event = LogEvent::listening, .cause = server.error().message},
               "{}: cannot listen on {}: {}; set ringside.{} to have it elsewhere", wanted.key,
               wanted.listen.text, server.error().message, wanted.key);
    return base::Done{};
}

void AdminListeners::renew_if_lost() {
    for (admin::AdminServer* server : {admin_.get(), stats_.get(), probes_.get()}) {
        const base::Status renewed = server != nullptr ? server->renew_if_lost() : base::Done{};
        if (!renewed) {
            log().error({.event = LogEvent::socket_renewed, .cause = renewed.error().message},
                        "an admin socket is gone, and cannot be made anew: {}",
                        renewed.error().message);
        }
    }
}

std::vector<io::Listener::Share> AdminListeners::shares() {
    std::vector<io::Listener::Share> shares;
    for (admin::AdminServer* server : {admin_.get(), stats_.get(), probes_.get()}) {
        if (server != nullptr) {
            shares.push_back(server->share());
        }
    }
    return shares;
}

void AdminListeners::log_start(const config::ProcessConfig& process) const {
    if (admin_) {
        log().info({LogEvent::listening}, "admin API on {}", process.admin.text);
    }
    if (stats_) {
        log().info({LogEvent::listening}, "statistics on {}", process.stats->text);
    }
    if (probes_) {
        log().info({LogEvent::listening}, "probes on {}", process.probes->text);
    }
}

std::vector<admin::ListenerView> AdminListeners::views() const {
    std::vector<admin::ListenerView> views;
    const auto add = [&views](std::string_view name, const auto& server) {
        if (server) {
            views.push_back({name, server->counters()});
        }
    };
    add("admin", admin_);
    add("stats", stats_);
    add("probes", probes_);
    return views;
}

std::uint16_t AdminListeners::admin_port() const {
    return admin_ ? admin_->port() : 0;
}

}  // namespace ringside::app
