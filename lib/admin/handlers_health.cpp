// Handlers of the probes: live, ready and healthy are three questions.
#include "admin/answers.h"
#include "admin/handlers.h"
#include "admin/health.h"

#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <vector>

namespace ringside::admin {
namespace {

using discovery::HealthGrade;

constexpr unsigned kOk = 200;
constexpr unsigned kNotFound = 404;
constexpr unsigned kServiceUnavailable = 503;

std::string as_lines(const std::vector<std::string>& problems) {
    std::string lines;
    for (const std::string& problem : problems) {
        lines += "[-]" + problem + "\n";
    }
    return lines;
}

// Whoever watches decides what is bad enough for a status of 503; a probe of liveness that asks
// here must not restart a proxy because its nodes are gone.
http::Response health_answer(const Call& call, HealthGrade grade, std::string text) {
    const auto limit = call.request.parameter("fail");
    if (limit && *limit != "degraded" && *limit != "down") {
        return error_answer({base::Errc::invalid_argument, "fail takes degraded or down"});
    }
    const HealthGrade fails_from =
        limit && *limit == "degraded" ? HealthGrade::degraded : HealthGrade::down;
    return text_answer(limit && grade >= fails_from ? kServiceUnavailable : kOk, std::move(text));
}

}  // namespace

http::Response get_livez(const Call&) {
    return text_answer(kOk, "ok");
}

// The form of the Kubernetes API server's own /readyz (apiserver/pkg/server/healthz/healthz.go):
// "ok", or a line per check if it is asked for or something fails.
http::Response get_readyz(const Call& call) {
    std::string lines;
    for (const ReadyCheck& check : ready_checks()) {
        lines += as_lines(check.problems(call.context));
    }
    if (!lines.empty()) {
        return text_answer(kServiceUnavailable, lines + "readyz check failed\n");
    }
    if (!call.request.parameter("verbose")) {
        return text_answer(kOk, "ok");
    }
    for (const std::string& name : call.context.controller.pool_names()) {
        const auto view = call.context.controller.view(name, call.moment);
        if (view && view->pool->ring.empty()) {
            lines += "[-]pool " + name + " was ready and has no node in the ring\n";
            continue;
        }
        lines += "[+]pool " + name + " ok" +
                 (view && view->stale_since ? ", with a saved list: its source has not answered yet"
                                            : "") +
                 "\n";
    }
    return text_answer(kOk, lines + "readyz check passed\n");
}

http::Response get_ready_check(const Call& call) {
    const auto checks = ready_checks();
    const auto check = std::find_if(
        checks.begin(), checks.end(),
        [&call](const ReadyCheck& candidate) { return candidate.name == call.arguments.check; });
    if (check == checks.end()) {
        std::string names;
        for (const ReadyCheck& candidate : checks) {
            names += fmt::format("{}{}", names.empty() ? "" : ", ", candidate.name);
        }
        return error_answer(kNotFound, "not_found", "there is no such check; there are " + names);
    }
    const std::string lines = as_lines(check->problems(call.context));
    return lines.empty() ? text_answer(kOk, "ok") : text_answer(kServiceUnavailable, lines);
}

http::Response get_healthz(const Call& call) {
    const std::vector<NamedHealth> pools = pools_health(call.context, call.moment);
    const HealthGrade worst = worst_of(pools);
    std::string text;
    if (call.request.parameter("verbose")) {
        for (const NamedHealth& pool : pools) {
            text += health_lines(pool);
        }
        text += fmt::format("healthz: {}\n", to_string(worst));
    } else {
        text = to_string(worst);
    }
    return health_answer(call, worst, std::move(text));
}

http::Response get_pool_healthz(const Call& call) {
    auto view = call.context.controller.view(call.arguments.pool, call.moment);
    if (!view) {
        return unknown_pool(call);
    }
    discovery::PoolHealth health = discovery::health_of(*view);
    const NamedHealth pool{call.arguments.pool, std::move(health), std::move(*view)};
    return health_answer(call, pool.health.grade,
                         call.request.parameter("verbose")
                             ? health_lines(pool)
                             : std::string(to_string(pool.health.grade)));
}

http::Response get_conditions(const Call& call) {
    return json_answer(conditions_json(call.context, pools_health(call.context, call.moment)));
}

}  // namespace ringside::admin
