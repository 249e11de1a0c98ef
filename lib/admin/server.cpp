#include "admin/server.h"

#include "admin/answers.h"
#include "admin/stats.h"
#include "base/moment.h"

#include <string_view>
#include <utility>

namespace ringside::admin {
namespace {

http::Handler handler_of(AdminSite& site) {
    http::Handler handler{
        .answer =
            [&site](const http::Request& request) {
                return answer(site, request, base::moment_now());
            },
        .refusal = [](unsigned status, std::string_view code,
                      std::string_view sentence) { return error_answer(status, code, sentence); },
        .on_later =
            [&site](const http::Request& request, const http::Response& response) {
                log_change(site, request, response, base::moment_now().steady);
            }};
    if (site.scope == AdminScope::stats) {
        handler.raw = [&site] {
            return stats_text(read_stats(site.context, base::moment_now().wall));
        };
    }
    return handler;
}

}  // namespace

base::Expected<std::unique_ptr<AdminServer>> AdminServer::open(io::EventLoop& loop,
                                                               const AdminContext& context,
                                                               const config::Listen& listen,
                                                               AdminScope scope,
                                                               const AdminSetup& setup) {
    std::unique_ptr<AdminServer> admin(new AdminServer(context, scope));
    http::Server::Options options;
    options.listener.address = listen.address;
    options.listener.mode = listen.mode;
    options.listener.inherited = setup.inherited;
    options.limits = setup.limits;
    if (scope == AdminScope::everything) {
        options.limits.message.body_bytes_max = kKeysBytesMax;  // few routes take so much: routes.h
    }
    auto server =
        http::Server::open(loop, options, handler_of(admin->site_), admin->site_.counters);
    if (!server) {
        return server.error();
    }
    admin->server_ = std::move(*server);
    return admin;
}

}  // namespace ringside::admin
