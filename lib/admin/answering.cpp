// From a request to its route and its answer: who may ask, what the path has, what was told beside
// it.
#include "admin/answers.h"
#include "admin/handlers.h"
#include "admin/parameters.h"
#include "admin/routes.h"
#include "base/log.h"

#include <fmt/core.h>

#include <optional>
#include <string>
#include <utility>

namespace ringside::admin {
namespace {

constexpr unsigned kNoContent = 204;
constexpr unsigned kNotFound = 404;
constexpr unsigned kMethodNotAllowed = 405;
constexpr unsigned kContentTooLarge = 413;

bool is_offered(const Route& route, AdminScope scope) noexcept {
    return route.scope <= scope;
}

bool serves(const Route& route, http::Method method) noexcept {
    return route.method == method ||
           (route.method == http::Method::get && method == http::Method::head);
}

struct Match {
    const Route* route = nullptr;
    PathArguments arguments;  // of the path, also without a route
    std::string allowed;  // no route, but the path exists: the methods that it has, without OPTIONS
};

Match find_route(AdminScope scope, const http::Request& request) {
    Match result;
    // twemproxy's port knows one thing only, which `curl localhost:22222` asks for by this path.
    const bool means_stats = scope == AdminScope::stats && request.path == "/";
    const std::string_view path = means_stats ? "/stats" : std::string_view(request.path);
    for (const Route& route : routes()) {
        if (!is_offered(route, scope)) {
            continue;
        }
        auto arguments = match_path(route.path, path);
        if (!arguments) {
            continue;
        }
        result.arguments = std::move(*arguments);
        if (serves(route, request.method)) {
            result.route = &route;
            return result;
        }
        result.allowed += result.allowed.empty() ? "" : ", ";
        result.allowed += route.method == http::Method::get ? "GET, HEAD" : "POST";
    }
    return result;
}

// Whether the pool in the path, if there is one in it, exists: what does not has no methods.
bool names_a_pool(const Call& call) {
    const std::string_view name = call.arguments.pool;
    return name.empty() || call.context.controller.snapshot()->find(name) != nullptr;
}

// To OPTIONS and to methods that the path does not have.
http::Response tell_methods(http::Method asked, std::string_view allowed) {
    http::Response response;
    if (asked == http::Method::options) {
        response.status = kNoContent;
    } else {
        response = error_answer(kMethodNotAllowed, "method_not_allowed",
                                fmt::format("this path takes {}", allowed));
    }
    response.headers.emplace_back("Allow", fmt::format("{}, OPTIONS", allowed));
    return response;
}

// The answer to who may not ask this.
std::optional<http::Response> refuse(AdminSite& site, const Match& found,
                                     const http::Request& request, const Moment& moment) {
    // Statistics are as open as twemproxy's on their own port, but not beside the rest.
    const bool is_probe = found.route != nullptr && found.route->scope == AdminScope::probes;
    if (is_probe || site.scope == AdminScope::stats) {
        return std::nullopt;
    }
    if (auto refusal = site.context.access.refuse_foreign(request)) {
        ++site.counters.requests_refused;
        return refusal;
    }
    const bool is_public = found.route != nullptr && found.route->answer.is_public;
    if (is_public || site.scope != AdminScope::everything) {
        return std::nullopt;
    }
    auto refusal = site.context.access.refuse_unknown(request);
    if (refusal) {
        ++site.counters.requests_refused;
        ++site.counters.requests_unauthorized;
        if (const auto line = site.refusals.line(request, *refusal, moment.steady)) {
            base::log().warn(
                {.event = base::LogEvent::admin_refused, .cause = "no token, or not the right one"},
                "{}", *line);
        }
    }
    return refusal;
}

// What other listeners offer too is lenient: who calls it may add what he likes. It changes
// nothing.
http::Response call_handler(const AdminSite& site, const Match& found, const http::Request& request,
                            const Moment& moment) {
    const Route& route = *found.route;
    if (route.scope != AdminScope::everything) {
        return route.handler({site.context, site.counters, found.arguments, request, moment});
    }
    if (route.body == BodyForm::keys) {
        if (!request.query.empty()) {
            return error_answer({base::Errc::invalid_argument, "this path takes no query"});
        }
        return route.handler({site.context, site.counters, found.arguments, request, moment});
    }
    if (request.body.size() > kParametersBytesMax) {
        return error_answer(kContentTooLarge, "too_large",
                            fmt::format("the body is limited to {} bytes", kParametersBytesMax));
    }
    auto parameters = parameters_of(request);
    if (!parameters) {
        return error_answer(parameters.error());
    }
    if (const auto judged = judge_parameters(route.query, *parameters); !judged) {
        return error_answer(judged.error());
    }
    http::Request understood = request;
    understood.query = std::move(*parameters);
    return route.handler({site.context, site.counters, found.arguments, understood, moment});
}

}  // namespace

void log_change(AdminSite& site, const http::Request& request, const http::Response& response,
                base::TimePoint now) {
    const Match found = find_route(site.scope, request);
    const bool may_change = request.method == http::Method::post && found.route != nullptr &&
                            found.route->body == BodyForm::parameters;
    if (!may_change) {
        return;
    }
    http::Request understood = request;  // with what stands in its body
    auto parameters = parameters_of(request);
    if (parameters && request.body.size() <= kParametersBytesMax) {
        understood.query = std::move(*parameters);
    }
    if (understood.parameter("dryRun") == "true") {
        return;  // nothing was changed
    }
    if (const auto line = site.audit.line(understood, response, now)) {
        base::log().info({.event = base::LogEvent::admin_request,
                          .pool = found.arguments.pool,
                          .node = found.arguments.node,
                          .cause = std::string(understood.parameter("reason").value_or(""))},
                         "{}", *line);
    }
}

http::Response answer(AdminSite& site, const http::Request& request, const Moment& moment) {
    const Match found = find_route(site.scope, request);
    if (auto refusal = refuse(site, found, request, moment)) {
        return std::move(*refusal);
    }
    ++site.counters.requests;
    if (found.route != nullptr) {
        http::Response response = call_handler(site, found, request, moment);
        if (!response.later) {
            log_change(site, request, response, moment.steady);
        }
        return response;
    }
    if (!found.allowed.empty()) {
        const Call call{site.context, site.counters, found.arguments, request, moment};
        return names_a_pool(call) ? tell_methods(request.method, found.allowed)
                                  : unknown_pool(call);
    }
    return error_answer(kNotFound, "not_found",
                        site.scope == AdminScope::everything
                            ? "there is no such path; GET / lists all"
                            : "there is no such path on this listener");
}

}  // namespace ringside::admin
